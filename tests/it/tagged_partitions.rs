//! The value of a partition column is the name of a folder, so no table is partitioned by data of persons.
use std::fs;

use crate::cli::{assert_shown, project, sluis};
use crate::marts_project::MEMBERS;

const MORE: &str = r#"
[[columns]]
name = "bsn"
type = "person_key"
key = "bsn"
legal_basis = "x"
purpose = ["x"]

[[derived]]
name = "letter"
expression = "substr(naam, 1, 1)"
type = "text"

[[derived]]
name = "groep"
expression = "substr(naam, 1, 1)"
type = "text"
tag = "public"
"#;

fn contract(partition: &str) -> String {
    format!("partition = [{partition}]\n{MEMBERS}{MORE}")
}

#[test]
fn no_table_is_partitioned_by_data_of_persons() {
    let dir = project();
    for folder in ["sql", "pipelines"] {
        fs::remove_dir_all(dir.path().join(folder)).unwrap();
    }
    fs::create_dir_all(dir.path().join("sql/core")).unwrap();
    fs::create_dir_all(dir.path().join("pipelines")).unwrap();
    let path = dir.path().join("pipelines/leden.toml");
    fs::write(&path, contract("\"naam\", \"bsn\", \"letter\", \"groep\"")).unwrap();
    assert_shown!(dir.path(), ["validate"]);

    // said to be for everyone, by whoever wrote the contract
    fs::write(&path, contract("\"groep\"")).unwrap();
    let model = "/*---\ndescription = \"x\"\npartition = [\"groep\", \"begin\"]\n---*/\n\
                 select groep, lower(substr(naam, 1, 1)) as begin, count(*) as leden from staging.leden group by 1, 2\n";
    fs::write(dir.path().join("sql/core/leden.sql"), model).unwrap();
    assert_shown!(dir.path(), ["validate"]);
    let run = sluis(dir.path()).args(["run", "core.leden"]).output().unwrap();
    assert!(!run.status.success());
    assert!(!dir.path().join("lake/core/leden").exists());
}

#[test]
fn a_tag_that_the_contract_no_longer_has_still_counts_for_what_was_ingested() {
    let dir = project();
    let path = dir.path().join("pipelines/leden.toml");
    fs::write(&path, MEMBERS).unwrap();
    fs::write(dir.path().join("landing/leden.csv"), "naam\nAnna\n").unwrap();
    let taken = sluis(dir.path()).args(["ingest", "leden"]).output().unwrap();
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    fs::write(&path, MEMBERS.replace("tag = \"personal\"\n", "")).unwrap();
    let model = "/*---\ndescription = \"x\"\npartition = [\"naam\"]\n---*/\n\
                 select naam, count(*) as leden from staging.leden group by naam\n";
    fs::write(dir.path().join("sql/core/leden.sql"), model).unwrap();
    assert_shown!(dir.path(), ["run", "core.leden"]);
    assert!(
        !dir.path().join("lake/core/leden/v").exists()
            || fs::read_dir(dir.path().join("lake/core/leden/v"))
                .unwrap()
                .next()
                .is_none()
    );
}
