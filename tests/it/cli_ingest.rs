//! From a file in the landing folder to a table, its quarantine, its versions and back.
use std::path::Path;

use crate::cli::{assert_shown, project, shown, sluis};

const CONTRACT: &str = r#"
description = "Visits to a desk"
owner = "desk"
source = "desk"
partition = ["jaar"]
max_rejected = "50%"
period = { column = "jaar" }

[[files]]
glob = "bezoek-*.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "jaar"
type = "text"
pattern = '^\d{4}$'
description = "Year"

[[columns]]
name = "persoon"
type = "person_key"
key = "bsn"
tag = "personal"
legal_basis = "test"
purpose = ["test"]
description = "Visitor"

[[columns]]
name = "naam"
type = "text"
tag = "personal"
description = "Name"

[[columns]]
name = "loket"
type = "code"
codes = ["A", "B"]
description = "Desk"
"#;

/// Two good rows, one with a wrong key, one with an unknown desk.
pub const FILE: &str = "jaar;persoon;naam;loket
2023;111222333;Pietersen;A
2023;123456782;Jansen;B
2023;123456789;Geheim;A
2023;111222333;Pietersen;C
";

/// A project with one contract, and one file for it.
pub fn desk() -> tempfile::TempDir {
    let dir = project();
    for folder in ["pipelines", "sql"] {
        std::fs::remove_dir_all(dir.path().join(folder)).unwrap();
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    std::fs::write(dir.path().join("pipelines/bezoek.toml"), CONTRACT).unwrap();
    std::fs::write(dir.path().join("landing/bezoek-1.csv"), FILE).unwrap();
    dir
}

/// What is written on standard output; the command must succeed.
fn stdout(dir: &Path, args: &[&str]) -> String {
    let output = sluis(dir).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", shown(dir, &output));
    String::from_utf8(output.stdout).unwrap()
}

fn quarantined(dir: &Path) -> String {
    let list: serde_json::Value = serde_json::from_str(&stdout(dir, &["quarantine", "list", "--json"])).unwrap();
    list[0]["delivery"].as_str().unwrap().to_owned()
}

#[test]
fn a_file_is_taken_once() {
    let dir = desk();
    std::fs::write(dir.path().join("landing/notes.txt"), "x").unwrap();
    assert_shown!(dir.path(), ["ingest", "--dry-run", "--set", "log.level=error"]);
    assert_shown!(dir.path(), ["status"]);
    assert_shown!(dir.path(), ["ingest", "--set", "log.level=error"]);
    assert_shown!(dir.path(), ["ingest"]);
    assert_shown!(dir.path(), ["status"]);
    assert_shown!(dir.path(), ["runs"]);
}

#[test]
fn rows_that_are_set_aside_are_shown_without_persons() {
    let dir = desk();
    stdout(dir.path(), &["ingest"]);
    assert_shown!(dir.path(), ["quarantine", "list"]);
    let id = quarantined(dir.path());
    let rows = stdout(dir.path(), &["quarantine", "show", &id[..6]]);
    for value in ["Geheim", "Pietersen", "123456789", "111222333"] {
        assert!(!rows.contains(value), "{rows}");
    }
    assert!(rows.contains("persoon=p1.k01."), "{rows}");
    let filters = vec![(r"p1\.k01\.[0-9a-z*~$=]+", "[PSEUDONYM]")];
    insta::with_settings!({filters => filters, omit_expression => true}, { insta::assert_snapshot!(rows); });
    let all = stdout(dir.path(), &["quarantine", "list"]);
    assert_eq!(stdout(dir.path(), &["quarantine", "list", "bezoek"]), all);
    assert_shown!(dir.path(), ["quarantine", "list", "bezoeken"]);
}

#[test]
fn discarded_rows_are_gone() {
    let dir = desk();
    stdout(dir.path(), &["ingest"]);
    let id = quarantined(dir.path());
    assert_shown!(dir.path(), ["quarantine", "discard", &id]);
    assert_shown!(dir.path(), ["quarantine", "list"]);
    assert_shown!(dir.path(), ["quarantine", "list", "--all"]);
    assert_shown!(dir.path(), ["quarantine", "show", &id]);
}

#[test]
fn rows_are_read_again_under_a_changed_contract() {
    let dir = desk();
    stdout(dir.path(), &["ingest"]);
    let id = quarantined(dir.path());
    std::fs::write(
        dir.path().join("pipelines/bezoek.toml"),
        CONTRACT.replace("\"B\"]", "\"B\", \"C\"]"),
    )
    .unwrap();
    assert_shown!(dir.path(), ["quarantine", "replay", &id, "--set", "log.level=error"]);
    assert_shown!(dir.path(), ["quarantine", "list"]);
    std::fs::write(
        dir.path().join("landing/bezoek-1.csv"),
        FILE.replace("Jansen", "Janssen"),
    )
    .unwrap();
    assert_shown!(dir.path(), ["quarantine", "replay", &id]);
}

#[test]
fn a_rejected_file_is_an_error() {
    let dir = desk();
    std::fs::write(dir.path().join("pipelines/bezoek.toml"), CONTRACT.replace("50%", "10%")).unwrap();
    assert_shown!(dir.path(), ["ingest", "--set", "log.level=error"]);
    assert_shown!(dir.path(), ["status"]);
}

#[test]
fn a_correction_that_is_refused_is_told_beside_what_it_would_correct() {
    let dir = desk();
    stdout(dir.path(), &["ingest"]);
    let wrong = FILE.replace(";B\n", ";D\n").replace(";A\n", ";D\n");
    std::fs::write(dir.path().join("landing/bezoek-1.csv"), wrong).unwrap();
    assert!(!sluis(dir.path()).arg("ingest").output().unwrap().status.success());
    let status = stdout(dir.path(), &["status"]);
    assert!(
        status.contains(" rejected ") && status.contains(" published "),
        "{status}"
    );

    std::fs::write(
        dir.path().join("landing/bezoek-1.csv"),
        FILE.replace("Jansen", "Janssen"),
    )
    .unwrap();
    stdout(dir.path(), &["ingest"]);
    let status = stdout(dir.path(), &["status"]);
    assert!(!status.contains(" rejected "), "{status}");
}

#[test]
fn files_and_pipelines_that_are_not_there() {
    let dir = desk();
    std::fs::write(dir.path().join("elsewhere.csv"), FILE).unwrap();
    std::fs::write(dir.path().join("landing/other.csv"), FILE).unwrap();
    assert_shown!(dir.path(), ["ingest", "bezoeken"]);
    assert_shown!(dir.path(), ["ingest", "--file", "elsewhere.csv"]);
    assert_shown!(dir.path(), ["ingest", "--file", "nowhere.csv"]);
    assert_shown!(dir.path(), ["ingest", "--file", "landing/other.csv"]);
    stdout(dir.path(), &["ingest", "--file", "landing/bezoek-1.csv"]);
    stdout(dir.path(), &["ingest", "--file", "bezoek-1.csv"]);
}

#[test]
fn a_contract_with_problems_takes_nothing() {
    let dir = desk();
    std::fs::write(
        dir.path().join("pipelines/bezoek.toml"),
        CONTRACT.replace("delimiter", "delimeter"),
    )
    .unwrap();
    assert_shown!(dir.path(), ["ingest"]);
    assert_shown!(dir.path(), ["validate"]);
    assert_shown!(dir.path(), ["validate", "--json"]);
}

#[test]
fn without_keys_nothing_with_persons_is_taken() {
    let dir = desk();
    std::fs::remove_file(dir.path().join(".sluis/keys.toml")).unwrap();
    let output = sluis(dir.path())
        .args(["ingest", "--set", "log.level=error"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", shown(dir.path(), &output));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("sluis keys init"),
        "{}",
        shown(dir.path(), &output)
    );
}

#[test]
fn keys_may_come_from_the_environment_or_a_command() {
    let dir = desk();
    let file = dir.path().join(".sluis/keys.toml");
    let ring = std::fs::read_to_string(&file).unwrap();
    std::fs::rename(&file, dir.path().join("elsewhere.toml")).unwrap();
    let take = |source: &str| {
        let mut command = sluis(dir.path());
        command
            .args(["ingest", "--dry-run"])
            .env("SLUIS__KEYS__SOURCE", source)
            .env("RING", &ring)
            .output()
            .unwrap()
    };
    for source in ["env:RING", "exec:cat elsewhere.toml"] {
        let output = take(source);
        assert!(output.status.success(), "{source}: {}", shown(dir.path(), &output));
    }
    assert_eq!(take("env:NOTHING").status.code(), Some(3));
}

#[test]
fn versions_come_and_go() {
    let dir = desk();
    stdout(dir.path(), &["ingest"]);
    std::fs::write(dir.path().join("landing/bezoek-2.csv"), FILE.replace(";B\n", ";A\n")).unwrap();
    stdout(dir.path(), &["ingest"]);
    assert_shown!(dir.path(), ["history", "bezoek"]);
    assert_shown!(dir.path(), ["rollback", "staging.bezoek"]);
    assert_shown!(dir.path(), ["history", "staging.bezoek", "-n", "1"]);
    assert_shown!(dir.path(), ["rollback", "staging.bezoek", "--to", "9"]);
    assert_shown!(dir.path(), ["gc"]);
    let args = [
        "gc",
        "--dry-run",
        "--set",
        "publish.keep_versions=1",
        "--set",
        "publish.keep_days=0",
    ];
    let output = sluis(dir.path()).args(args).output().unwrap();
    let filters = vec![(r"\d+(\.\d+)? k?B", "[SIZE]")];
    insta::with_settings!({filters => filters, omit_expression => true}, {
        insta::assert_snapshot!(shown(dir.path(), &output));
    });
    assert_shown!(dir.path(), ["history", "bezoeken"]);
}

#[test]
fn log_lines_can_be_json() {
    let dir = desk();
    let output = sluis(dir.path())
        .args(["ingest", "--log-format", "json"])
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    let steps: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        steps
            .iter()
            .any(|step| step["task"] == "bezoek" && step["object"] == "bezoek-1.csv" && step["rows"] == 4)
    );
}
