use super::support::*;
use crate::lake::{GcPolicy, LakeError};
use std::fs;

const ALL: GcPolicy = GcPolicy {
    keep_versions: 1,
    keep_days: 0,
};

fn versions(lake: &crate::lake::Lake) -> Vec<u64> {
    lake.history(&mart())
        .unwrap()
        .iter()
        .map(|manifest| manifest.version)
        .collect()
}

#[test]
fn collection_keeps_the_newest_the_recent_and_the_leased() {
    let dir = temp();
    let lake = lake(&dir);
    for at in 0..5 {
        publish(&lake, &mart(), &content(&[("2022", &[at]), ("2023", &[7])]), at).unwrap();
    }
    let newest = GcPolicy {
        keep_versions: 4,
        keep_days: 0,
    };
    let dry = lake.gc(&newest, day(10), true).unwrap();
    assert_eq!(
        dry.removed
            .iter()
            .map(|collected| collected.version)
            .collect::<Vec<_>>(),
        vec![1]
    );
    assert_eq!(versions(&lake).len(), 5);
    let report = lake.gc(&newest, day(10), false).unwrap();
    assert_eq!(report, dry);
    assert!(report.bytes() > 0);
    assert_eq!(versions(&lake), vec![5, 4, 3, 2]);
    // version 4 was replaced on day 4, version 3 on day 3, version 2 on day 2
    lake.gc(
        &GcPolicy {
            keep_versions: 1,
            keep_days: 7,
        },
        day(10),
        false,
    )
    .unwrap();
    assert_eq!(versions(&lake), vec![5, 4]);
    let lease = lake.lease(&mart(), 4).unwrap();
    let report = lake.gc(&ALL, day(99), false).unwrap();
    assert_eq!((report.removed.len(), report.leased), (0, vec![(mart(), 4)]));
    let manifest = lake.manifest(&mart(), 4).unwrap();
    assert!(lake.table_dir(&mart()).unwrap().join(&manifest.files[0].path).exists());
    drop(lease);
    lake.gc(&ALL, day(99), false).unwrap();
    assert_eq!(versions(&lake), vec![5]);
    assert!(matches!(lake.lease(&mart(), 4), Err(LakeError::NoVersion { .. })));
    assert_eq!(
        fs::read_dir(lake.table_dir(&mart()).unwrap().join("v"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(
        by_manifest(lake.root(), &mart()),
        Some(content(&[("2022", &[4]), ("2023", &[7])]))
    );
    assert!(leftovers(lake.root()).is_empty());
}

#[test]
fn numbers_of_collected_versions_are_not_used_again() {
    let dir = temp();
    let lake = lake(&dir);
    for at in 0..3 {
        publish(&lake, &mart(), &content(&[("2022", &[at])]), at).unwrap();
        lake.gc(&ALL, day(99), false).unwrap();
    }
    assert_eq!(versions(&lake), vec![3]);
}

#[test]
fn a_table_being_published_is_left_alone() {
    let dir = temp();
    let patient = lake(&dir);
    for at in 0..2 {
        publish(&patient, &mart(), &content(&[("2022", &[at])]), at).unwrap();
    }
    let options = crate::lake::LakeOptions {
        lock_wait: std::time::Duration::ZERO,
        ..options()
    };
    let hasty = crate::lake::Lake::open(patient.root(), options).unwrap();
    let mut draft = patient.draft(&mart()).unwrap();
    assert_eq!(hasty.gc(&ALL, day(99), false).unwrap().busy, vec![mart()]);
    assert_eq!(hasty.recover().unwrap(), Vec::<String>::new());
    fill(&mut draft, &content(&[("2022", &[5])])).unwrap();
    draft.commit(meta("proef", 3)).unwrap();
}

#[test]
fn a_damaged_newest_version_is_set_aside_loudly() {
    let dir = temp();
    let lake = lake(&dir);
    let old = content(&[("2022", &[1])]);
    publish(&lake, &mart(), &old, 0).unwrap();
    publish(&lake, &mart(), &content(&[("2022", &[2])]), 1).unwrap();
    let table = lake.table_dir(&mart()).unwrap();
    let newest = lake.current(&mart()).unwrap().unwrap();
    fs::write(table.join(&newest.files[0].path), b"kapot").unwrap();
    assert_eq!(lake.verify(&mart()).unwrap().len(), 1);
    let done = lake.recover().unwrap();
    assert!(
        done.iter().any(|line| line.contains("version 2 is damaged")),
        "{done:?}"
    );
    for (way, found) in ways(lake.root(), &mart()) {
        assert_eq!(found.as_ref(), Some(&old), "{way}");
    }
    // its number stays taken
    publish(&lake, &mart(), &content(&[("2022", &[3])]), 2).unwrap();
    assert_eq!(versions(&lake), vec![3, 1]);
    // a torn manifest likewise
    let path = table.join("_manifests/00000000000000000003.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(matches!(lake.current(&mart()), Err(LakeError::Manifest { .. })));
    assert_eq!(
        lake.recover()
            .unwrap()
            .iter()
            .filter(|line| line.contains("damaged"))
            .count(),
        1
    );
    assert_eq!(by_manifest(lake.root(), &mart()), Some(old.clone()));
    // what was set aside goes with the rest, in time
    lake.gc(&ALL, day(0) + chrono::TimeDelta::days(40_000), false).unwrap();
    assert_eq!(fs::read_dir(table.join("v")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(table.join("_manifests")).unwrap().count(), 1);
    assert_eq!(by_manifest(lake.root(), &mart()), Some(old));
}

#[test]
fn a_table_with_nothing_sound_left_has_no_publication() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
    let table = lake.table_dir(&mart()).unwrap();
    fs::write(table.join("_manifests/00000000000000000001.json"), "{}").unwrap();
    assert!(!lake.recover().unwrap().is_empty());
    assert!(lake.current(&mart()).unwrap().is_none());
    for (way, found) in ways(lake.root(), &mart()) {
        assert_eq!(found, None, "{way}");
    }
    assert!(
        !fs::read_to_string(lake.root().join("views.sql"))
            .unwrap()
            .contains("VIEW")
    );
    publish(&lake, &mart(), &content(&[("2022", &[2])]), 1).unwrap();
    assert_eq!(versions(&lake), vec![2]);
}
