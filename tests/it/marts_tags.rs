//! What is made of tagged columns: no file and no manifest tells the smallest or largest value.
use std::fs;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::marts_project::{MEMBERS, Project};

const PLACE: &str = r#"
[[columns]]
name = "plaats"
type = "text"
"#;

const CORE: &str = r#"/*---
description = "First letters"
---*/
select plaats, substr(naam, 1, 1) as letter, array_agg(naam) as namen
from staging.leden
group by plaats, substr(naam, 1, 1)
"#;

const MART: &str = r#"/*---
description = "Members by place"
---*/
select s.plaats, max(s.naam) as laatste, max(c.letter) as letter, count(distinct s.naam) as leden
from staging.leden s join core.letters c on c.plaats = s.plaats
group by s.plaats
"#;

/// The Parquet files in a folder of the lake.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "parquet") {
            found.push(path);
        }
    }
    found
}

/// The columns of a file that have bounds in its footer or its pages.
fn bounded(path: &Path) -> Vec<String> {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let columns = reader.metadata().row_group(0).columns().iter();
    let bounded = columns.filter(|column| {
        column
            .statistics()
            .is_some_and(|stats| stats.min_bytes_opt().or(stats.max_bytes_opt()).is_some())
    });
    bounded.map(|column| column.column_path().string()).collect()
}

/// The columns that have bounds in the newest manifest.
fn bounded_in_manifest(project: &Project, table: &str) -> Vec<String> {
    let manifest = project.manifest(table);
    let columns = manifest["files"][0]["columns"].as_object().unwrap();
    let bounded = columns.iter().filter(|(_, stat)| stat.get("min").is_some());
    bounded.map(|(name, _)| name.clone()).collect()
}

#[test]
fn bounds_are_kept_of_counts_and_never_of_what_is_made_of_a_name() {
    let project = Project::new();
    for (path, text) in [
        ("pipelines/leden.toml", format!("{MEMBERS}{PLACE}").as_str()),
        ("sql/core/letters.sql", CORE),
        ("sql/mart/leden.sql", MART),
    ] {
        fs::write(project.root().join(path), text).unwrap();
    }
    project.deliver("leden.csv", "naam;plaats\nAnna;Ede\nZeger;Ede\nBo;Goes\n");
    project.succeed(&["ingest"]);
    project.succeed(&["run", "+mart.leden"]);
    assert_eq!(
        project.sql("select plaats, laatste, letter, leden from mart.leden order by plaats"),
        ["Ede|Zeger|Z|2", "Goes|Bo|B|1"]
    );

    for (table, wanted) in [
        ("core.letters", vec!["plaats"]),
        ("mart.leden", vec!["plaats", "leden"]),
    ] {
        let lake = project.root().join("lake").join(table.replace('.', "/"));
        let written = files(&lake.join("v"));
        assert!(!written.is_empty(), "{table}");
        for file in written {
            assert_eq!(bounded(&file), wanted, "{}", file.display());
        }
        let mut wanted = wanted;
        wanted.sort_unstable();
        assert_eq!(bounded_in_manifest(&project, table), wanted, "{table}");
    }
    let single = project.root().join("lake/mart/leden.parquet");
    assert_eq!(bounded(&single), ["plaats", "leden"]);
}

/// A person key and a number beside the name.
const MORE: &str = r#"
[[columns]]
name = "bsn"
type = "person_key"
key = "bsn"
legal_basis = "x"
purpose = ["x"]

[[columns]]
name = "jaar"
type = "integer"
"#;

#[test]
fn bounds_are_kept_of_places_in_quarantine_and_never_of_rows_and_keys() {
    let project = Project::new();
    let contract = format!("max_rejected = 5\n{MEMBERS}{PLACE}{MORE}");
    fs::write(project.root().join("pipelines/leden.toml"), contract).unwrap();
    let rows = "naam;plaats;bsn;jaar\nAnna;Ede;111222333;2019\nBo;Goes;111222333;x\nCas;Urk;123456782;y\n";
    project.deliver("leden.csv", rows);
    project.succeed(&["ingest", "leden"]);
    let aside = "select count(keys) as k, count(\"row\") as r from ops.quarantine";
    assert_eq!(project.sql(aside), ["2|2"]);

    let wanted = ["delivery", "file", "line", "column_name", "rule", "quarantined_at"];
    for file in files(&project.root().join("lake/ops/quarantine/v")) {
        assert_eq!(bounded(&file), wanted, "{}", file.display());
    }
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(bounded_in_manifest(&project, "ops.quarantine"), wanted);
}

#[test]
fn a_result_as_parquet_keeps_no_bounds_of_tagged_columns() {
    let project = Project::new();
    fs::write(project.root().join("pipelines/leden.toml"), format!("{MEMBERS}{PLACE}")).unwrap();
    project.deliver("leden.csv", "naam;plaats\nAnna;Ede\nZeger;Goes\n");
    project.succeed(&["ingest", "leden"]);
    let (file, query) = (
        project.root().join("uit.parquet"),
        "select naam, plaats from staging.leden",
    );
    project.succeed(&["sql", query, "--output", file.to_str().unwrap()]);
    assert_eq!(bounded(&file), ["plaats"]);
}
