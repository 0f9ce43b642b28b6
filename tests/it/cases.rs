//! The shipped marts on persons made up for them: every folder of `tests/marts/` has the deliveries, and the answers
//! worked out by hand.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use sluis::engine::{CatalogSources, Engine, EngineOptions};
use sluis::lake::{Lake, LakeOptions};
use sqllogictest::Runner;

use crate::cli::sluis;
use crate::slt;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// Runs sluis in a project, with the settings of the case; what it said when it failed.
fn run(project: &Path, settings: &[(String, String)], args: &[&str]) {
    let mut command = sluis(project);
    command.args(args).envs(settings.iter().cloned());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The settings in `env.txt`, a `NAME=value` a line.
fn settings(case: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(case.join("env.txt")).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A project with the shipped contracts and models, and the deliveries of a case taken in.
fn project(case: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path();
    for part in ["pipelines", "sql", "config"] {
        copy(&here().join(part), &project.join(part));
    }
    copy(&case.join("landing"), &project.join("landing"));
    let settings = settings(case);
    run(project, &settings, &["keys", "init"]);
    run(project, &settings, &["ingest"]);
    folder
}

fn check(case: &Path) {
    let folder = project(case);
    let (project, settings) = (folder.path(), settings(case));
    let lake = project.join("lake");
    for (filters, pushdown) in [("true", "false"), ("false", "true")] {
        // Built from nothing each time, so that what the scans skip is another in each.
        for schema in ["core", "mart"] {
            let _ = fs::remove_dir_all(lake.join(schema));
        }
        let filters = format!("query.dynamic_filters={filters}");
        let pushdown = format!("query.pushdown_filters={pushdown}");
        run(project, &settings, &["run", "--set", &filters, "--set", &pushdown]);
        let sources = CatalogSources {
            lake: Lake::open(&lake, LakeOptions::default()).unwrap(),
            reference: project.join("config/reference"),
            ledger: None,
        };
        let engine = Arc::new(Engine::new(EngineOptions::new(project.join("spill"))).unwrap());
        let connect = || async { Ok(slt::Project::new(Arc::clone(&engine), sources.clone())) };
        let expected = case.join("expected.slt");
        Runner::new(connect)
            .run_file(&expected)
            .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    }
}

#[test]
fn marts_give_what_was_worked_out_by_hand() {
    let mut cases: Vec<PathBuf> = fs::read_dir(here().join("tests/marts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        check(&case);
    }
}

/// The jobs of everybody stream past the teachers who are asked for: they are neither sorted nor held, and row groups
/// without any of those teachers are passed over.
#[test]
fn jobs_stream_past_the_few_that_are_asked_for() {
    let case = here().join("tests/marts/lesgevenden");
    let folder = project(&case);
    run(folder.path(), &settings(&case), &["run", "+core.baan"]);
    let model = fs::read_to_string(here().join("sql/core/baan.sql")).unwrap();
    let (_, query) = model.split_once("---*/").unwrap();
    let output = sluis(folder.path())
        .args(["sql", &format!("explain {query}")])
        .output()
        .unwrap();
    let plan = String::from_utf8(output.stdout).unwrap();
    let steps: Vec<&str> = plan.lines().map(str::trim_start).collect();
    let place = |start: &str, word: &str| {
        let found = steps
            .iter()
            .position(|step| step.starts_with(start) && step.contains(word));
        found.unwrap_or_else(|| panic!("no {start} of {word}: {plan}"))
    };
    let join = place("HashJoinExec", "mode=CollectLeft");
    let held = place("DataSourceExec", "/core/terugblik/");
    let streamed = place("DataSourceExec", "/staging/cbs_spolisbus/");
    assert!(join < held && held < streamed, "{plan}");
    assert!(!plan.contains("SortExec"), "{plan}");
    assert!(steps[streamed].contains("predicate=DynamicFilter"), "{plan}");
}

/// Every mart that is made of deliveries about persons is asked for in a case.
#[test]
fn every_mart_has_a_case() {
    let mut proved = String::new();
    for case in fs::read_dir(here().join("tests/marts")).unwrap() {
        proved += &fs::read_to_string(case.unwrap().path().join("expected.slt")).unwrap();
    }
    // Those of the open counts are compared with the printed tables on real files.
    let marts = fs::read_dir(here().join("sql/mart"))
        .unwrap()
        .map(|mart| mart.unwrap().path());
    let names = marts.map(|mart| mart.file_stem().unwrap().to_str().unwrap().to_owned());
    let asked = |name: &String| Regex::new(&format!(r"mart\.{name}\b")).unwrap().is_match(&proved);
    let missing: Vec<String> = names.filter(|name| !name.ends_with("_open") && !asked(name)).collect();
    assert!(missing.is_empty(), "no case proves {missing:?}");
}
