//! Which project, and which settings: default < file < environment < flag.
use std::path::Path;

use crate::cli::{FILTERS, assert_shown, project, shown, sluis};

fn settings(dir: &Path, text: &str) {
    std::fs::write(dir.join("config/sluis.toml"), text).unwrap();
}

#[test]
fn config_show() {
    let dir = project();
    settings(
        dir.path(),
        "[ingest]\nthreads = 2\nmax_columns = 10\nblock_bytes = \"1MiB\"\n[keys]\nsource = \"exec:vault kv get -token=hush x\"\n",
    );
    let output = sluis(dir.path())
        .args(["config", "show", "--set", "ingest.threads=4"])
        .env("SLUIS__INGEST__THREADS", "3")
        .env("SLUIS__INGEST__MAX_COLUMNS", "20")
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hush"));
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(shown(dir.path(), &output)); });
}

#[test]
fn config_show_one_section() {
    let dir = project();
    assert_shown!(dir.path(), ["config", "show", "keys", "log.level", "--json"]);
    assert_shown!(dir.path(), ["config", "show", "ingset"]);
}

#[test]
fn unknown_and_wrong_settings_are_all_told() {
    let dir = project();
    settings(dir.path(), "[ingest]\nblok_bytes = 1\nthreads = \"many\"\n");
    let output = sluis(dir.path())
        .args(["runs", "--set", "log.levle=info"])
        .env("SLUIS__INGEST__MAX_COLUMN", "20")
        .output()
        .unwrap();
    insta::with_settings!({filters => FILTERS.to_vec(), omit_expression => true}, {
        insta::assert_snapshot!(shown(dir.path(), &output));
    });
}

#[test]
fn the_nearest_project_is_taken_unless_one_is_named() {
    let outer = project();
    let inner = outer.path().join("landing/a/b");
    std::fs::create_dir_all(&inner).unwrap();
    let other = project();
    let root = |dir: &Path| format!("project {}", dir.canonicalize().unwrap().display());
    let first_line = |output: std::process::Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let show = ["config", "show"];
    assert_eq!(
        first_line(sluis(&inner).args(show).output().unwrap()),
        root(outer.path())
    );
    let env = sluis(&inner)
        .args(show)
        .env("SLUIS_PROJECT", other.path())
        .output()
        .unwrap();
    assert_eq!(first_line(env), root(other.path()));
    let flag = sluis(&inner)
        .args(show)
        .args(["--project", "../../.."])
        .env("SLUIS_PROJECT", other.path())
        .output();
    assert_eq!(first_line(flag.unwrap()), root(outer.path()));
}

#[test]
fn a_named_folder_that_is_no_project_is_not_replaced_by_a_parent() {
    let dir = project();
    let output = sluis(dir.path())
        .args(["runs"])
        .env("SLUIS_PROJECT", dir.path().join("landing"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("named by SLUIS_PROJECT"));
}
