use super::support::*;
use crate::lake::LakeError;

#[test]
fn rolling_back_publishes_the_old_content_as_a_new_version() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    let contents = [
        content(&[("2022", &[1])]),
        content(&[("2022", &[2])]),
        content(&[("2022", &[2]), ("2023", &[3])]),
    ];
    for (at, content) in (0..).zip(&contents) {
        publish(&lake, &table, content, at).unwrap();
    }
    let back = lake.rollback(&table, None, "r-2", day(4)).unwrap();
    assert_eq!((back.version, back.parent, back.restores), (4, Some(3), Some(2)));
    assert_eq!(by_manifest(lake.root(), &table).as_ref(), Some(&contents[1]));
    // once more goes further back, not back and forth
    let back = lake.rollback(&table, None, "r-3", day(5)).unwrap();
    assert_eq!((back.version, back.restores), (5, Some(1)));
    for (way, found) in ways(lake.root(), &table) {
        assert_eq!(found.as_ref(), Some(&contents[0]), "{way}");
    }
    assert!(matches!(
        lake.rollback(&table, None, "r", day(6)),
        Err(LakeError::NoVersion { .. })
    ));
    // and forward again, by number; to what is current already changes nothing
    assert_eq!(lake.rollback(&table, Some(3), "r", day(7)).unwrap().version, 6);
    assert_eq!(by_link(lake.root(), &table).as_ref(), Some(&contents[2]));
    assert_eq!(lake.rollback(&table, Some(3), "r", day(8)).unwrap().version, 6);
    assert!(matches!(
        lake.rollback(&table, Some(99), "r", day(9)),
        Err(LakeError::NoVersion { version: 99, .. })
    ));
    let unknown = "mart.niets".parse().unwrap();
    assert!(matches!(
        lake.rollback(&unknown, None, "r", day(9)),
        Err(LakeError::NoTable { .. })
    ));
}
