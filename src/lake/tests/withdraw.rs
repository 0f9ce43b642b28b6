use super::support::*;
use crate::lake::LakeError;

#[test]
fn a_withdrawn_table_is_gone_and_its_numbers_are_not_used_again() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    for at in 0..2 {
        publish(&lake, &table, &content(&[("2022", &[at])]), at).unwrap();
    }
    assert_eq!(lake.withdraw(&table).unwrap(), 2);
    assert!(lake.tables().unwrap().is_empty());
    assert!(matches!(lake.history(&table), Err(LakeError::NoTable { .. })));
    for (way, found) in ways(lake.root(), &table) {
        assert_eq!(found, None, "{way}");
    }
    let parquet = |folder: &std::path::Path| std::fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(parquet(&lake.table_dir(&table).unwrap().join("v")), 0);
    let views = std::fs::read_to_string(lake.root().join("views.sql")).unwrap();
    assert!(!views.contains(&table.table), "{views}");
    assert!(matches!(
        lake.rollback(&table, Some(1), "r", day(3)),
        Err(LakeError::NoTable { .. })
    ));
    assert_eq!(lake.withdraw(&table).unwrap(), 0);
    let again = publish(&lake, &table, &content(&[("2022", &[7])]), 4).unwrap();
    assert_eq!(again.manifest().version, 3);
    assert_eq!(lake.withdraw(&"mart.niets".parse().unwrap()).unwrap(), 0);
}
