//! Deliveries with person keys where the contract says nothing of them.
use std::fs;
use std::process::Output;

use crate::ingest::collect;
use crate::marts::bsn;
use crate::marts_project::Project;

/// Visits, with a number that the contract calls a text.
const CONTRACT: &str = r#"
description = "Visits to a desk"
owner = "tests"
source = "test"
partition = ["jaar"]

[[files]]
glob = "bezoek*.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "jaar"
type = "integer"

[[columns]]
name = "nummer"
type = "text"
description = "Number of the visitor"

[[columns]]
name = "loket"
type = "text"
"#;

fn project(contract: &str) -> Project {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/bezoek.toml"), contract).unwrap();
    project
}

/// A file with these numbers, one a row.
fn file(numbers: impl IntoIterator<Item = String>) -> String {
    let row = |number: String| format!("2023;{number};A\n");
    "jaar;nummer;loket\n".to_owned() + &numbers.into_iter().map(row).collect::<String>()
}

fn keys() -> impl Iterator<Item = String> + Clone {
    (0..40).map(|person| bsn(12_345_600 + person * 1_000))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The delivery is refused for its column, and no number of it is anywhere.
fn assert_refused(project: &Project, output: &Output) {
    let said = said(output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("the column `nummer` seems to hold person keys"), "{said}");
    let mut places = vec![("what was said".to_owned(), said.into_bytes())];
    collect(&project.root(), &mut places);
    for key in keys() {
        for (place, bytes) in &places {
            let found = memchr::memmem::find(bytes, key.as_bytes());
            assert!(found.is_none(), "a key is in {place}");
        }
    }
}

#[test]
fn a_column_that_is_forgotten_refuses_the_delivery_until_the_contract_says_what_it_is() {
    let project = project(CONTRACT);
    project.deliver("bezoek.csv", file(keys()));
    assert_refused(&project, &project.sluis(&["ingest"]));
    let known = project.sql("select status, rows_staged from ops.deliveries");
    assert_eq!(known, ["rejected|0"]);

    let key = "type = \"person_key\"\nkey = \"bsn\"\nlegal_basis = \"made up\"\npurpose = [\"tests\"]";
    let text = "type = \"text\"\ndescription";
    for (type_of, published) in [
        ("type = \"text\"\nstore = false\ndescription", "A|2023"),
        (&format!("{key}\ndescription"), "p1.k01."),
        (
            "type = \"text\"\nnot_a_person_key = \"RSIN of a company\"\ndescription",
            "1234",
        ),
    ] {
        let contract = CONTRACT.replace(text, type_of);
        assert_ne!(contract, CONTRACT);
        fs::write(project.root().join("pipelines/bezoek.toml"), contract).unwrap();
        project.succeed(&["ingest"]);
        let rows = project.sql("select * from staging.bezoek order by 1");
        assert!(
            rows.len() == 40 && rows[0].contains(published),
            "{type_of}: {}",
            rows[0]
        );
    }
}

#[test]
fn keys_that_come_late_in_a_file_or_within_texts_are_seen() {
    let project = project(CONTRACT);
    let blanks = (0..20_000).map(|row| format!("bezoek {row}"));
    let late = keys()
        .cycle()
        .take(2_000)
        .map(|key| format!("gebeld over {key}, geen gehoor"));
    project.deliver("bezoek.csv", file(blanks.chain(late)));
    let output = project.sluis(&["--set", "ingest.block_bytes=64KiB", "ingest"]);
    assert_refused(&project, &output);
}

#[test]
fn what_a_code_list_adds_is_the_projects_own() {
    let list: String = keys()
        .enumerate()
        .map(|(number, key)| format!("B{number};{key}\n"))
        .collect();
    let project = project(&CONTRACT.replace(
        "type = \"text\"\ndescription = \"Number of",
        "type = \"code\"\ncode_list = \"besturen\"\nlookup = { rsin = \"rsin\" }\ndescription = \"Number of",
    ));
    fs::write(
        project.root().join("config/reference/besturen.csv"),
        format!("bestuur;rsin\n{list}"),
    )
    .unwrap();
    project.deliver("bezoek.csv", file((0..40).map(|number| format!("B{number}"))));
    project.succeed(&["ingest"]);
    assert_eq!(project.number("select count(distinct rsin) from staging.bezoek"), 40);
}

#[test]
fn keys_in_headers_of_a_wide_file_are_seen() {
    let wide = CONTRACT.replace("name = \"loket\"\ntype", "name = \"aantal\"\ntype")
        + "[unpivot]\nvalues = { aantal = \"P {nummer}\" }\n";
    let project = project(&wide);
    let header: String = keys().map(|key| format!(";P {key}")).collect();
    project.deliver("bezoek.csv", format!("jaar{header}\n2023{}\n", ";x".repeat(40)));
    assert_refused(&project, &project.sluis(&["ingest"]));
}

#[test]
fn the_reason_must_be_one() {
    let project = project(CONTRACT);
    for (wrong, told) in [
        ("not_a_person_key = \" \"", "say what the numbers are"),
        (
            "not_a_person_key = \"RSIN\"\nlegal_basis = \"x\"\npurpose = [\"x\"]",
            "a column of type person_key holds person keys",
        ),
    ] {
        let mut contract = CONTRACT.replace(
            "description = \"Number of",
            &format!("{wrong}\ndescription = \"Number of"),
        );
        if wrong.contains("legal") {
            contract = contract.replace(
                "name = \"nummer\"\ntype = \"text\"",
                "name = \"nummer\"\ntype = \"person_key\"\nkey = \"bsn\"",
            );
        }
        fs::write(project.root().join("pipelines/bezoek.toml"), contract).unwrap();
        let output = project.sluis(&["validate"]);
        assert!(
            !output.status.success() && said(&output).contains(told),
            "{}",
            said(&output)
        );
    }
}
