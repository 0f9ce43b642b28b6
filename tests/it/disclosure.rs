//! Small cells: what a reader of files can find of a count that is too small to publish.
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::marts::bsn;
use crate::marts_project::Project;

const PERSONS: &str = r#"
description = "Persons"
owner = "test"
source = "duo"
partition = ["schooljaar"]

[[files]]
glob = "personen_*.csv"
period = { pattern = '_(?<jaar>\d{4})\.csv$', as = "schooljaar_begin" }

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "schooljaar"
type = "schooljaar"
constant_from = "period"

[[columns]]
name = "bsn"
type = "person_key"
key = "bsn"
legal_basis = "x"
purpose = ["x"]

[[columns]]
name = "groep"
type = "text"

[[columns]]
name = "geslacht"
type = "text"
tag = "personal"
"#;

/// A count as large as no other number in the project, so that its bytes can be looked for.
const UNIT: i64 = 829_348_951;

fn mart(audit: &str) -> String {
    format!(
        r#"/*---
description = "Persons by group and sex"
grain = ["schooljaar", "groep", "geslacht"]
partition = ["geslacht"]
audits = [{{ not_null = ["groep", "personen"] }}, {{ expression = "{audit}" }}]

[disclosure]
count = "personen"
min = {}
blank = "gemiddelde"
---*/
select schooljaar, groep, geslacht, count(distinct bsn) * {UNIT} as personen, count(*) * {UNIT} as gemiddelde
from staging.personen
group by schooljaar, groep, geslacht
"#,
        4 * UNIT
    )
}

/// A project in which group a has `a` men, and group b six.
fn project(a: u32) -> Project {
    let project = Project::bare();
    fs::create_dir(project.root().join("sql/mart")).unwrap();
    fs::write(project.root().join("pipelines/personen.toml"), PERSONS).unwrap();
    deliver(&project, a);
    project
}

fn deliver(project: &Project, a: u32) {
    let line = |group: &str, number: u32| format!("{};{group};MAN\n", bsn(10_000_000 + number));
    let rows: String = (0..a)
        .map(|n| line("a", n * 100))
        .chain((0..6).map(|n| line("b", 5000 + n * 100)))
        .collect();
    project.deliver("personen_2019.csv", format!("bsn;groep;geslacht\n{rows}"));
    project.succeed(&["ingest"]);
}

fn model(project: &Project, audit: &str) {
    fs::write(project.root().join("sql/mart/groepen.sql"), mart(audit)).unwrap();
}

/// Every file below a folder, links left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = entries
        .filter(|path| !path.is_symlink())
        .partition(|path| path.is_dir());
    folders.iter().for_each(|folder| found.extend(files(folder)));
    found
}

/// The bytes of a file, and for Parquet those of each page as they are before compression.
fn contents(path: &Path) -> Vec<Vec<u8>> {
    let mut contents = vec![fs::read(path).unwrap()];
    if path.extension().is_some_and(|ending| ending == "parquet") {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).unwrap();
            for column in 0..group.num_columns() {
                let mut pages = group.get_column_page_reader(column).unwrap();
                while let Some(page) = pages.get_next_page().unwrap() {
                    contents.push(page.buffer().to_vec());
                }
            }
        }
    }
    contents
}

/// The files of the project that hold a number, as text or as bytes.
fn holding(project: &Project, number: i64) -> Vec<String> {
    let forms = [
        number.to_string().into_bytes(),
        number.to_le_bytes().to_vec(),
        number.to_be_bytes()[2..].to_vec(),
    ];
    let holds = |bytes: &Vec<u8>| {
        forms
            .iter()
            .any(|form| bytes.windows(form.len()).any(|window| window == form))
    };
    let all = ["lake", ".sluis"]
        .map(|folder| files(&project.root().join(folder)))
        .concat();
    let found = all.iter().filter(|path| contents(path).iter().any(holds));
    let below = |path: &PathBuf| path.strip_prefix(project.root()).unwrap().display().to_string();
    found.map(below).collect()
}

/// A run with everything that can be logged; whether it succeeded, and what it said.
fn run(project: &Project) -> (bool, String) {
    let output = project.sluis(&[
        "run",
        "--set",
        "log.level=sluis=trace,datafusion=debug",
        "--log-format",
        "json",
    ]);
    let said = [output.stdout, output.stderr]
        .map(|said| String::from_utf8(said).unwrap())
        .concat();
    (output.status.success(), said)
}

#[test]
fn no_file_holds_a_count_that_is_withheld() {
    let project = project(3);
    model(&project, "personen > 0");
    let (fine, said) = run(&project);
    assert!(fine, "{said}");
    assert!(said.contains("published version 1, 2 rows, 1 cell withheld"), "{said}");
    let cells = "select groep, personen, gemiddelde, status, geslacht from mart.groepen order by groep";
    assert_eq!(
        project.sql(cells),
        ["a|||primary|MAN".to_owned(), format!("b|{0}|{0}||MAN", 6 * UNIT)]
    );

    // what is shown is found in all of them: the search would find the other too
    let shown = holding(&project, 6 * UNIT);
    for kind in [
        "lake/mart/groepen/v/",
        "lake/mart/groepen/_manifests/",
        "lake/mart/groepen.parquet",
    ] {
        assert!(shown.iter().any(|file| file.starts_with(kind)), "{kind}: {shown:?}");
    }
    assert_eq!(holding(&project, 3 * UNIT), Vec::<String>::new());
    assert!(!said.contains(&(3 * UNIT).to_string()));

    // a correction, and an audit that fails on the very cell
    deliver(&project, 2);
    model(&project, &format!("personen > {}", 3 * UNIT - 1));
    let (fine, said) = run(&project);
    assert!(!fine && said.contains("audit"), "{said}");
    assert_eq!(holding(&project, 2 * UNIT), Vec::<String>::new());
    assert!(!said.contains(&(2 * UNIT).to_string()));
    assert_eq!(project.sql(cells).len(), 2);
}

#[test]
fn a_count_that_grows_over_the_minimum_is_published_and_one_that_falls_below_is_not() {
    let project = project(5);
    model(&project, "personen > 0");
    project.succeed(&["run"]);
    let status = "select groep, status, personen is null as weg from mart.groepen order by groep";
    assert_eq!(project.sql(status), ["a||false", "b||false"]);
    deliver(&project, 3);
    project.succeed(&["run"]);
    assert_eq!(project.sql(status), ["a|primary|true", "b||false"]);
    // the settings ask more than the header gives
    let refused = project.sluis(&["validate", "--set", "disclosure.min.duo=9000000000"]);
    let said = String::from_utf8(refused.stdout).unwrap();
    assert!(
        !refused.status.success() && said.contains("less than the 9000000000"),
        "{said}"
    );
}

#[test]
fn a_minimum_of_the_settings_holds_where_the_header_gives_none() {
    let project = project(5);
    let text = mart("personen > 0")
        .replace(&format!("min = {}\n", 4 * UNIT), "")
        .replace(&format!(" * {UNIT}"), "");
    fs::write(project.root().join("sql/mart/groepen.sql"), text).unwrap();
    project.succeed(&["run"]);
    let cells = "select groep, personen, status from mart.groepen order by groep";
    assert_eq!(project.sql(cells), ["a||primary", "b|6|"]);
    let plan = project.succeed(&["plan", "--set", "disclosure.min.duo=5"]);
    assert!(plan.contains("settings changed"), "{plan}");
    project.succeed(&["run", "--set", "disclosure.min.duo=5"]);
    assert_eq!(project.sql(cells), ["a|5|", "b|6|"]);
    // what was shown under one rule does not come back under another
    project.succeed(&["run"]);
    assert_eq!(project.sql(cells), ["a||primary", "b|6|"]);
    let back = project.sluis(&["rollback", "mart.groepen", "--to", "2"]);
    let said = String::from_utf8(back.stderr).unwrap();
    assert!(
        !back.status.success() && said.contains("published under another disclosure rule"),
        "{said}"
    );
    assert_eq!(project.sql(cells), ["a||primary", "b|6|"]);
}
