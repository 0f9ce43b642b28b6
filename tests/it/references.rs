//! References between deliveries: one that fails refuses its own delivery and no other.
use std::fs;
use std::time::{Duration, SystemTime};

use crate::marts_project::Project;

const SITES: &str = r#"
description = "Sites"
owner = "tests"
source = "test"
[[files]]
glob = "sites.csv"
[format]
type = "delimited"
encoding = "utf-8"
[[columns]]
name = "site"
type = "text"
"#;

const COUNTS: &str = r#"
description = "Counts by site"
owner = "tests"
source = "test"
partition = ["jaar"]
[[files]]
glob = "counts-*.csv"
period = { pattern = '(\d{4})', as = "jaar" }
[format]
type = "delimited"
encoding = "utf-8"
[[columns]]
name = "jaar"
type = "text"
constant_from = "period"
[[columns]]
name = "site"
type = "text"
[[columns]]
name = "aantal"
type = "integer"
[[references]]
columns = ["site"]
to = "staging.sites"
"#;

fn project() -> Project {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/sites.toml"), SITES).unwrap();
    fs::write(project.root().join("pipelines/counts.toml"), COUNTS).unwrap();
    project.deliver("sites.csv", "site\nA\nB\n");
    project
}

/// Puts counts into the landing folder that were made so many seconds ago.
fn counts(project: &Project, name: &str, rows: &str, age: u64) {
    project.deliver(name, format!("site,aantal\n{rows}\n"));
    let file = fs::File::options()
        .append(true)
        .open(project.landing().join(name))
        .unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
}

/// File, outcome and reason of every delivery of counts that was not skipped, by file.
fn ingest(project: &Project) -> Vec<String> {
    let output = project.sluis(&["ingest", "--json"]);
    let reports: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut told: Vec<String> = reports
        .iter()
        .filter(|report| report["delivery"]["pipeline"] == "counts" && report["outcome"] != "skipped")
        .map(|report| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
            let texts = [&report["delivery"]["file"], &report["outcome"], &report["reason"]];
            texts.map(text).join("|")
        })
        .collect();
    told.sort();
    let refused = told.iter().any(|line| line.contains("|rejected|"));
    assert_eq!(output.status.success(), !refused, "{told:?}");
    told
}

fn staged(project: &Project) -> Vec<String> {
    project.sql("select jaar, site, aantal from staging.counts order by 1, 2")
}

#[test]
fn a_failing_reference_refuses_only_its_own_delivery() {
    let project = project();
    counts(&project, "counts-2019.csv", "A,1", 30);
    counts(&project, "counts-2020.csv", "C,2\nA,2", 20);
    counts(&project, "counts-2021.csv", "B,3", 10);
    let refused =
        "counts-2020.csv|rejected|relation site -> staging.sites: 1 keys (1 rows) do not occur in staging.sites: C";
    let published = |file: &str| format!("{file}|published|-");
    assert_eq!(
        ingest(&project),
        [
            published("counts-2019.csv"),
            refused.to_owned(),
            published("counts-2021.csv")
        ]
    );
    assert_eq!(staged(&project), ["2019|A|1", "2021|B|3"]);
    assert_eq!(project.audit("staging.counts", "relation"), ("pass".to_owned(), 0));
    let ledger = "select file, status, rows_staged from ops.deliveries where pipeline = 'counts' order by file";
    assert_eq!(
        project.sql(ledger),
        [
            "counts-2019.csv|published|1",
            "counts-2020.csv|rejected|0",
            "counts-2021.csv|published|1"
        ]
    );
    // Known and refused, until what it refers to changes.
    assert!(ingest(&project).is_empty());
    project.deliver("sites.csv", "site\nA\nB\nC\n");
    assert_eq!(ingest(&project), [published("counts-2020.csv")]);
    assert_eq!(staged(&project), ["2019|A|1", "2020|A|2", "2020|C|2", "2021|B|3"]);
}

#[test]
fn a_refused_correction_leaves_what_it_would_have_replaced() {
    let project = project();
    counts(&project, "counts-2019.csv", "A,1", 40);
    assert_eq!(ingest(&project).len(), 1);
    counts(&project, "counts-2019-b.csv", "X,9", 30);
    // Of two new files for one period the newer is refused, so the older counts.
    counts(&project, "counts-2020.csv", "B,2", 20);
    counts(&project, "counts-2020-b.csv", "Y,9", 10);
    let told = ingest(&project);
    let outcomes: Vec<&str> = told.iter().map(|line| line.split('|').nth(1).unwrap()).collect();
    assert_eq!(outcomes, ["rejected", "rejected", "published"], "{told:?}");
    assert_eq!(staged(&project), ["2019|A|1", "2020|B|2"]);
}

#[test]
fn a_code_list_that_cannot_be_read_is_told_and_checks_nothing() {
    let project = project();
    let contract = COUNTS.replace("staging.sites", "ref.sites");
    fs::write(project.root().join("pipelines/counts.toml"), contract).unwrap();
    let list = project.root().join("config/reference/sites.csv");
    fs::write(&list, "site,naam\nA,x\n").unwrap();
    counts(&project, "counts-2019.csv", "A,1", 30);
    assert_eq!(ingest(&project), ["counts-2019.csv|published|-"]);

    fs::write(&list, "site,naam\nA,x,y\n").unwrap();
    counts(&project, "counts-2020.csv", "A,1", 20);
    let output = project.sluis(&["ingest"]);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.status.success());
    assert!(
        said.contains("sites.csv") && said.contains("line 2 has 3 fields"),
        "{said}"
    );
    fs::write(&list, "site,naam\nA,x\n").unwrap();
    assert_eq!(staged(&project), ["2019|A|1"]);
}

/// A contract of persons with a key of a kind, and where it must occur.
fn persons(name: &str, kind: &str, to: &str) -> String {
    let reference = match to {
        "" => String::new(),
        to => format!("[[references]]\ncolumns = [\"persoon\"]\nto = \"{to}\"\n"),
    };
    format!(
        r#"
description = "Persons"
owner = "tests"
source = "test"
max_rejected = "90%"
[[files]]
glob = "{name}.csv"
[format]
type = "delimited"
encoding = "utf-8"
[[columns]]
name = "persoon"
type = "person_key"
key = "{kind}"
legal_basis = "test"
purpose = ["test"]
[[columns]]
name = "plaats"
type = "text"
{reference}"#
    )
}

#[test]
fn a_person_must_occur_in_another_table_without_being_told_who_does_not() {
    let project = Project::bare();
    let contract = |name: &str, text: String| {
        fs::write(project.root().join(format!("pipelines/{name}.toml")), text).unwrap();
    };
    contract("known", persons("known", "bsn", ""));
    contract("seen", persons("seen", "bsn", "staging.known"));
    project.deliver("known.csv", "persoon,plaats\n111222333,Assen\n");
    project.deliver("seen.csv", "persoon,plaats\n111222333,Assen\n123456782,Goes\n");
    let told = String::from_utf8(project.sluis(&["ingest"]).stdout).unwrap();
    assert!(told.contains("1 keys (1 rows) do not occur in staging.known"), "{told}");
    assert!(!told.contains("p1.") && !told.contains("123456782"), "{told}");
    project.deliver("known.csv", "persoon,plaats\n111222333,Assen\n123456782,Goes\n");
    let output = project.sluis(&["ingest"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(project.sql("select count(*) from staging.seen"), ["2"]);
    // other keys would never match
    contract("other", persons("other", "onderwijsnummer", "staging.known"));
    let output = project.sluis(&["validate"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("none would match"), "{told}");
}

#[test]
fn rows_that_may_stand_in_the_wrong_columns_are_not_shown() {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/known.toml"), persons("known", "bsn", "")).unwrap();
    let rows = "111222333,Assen\nJansen,Goes\n123456782,Ede 1234.56.782\n123456782,\u{1}Ede\n";
    project.deliver("known.csv", format!("persoon,plaats\n{rows}"));
    project.sluis(&["ingest"]);
    let shown = project.sql("select \"row\" from ops.quarantine order by line");
    assert!(!shown.is_empty() && shown[0].contains("***"), "{shown:?}");
    assert!(
        shown.iter().all(|row| !row.contains("Goes") && !row.contains("1234")),
        "{shown:?}"
    );
}
