//! What fails while rows are worked on is told without them: no output, log or ledger quotes a person's cell.
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::marts_project::{MEMBERS, Project};

const PERSON: &str = "Anna (Persoon";

/// With the engine's own log lines.
const ENGINE_TOO: &str = "log.level=sluis=trace,datafusion=debug";

const LENGTH: &str = r#"
[[columns]]
name = "lengte"
type = "integer"
"#;

/// Expressions over a member that fail on the row, each in its own way.
const FAILING: [&str; 9] = [
    "cast(naam as int)",
    "naam::date",
    "cast(naam as decimal(10, 2))",
    "lengte / (lengte - 13)",
    "to_timestamp(naam)",
    "encode(naam, naam)",
    "regexp_match(naam, naam)",
    "date_trunc(naam, timestamp '2020-01-01')",
    "schooljaar_begin(naam)",
];

fn members() -> Project {
    let project = Project::new();
    fs::write(
        project.root().join("pipelines/leden.toml"),
        format!("{MEMBERS}{LENGTH}"),
    )
    .unwrap();
    project.deliver("leden.csv", format!("naam;lengte\n{PERSON};13\n"));
    project.succeed(&["ingest", "leden"]);
    project
}

fn model(project: &Project, audits: &str, expression: &str) {
    let text = format!("/*---\ndescription = \"x\"\n{audits}---*/\nselect\n  {expression} as x\nfrom staging.leden\n");
    fs::write(project.root().join("sql/mart/leden_x.sql"), text).unwrap();
}

/// What a failing command said, in which there must be no word of the person.
fn said(output: &Output) -> String {
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(1), "{said}");
    quotes_nobody("output", &said);
    said
}

fn quotes_nobody(what: &str, text: &str) {
    assert!(!text.contains("Anna") && !text.contains("Persoon"), "{what}: {text}");
}

/// Looks through every file of a folder.
fn search(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path);
        } else {
            quotes_nobody(
                &path.display().to_string(),
                &String::from_utf8_lossy(&fs::read(&path).unwrap()),
            );
        }
    }
}

#[test]
fn a_query_that_fails_on_a_row_does_not_quote_it() {
    let project = members();
    for expression in FAILING {
        model(&project, "", expression);
        let run = ["run", "mart.leden_x", "--log-format", "json", "--set", ENGINE_TOO];
        let told = said(&project.sluis(&run));
        assert!(told.contains("the query failed"), "{expression}: {told}");
        let query = format!("select {expression} as x from staging.leden");
        for format in ["table", "json", "parquet"] {
            said(&project.sluis(&["sql", &query, "--format", format, "--set", ENGINE_TOO]));
        }
    }
    search(&project.root().join(".sluis"));
    let runs = project.sql("select detail from ops.runs where status = 'failed'");
    assert_eq!(runs.len(), FAILING.len());
    runs.iter().for_each(|detail| quotes_nobody("ops.runs", detail));
}

#[test]
fn a_failing_conversion_is_told_with_its_place_and_what_to_do() {
    let project = members();
    model(&project, "", "cast(naam as int)");
    let told = said(&project.sluis(&["run", "mart.leden_x"]));
    assert!(
        told.contains("mart/leden_x.sql:5:3: a value cannot be converted"),
        "{told}"
    );
    assert!(told.contains("use try_cast"), "{told}");
    model(&project, "", "try_cast(naam as int)");
    project.succeed(&["run", "mart.leden_x"]);
}

#[test]
fn an_audit_that_fails_on_a_row_does_not_quote_it() {
    let project = members();
    let audit = "audits = [{ expression = \"cast(x as int) > 0\", name = \"positief\" }]\n";
    model(&project, audit, "upper(naam)");
    let told = said(&project.sluis(&["run", "mart.leden_x", "--log-format", "json"])).to_lowercase();
    assert!(told.contains("audit positief cannot be run"), "{told}");
    quotes_nobody("audit", &told.replace("anna", "Anna"));
    search(&project.root().join(".sluis"));
}

#[test]
fn a_contract_expression_that_fails_on_a_row_does_not_quote_it() {
    let project = members();
    let check = "\n[[checks]]\nname = \"getal\"\nexpression = \"cast(naam as int) > 0\"\n";
    let path = project.root().join("pipelines/leden.toml");
    fs::write(path, format!("{MEMBERS}{LENGTH}{check}")).unwrap();
    project.deliver("leden.csv", format!("naam;lengte\n{PERSON};14\n"));
    let told = said(&project.sluis(&["ingest", "leden", "--set", "log.level=debug"]));
    assert!(told.contains("getal"), "{told}");
    search(&project.root().join(".sluis"));
}

#[test]
fn a_first_line_that_is_no_header_is_not_quoted() {
    let project = members();
    let drift = "\n[drift]\nmissing_column = \"warn\"\nextra_column = \"warn\"\nduplicate_header = \"warn\"\n";
    for drift in ["", drift] {
        let path = project.root().join("pipelines/leden.toml");
        let contract =
            format!("{MEMBERS}{LENGTH}{drift}").replace("name = \"lengte\"\n", "name = \"lengte\"\nnullable = true\n");
        fs::write(path, contract).unwrap();
        for text in [
            format!("{PERSON};13\n{PERSON};14\n"),
            format!("{PERSON},123456782\n"),
            format!("{PERSON};lengte\n{PERSON};14\n"),
        ] {
            project.deliver("leden.csv", text);
            let output = project.sluis(&["ingest", "leden", "--set", "log.level=trace", "--log-format", "json"]);
            let told = said(&output);
            assert!(
                told.contains("is missing") || told.contains("names no column"),
                "{told}"
            );
            assert!(!told.contains("123456782"), "{told}");
        }
    }
    assert_eq!(project.number("select count(*) from staging.leden"), 1);
    search(&project.root().join(".sluis"));
    let told = project.sql("select reason from ops.deliveries where reason is not null");
    told.iter().for_each(|reason| quotes_nobody("ops.deliveries", reason));
}
