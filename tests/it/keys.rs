//! `sluis keys`: making, showing and rotating keys on a project with deliveries.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::marts_project::Project;

const PERSONS: &str = "select count(*), count(distinct persoon) from staging.duo_inschrijvingen";
const LINKED: &str = "select count(*) from (select persoon from staging.duo_inschrijvingen group by persoon having count(distinct schooljaar) > 1)";
const MART: &str = "select * from mart.leerlingen_per_profiel order by schooljaar, leerweg, profiel";

/// A project with sample deliveries outside its landing folder, and those files in order
fn project() -> (Project, Vec<std::path::PathBuf>) {
    let project = Project::new();
    let folder = project.root().join("samples");
    project.succeed(&["sample", "--scale", "0.005", "--out", folder.to_str().unwrap()]);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    // a row that is set aside: a year of school that does not exist
    let enrolments = files.iter().find(|file| is_enrolments(file)).unwrap();
    let mut rows = fs::read(enrolments).unwrap();
    let mut row = rows.split(|byte| *byte == b'\n').next().unwrap().to_vec();
    row[19] = b'9';
    rows.extend_from_slice(&row);
    rows.push(b'\n');
    fs::write(enrolments, rows).unwrap();
    (project, files)
}

fn is_enrolments(file: &std::path::Path) -> bool {
    file.file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .starts_with("duo_inschrijvingen")
}

#[test]
fn rotated_pseudonyms_fit_later_deliveries() {
    let (project, files) = project();
    let enrolments: Vec<_> = files.iter().filter(|file| is_enrolments(file)).collect();
    assert!(enrolments.len() >= 2);
    files
        .iter()
        .filter(|file| !is_enrolments(file))
        .for_each(|file| project.deliver_file(file));
    let (last, first) = enrolments.split_last().unwrap();

    // without a rotation in between
    let control = Project::new();
    files
        .iter()
        .filter(|file| !file.ends_with("sample.json"))
        .for_each(|file| control.deliver_file(file));
    control.succeed(&["ingest"]);
    control.succeed(&["run"]);

    first.iter().for_each(|file| project.deliver_file(file));
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);
    let before = project.sql(MART);
    let pseudonyms = project.sql("select distinct persoon from staging.duo_inschrijvingen");
    let aside = project.sql("select keys from ops.quarantine where keys like '%=p1.%'");

    let said = project.succeed(&["keys", "rotate"]);
    assert!(said.contains("key version 2 is active"), "{said}");
    assert!(
        said.contains("staging.duo_inschrijvingen") && said.contains("core.inschrijving"),
        "{said}"
    );
    let rotated = project.sql("select distinct persoon from staging.duo_inschrijvingen");
    assert_eq!(rotated.len(), pseudonyms.len());
    assert!(rotated.iter().all(|pseudonym| !pseudonyms.contains(pseudonym)));
    let aside_rotated = project.sql("select keys from ops.quarantine where keys like '%=p1.%'");
    assert!(!aside.is_empty());
    assert_eq!(aside.len(), aside_rotated.len());
    assert!(
        aside_rotated.iter().all(|keys| keys.contains("=p1.k02.")),
        "{aside_rotated:?}"
    );
    project.succeed(&["run"]);
    assert_eq!(project.sql(MART), before, "counts do not depend on the key");

    project.deliver_file(last);
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);
    assert_eq!(project.sql(PERSONS), control.sql(PERSONS));
    assert_eq!(
        project.sql(LINKED),
        control.sql(LINKED),
        "the same people over the years"
    );
    assert!(project.number(LINKED) > 0);
    assert_eq!(project.sql(MART), control.sql(MART));
    let status = project.succeed(&["keys", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["keys"][1]["status"], "active");
    for column in status["columns"].as_array().unwrap() {
        assert_eq!(column["versions"], serde_json::json!([2]), "{column}");
        let number = column["column"] == "onderwijsnummer";
        assert_eq!(
            column["key"],
            if number { "onderwijsnummer" } else { "bsn" },
            "{column}"
        );
    }
}

#[test]
fn a_key_is_never_shown_and_never_guessed() {
    let (project, files) = project();
    let ring = project.root().join(".sluis/keys.toml");
    let text = fs::read_to_string(&ring).unwrap();
    let root = text.split("root = \"").nth(1).unwrap()[..64].to_owned();
    let shown = project.succeed(&["keys", "status"]);
    assert!(shown.contains("active") && !shown.contains(&root[..16]), "{shown}");
    let again = project.sluis(&["keys", "init"]);
    assert_eq!(again.status.code(), Some(3));
    assert_eq!(fs::read_to_string(&ring).unwrap(), text, "never replaced");

    project.deliver_file(files.iter().find(|file| is_enrolments(file)).unwrap());
    fs::set_permissions(&ring, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = project.sluis(&["ingest"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chmod 600"));
    fs::remove_file(&ring).unwrap();
    let refused = project.sluis(&["ingest"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("sluis keys init"));
    assert!(!ring.exists(), "no key is made on the way");
    assert!(
        !project
            .root()
            .join("lake/staging/duo_inschrijvingen/latest.json")
            .exists()
    );

    project.succeed(&["keys", "init"]);
    assert_eq!(fs::metadata(&ring).unwrap().permissions().mode() & 0o777, 0o600);
    assert_ne!(fs::read_to_string(&ring).unwrap(), text);
}
