use super::support::*;
use crate::lake::{Lake, LakeOptions, TableName};
use std::fs;

#[test]
fn a_mart_over_the_limit_has_no_single_file_and_loses_the_one_it_had() {
    let dir = temp();
    let small = lake(&dir);
    publish(&small, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
    let path = small.root().join("mart/proef.parquet");
    assert!(path.exists());
    let tight = Lake::open(
        small.root(),
        LakeOptions {
            single_file_bytes: 10,
            ..options()
        },
    )
    .unwrap();
    publish(&tight, &mart(), &content(&[("2022", &[2])]), 1).unwrap();
    assert!(!path.exists());
    let views = fs::read_to_string(small.root().join("views.sql")).unwrap();
    assert!(
        views.contains("/v/00000002/**/*.parquet', hive_partitioning = true, hive_types = {'jaar': VARCHAR}"),
        "{views}"
    );
    // and gets it back
    publish(&small, &mart(), &content(&[("2022", &[3])]), 2).unwrap();
    assert_eq!(by_single_file(small.root(), &mart()), Some(content(&[("2022", &[3])])));
}

#[test]
fn other_schemas_have_no_single_file_and_no_view() {
    let dir = temp();
    let lake = lake(&dir);
    let table: TableName = "staging.proef".parse().unwrap();
    publish(&lake, &table, &content(&[("2022", &[1])]), 0).unwrap();
    assert!(!lake.root().join("staging/proef.parquet").exists());
    assert!(!lake.root().join("views.sql").exists());
}

#[test]
fn views_name_every_mart() {
    let dir = temp();
    let lake = lake(&dir);
    for name in ["mart.b", "mart.a"] {
        publish(&lake, &name.parse().unwrap(), &content(&[("2022", &[1])]), 0).unwrap();
    }
    let views = fs::read_to_string(lake.root().join("views.sql")).unwrap();
    let views: Vec<&str> = views
        .lines()
        .filter(|line| line.starts_with("CREATE OR REPLACE VIEW"))
        .collect();
    let line = |name: &str| {
        let file = lake.root().join(format!("mart/{name}.parquet"));
        format!(
            "CREATE OR REPLACE VIEW mart.\"{name}\" AS SELECT * FROM read_parquet('{}');",
            file.display()
        )
    };
    assert_eq!(views, vec![line("a"), line("b")]);
}

#[test]
fn what_lies_beside_the_manifests_is_repaired() {
    let dir = temp();
    let lake = lake(&dir);
    let wanted = content(&[("2022", &[1]), ("2023", &[2])]);
    publish(&lake, &mart(), &content(&[("2022", &[0])]), 0).unwrap();
    let old = fs::read(lake.root().join("mart/proef.parquet")).unwrap();
    publish(&lake, &mart(), &wanted, 1).unwrap();
    let table = lake.table_dir(&mart()).unwrap();
    fs::write(lake.root().join("mart/proef.parquet"), old).unwrap();
    fs::remove_file(table.join("current")).unwrap();
    fs::write(table.join("latest.json"), "{").unwrap();
    fs::remove_file(lake.root().join("views.sql")).unwrap();
    let done = lake.recover().unwrap();
    assert_eq!(done.len(), 4, "{done:?}");
    for (way, found) in ways(lake.root(), &mart()) {
        assert_eq!(found.as_ref(), Some(&wanted), "{way}");
    }
    assert!(lake.recover().unwrap().is_empty());
    // publishing the same again repairs too
    fs::remove_file(lake.root().join("mart/proef.parquet")).unwrap();
    publish(&lake, &mart(), &wanted, 2).unwrap();
    assert_eq!(by_single_file(lake.root(), &mart()), Some(wanted));
}
