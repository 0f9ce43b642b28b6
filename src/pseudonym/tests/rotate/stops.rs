//! Rotations that stop half-way, or before they begin.
use super::*;

#[test]
fn a_rotation_that_was_broken_off_goes_on() {
    let world = world();
    let before = pseudonymiser(&world);
    fill(&world, "staging.een", &["2024"], &before, &[]);
    fill(&world, "staging.twee", &["2024"], &before, &[]);
    drop(before);
    assert!(matches!(rotate(&world, &[], true), Err(RotateError::Cancelled)));
    let versions = |world: &World| {
        held(&world.lake)
            .unwrap()
            .iter()
            .map(|one| one.versions.iter().copied().collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(&world), [[2], [1]]);
    assert!(Pseudonymiser::new(&KeyRing::load(&world.source).unwrap(), IdType::Bsn, "intern").is_err());
    let rotated = rotate(&world, &[], false).unwrap();
    assert_eq!((rotated.tables.len(), rotated.already), (1, vec![name("staging.een")]));
    let after = pseudonymiser(&world);
    assert_eq!(after.version(), 2);
    assert_eq!(rows(&world.lake, "staging.een"), expected(&after, 1));
    assert_eq!(rows(&world.lake, "staging.twee"), expected(&after, 1));
}

#[test]
fn pseudonyms_of_a_key_that_is_gone_stop_it() {
    let world = world();
    fill(&world, "staging.een", &["2024"], &pseudonymiser(&world), &[]);
    let other = KeySource::file(world.dir.path().join("other.toml"));
    drop(KeyRing::init(other.path().unwrap(), noon()).unwrap());
    let ring = super::super::ring(
        &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        &[
            "retired", "retired", "retired", "retired", "retired", "retired", "retired", "retired", "active",
        ],
    );
    let ninth = Pseudonymiser::new(&ring, IdType::Bsn, "intern").unwrap();
    fill(&world, "staging.negen", &["2024"], &ninth, &[]);
    let error = rotate(&world, &[], false).unwrap_err();
    assert!(matches!(error, RotateError::Unknown { version: 9, .. }), "{error}");
    assert_eq!(
        world.lake.current(&name("staging.een")).unwrap().unwrap().version,
        1,
        "nothing was written"
    );
}
