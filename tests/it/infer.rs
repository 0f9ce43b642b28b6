//! `sluis contract infer`: a drafted contract takes the file it was drafted from.
use std::fmt::Write as _;
use std::fs;

use crate::marts_project::Project;

fn delivery() -> Vec<u8> {
    let mut text = "BRIN NUMMER;VESTIGING;SCHOOLJAAR;LEERWEG;AANTAL;GEMIDDELDE;PLAATS\r\n".to_owned();
    for row in 0..300 {
        let (brin, leerweg) = (format!("{:02}AB", row / 3 % 100), ["BL", "KL", "GL"][row % 3]);
        let count = if row % 40 == 7 {
            "<5".to_owned()
        } else {
            row.to_string()
        };
        let mean = if row % 10 == 3 {
            String::new()
        } else {
            format!("{},{}", row % 10, row % 7)
        };
        let _ = write!(text, "{brin};00;2023-2024;{leerweg};{count};{mean};Fryslân {row}\r\n");
    }
    // windows-1252
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect()
}

#[test]
fn a_draft_takes_its_file() {
    let project = Project::new();
    let file = project.root().join("proef.csv");
    fs::write(&file, delivery()).unwrap();
    let contract = project.root().join("pipelines/proef.toml");
    let file = file.to_str().unwrap();
    let said = project.succeed(&["contract", "infer", file, "--out", contract.to_str().unwrap()]);
    assert!(said.contains("sluis validate"), "{said}");
    let again = project.sluis(&["contract", "infer", file, "--out", contract.to_str().unwrap()]);
    assert!(!again.status.success(), "a contract is not written over");
    let printed = project.succeed(&["contract", "infer", file]);
    assert_eq!(printed, fs::read_to_string(&contract).unwrap());
    assert!(
        printed.contains("encoding = \"windows-1252\"") && printed.contains("the first at offset"),
        "{printed}"
    );

    let said = project.succeed(&["validate"]);
    assert!(
        said.contains("proef.toml:") && said.contains("warning[unfilled]: `owner` is still to be filled in"),
        "{said}"
    );
    project.deliver("proef.csv", delivery());
    project.succeed(&["ingest", "proef"]);
    assert_eq!(
        project.sql("select count(*), sum(cast(aantal_suppressed as int)), count(gemiddelde), count(distinct leerweg) from staging.proef"),
        ["300|8|270|3"]
    );
    assert_eq!(
        project.number("select count(*) from staging.proef where plaats like 'Fryslân %'"),
        300
    );
}

#[test]
fn a_drafted_person_key_is_taken_once_its_ground_is_filled_in() {
    let project = Project::bare();
    let numbers = ["111222333", "123456782", "999990019"];
    let rows: String = (0..60).map(|row| format!("{};{row}\n", numbers[row % 3])).collect();
    project.deliver("mensen.csv", format!("BSN;AANTAL\n{rows}"));
    let (file, contract) = (
        project.landing().join("mensen.csv"),
        project.root().join("pipelines/mensen.toml"),
    );
    let paths = [&file, &contract].map(|path| path.to_str().unwrap());
    project.succeed(&["contract", "infer", paths[0], "--out", paths[1]]);
    let output = project.sluis(&["validate"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for expected in [
        "error[unfilled]: `legal_basis` is still to be filled in",
        "error[unfilled]: `purpose` is still to be filled in",
        "warning[unfilled]: `description` is still to be filled in",
        "hint: write it in place of `TO BE FILLED IN`",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert!(!project.sluis(&["ingest"]).status.success());
    assert!(!project.root().join("lake/staging/mensen").exists());

    let text = fs::read_to_string(&contract).unwrap();
    fs::write(&contract, text.replace("TO BE FILLED IN", "the law on tests")).unwrap();
    assert!(project.succeed(&["validate"]).contains("no problems"));
    project.succeed(&["ingest"]);
    assert_eq!(project.number("select count(distinct bsn) from staging.mensen"), 3);
}

#[test]
fn what_cannot_be_drafted_is_refused_with_a_reason() {
    let project = Project::new();
    for (name, bytes, reason) in [
        ("leeg.csv", &b""[..], "empty"),
        ("utf16.csv", b"\xff\xfea\0;\0", "UTF-16"),
        ("rijen.json", b"[{}]", "JSON"),
    ] {
        let file = project.root().join(name);
        fs::write(&file, bytes).unwrap();
        let output = project.sluis(&["contract", "infer", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(reason), "{said}");
    }
    assert_eq!(
        project.sluis(&["contract", "infer", "nergens.csv"]).status.code(),
        Some(4)
    );
}
