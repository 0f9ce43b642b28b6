//! `sluis plan` and `sluis run` as people type them: from a delivery to a mart, and again.
use std::fs;
use std::path::Path;

use crate::cli::{assert_shown, project, sluis};

const CONTRACT: &str = r#"
description = "Pupils per site"
owner = "test"
source = "duo"
partition = ["schooljaar"]
period = { column = "schooljaar" }

[[files]]
glob = "leerlingen-*.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "schooljaar"
type = "schooljaar"

[[columns]]
name = "vestiging"
type = "text"

[[columns]]
name = "aantal"
type = "integer"
"#;

const PER_YEAR: &str = r#"/*---
description = "Pupils per school year"
grain = ["schooljaar"]
partition = ["schooljaar"]
audits = [{ expression = "leerlingen < 1000", name = "niet_te_veel" }]
inputs = { "staging.leerlingen" = "same" }
---*/
select schooljaar, sum(aantal) as leerlingen
from staging.leerlingen
group by schooljaar
"#;

const TOTAL: &str = r#"/*---
description = "All pupils"
---*/
select sum(leerlingen) as leerlingen from core.per_jaar
"#;

/// A project with one contract and two models.
fn small() -> tempfile::TempDir {
    let dir = project();
    for folder in ["pipelines", "sql"] {
        fs::remove_dir_all(dir.path().join(folder)).unwrap();
    }
    write(dir.path(), "pipelines/leerlingen.toml", CONTRACT);
    write(dir.path(), "sql/core/per_jaar.sql", PER_YEAR);
    write(dir.path(), "sql/mart/totaal.sql", TOTAL);
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn deliver(dir: &Path, year: &str, rows: &[(&str, u32)]) {
    let lines: String = rows.iter().map(|(site, n)| format!("{year};{site};{n}\n")).collect();
    write(
        dir,
        &format!("landing/leerlingen-{year}.csv"),
        &format!("schooljaar;vestiging;aantal\n{lines}"),
    );
    let taken = sluis(dir).arg("ingest").output().unwrap();
    assert!(
        taken.status.success(),
        "{}{}",
        String::from_utf8_lossy(&taken.stdout),
        String::from_utf8_lossy(&taken.stderr)
    );
}

#[test]
fn models_wait_for_their_first_delivery() {
    let dir = small();
    assert_shown!(dir.path(), ["plan"]);
    assert_shown!(dir.path(), ["run"]);
    // asked for by name, it is expected to be there
    assert_shown!(dir.path(), ["run", "totaal"]);
}

#[test]
fn from_a_delivery_to_a_mart_and_again() {
    let dir = small();
    deliver(dir.path(), "2019-2020", &[("00AA00", 3), ("00AA01", 5)]);
    deliver(dir.path(), "2020-2021", &[("00AA00", 4)]);
    assert_shown!(dir.path(), ["plan"]);
    assert_shown!(dir.path(), ["run"]);
    assert_shown!(dir.path(), ["run"]);
    assert_shown!(dir.path(), ["sql", "select * from mart.totaal", "--format", "csv"]);
    deliver(dir.path(), "2020-2021", &[("00AA00", 40)]);
    assert_shown!(dir.path(), ["plan", "--json", "+mart.totaal"]);
    assert_shown!(dir.path(), ["run", "core.*"]);
    assert_shown!(dir.path(), ["run", "per_jaar+"]);
    assert_shown!(dir.path(), ["plan", "--json", "mart.totaal"]);
    assert_shown!(dir.path(), ["sql", "select * from mart.totaal", "--format", "csv"]);
}

#[test]
fn a_failing_audit_publishes_nothing() {
    let dir = small();
    deliver(dir.path(), "2019-2020", &[("00AA00", 3000)]);
    assert_shown!(dir.path(), ["run"]);
    assert_shown!(
        dir.path(),
        [
            "sql",
            "--file",
            ".sluis/audits/core.per_jaar.niet_te_veel.sql",
            "--format",
            "csv"
        ]
    );
    let sql = "select kind, status from ops.runs order by started_at desc limit 1";
    let runs = sluis(dir.path())
        .args(["sql", sql, "--format", "csv"])
        .output()
        .unwrap();
    let said = String::from_utf8(runs.stdout).unwrap();
    assert!(said.contains("run,failed"), "{said}");
}

#[test]
fn what_is_wrong_is_told_and_the_rest_goes_on() {
    let dir = small();
    deliver(dir.path(), "2019-2020", &[("00AA00", 3)]);
    write(
        dir.path(),
        "sql/mart/fout.sql",
        "/*---\ndescription = \"x\"\n---*/\nselect leerlngen from core.per_jaar\n",
    );
    assert_shown!(dir.path(), ["run"]);
    assert_shown!(dir.path(), ["plan", "fout"]);
    assert_shown!(dir.path(), ["plan", "totaal"]);
    fs::remove_file(dir.path().join("sql/mart/fout.sql")).unwrap();
    assert_shown!(dir.path(), ["plan", "total"]);
    assert_shown!(dir.path(), ["run", "staging.leerlingen"]);
}
