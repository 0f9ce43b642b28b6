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

    project.succeed(&["validate"]);
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
