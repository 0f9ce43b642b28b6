//! Spreadsheets in: tables found in their sheets, cells as text, rows set aside by their number, and what is refused.
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::marts_project::Project;
use crate::sheets_files::{Cell, Page, archive, compound, ods_of, text, xlsx_of};

/// A contract for a sheet as offices make them.
const CONTRACT: &str = r#"
description = "Figures of sites"
owner = "tests"
source = "test"
partition = ["schooljaar"]
max_rejected = "60%"

[[files]]
glob = "cijfers-*"
period = { pattern = '-(\d{4})\.', as = "schooljaar_begin" }

[format]
type = "spreadsheet"
sheet = "Cijfers"
header_rows = [2, 3]
units_row = 4
until = "bron:"

[[columns]]
name = "schooljaar"
type = "schooljaar"
constant_from = "period"

[[columns]]
name = "code"
header = "Vestiging - Code"
type = "text"

[[columns]]
name = "postcode"
header = "Vestiging - Postcode"
type = "text"
pattern = "[1-9][0-9]{3}"

[[columns]]
name = "inwoners"
header = "Aantallen - Inwoners"
type = "integer"
nullable = true
missing = ["-99997"]

[[columns]]
name = "aandeel"
header = "Aantallen - Aandeel"
type = "decimal"
scale = 1
decimal_sign = ","

[[columns]]
name = "datum"
header = "Datum"
type = "date"

[[columns]]
name = "actief"
header = "Actief"
type = "boolean"

[[columns]]
name = "opmerking"
header = "Opmerking"
type = "text"
nullable = true
"#;

fn project(contract: &str) -> Project {
    let project = Project::bare();
    write_contract(&project, contract);
    project
}

fn write_contract(project: &Project, contract: &str) {
    fs::write(project.root().join("pipelines/cijfers.toml"), contract).unwrap();
}

/// A title, a header of two rows, units, data with all that may be wrong with them, a note.
fn page() -> Page {
    let (number, date) = (Cell::Number, Cell::Date(2024, 10, 1));
    let row = |code: &str, postcode, inwoners, aandeel| {
        vec![
            text(code),
            number(postcode),
            inwoners,
            aandeel,
            date.clone(),
            Cell::Truth(true),
        ]
    };
    let mut beside = row("015", 1017.0, number(1.0), number(1.0));
    beside.extend([Cell::Blank, text("klopt dit?")]);
    let mut noted = row("007", 1011.0, number(10010.0), number(12.5));
    noted.push(text("een & ander\nop twee regels"));
    let blank = || Cell::Blank;
    Page {
        name: "Cijfers",
        rows: vec![
            vec![text("Cijfers per vestiging")],
            vec![
                text("Vestiging"),
                blank(),
                text("Aantallen"),
                blank(),
                text("Datum"),
                text("Actief"),
                text("Opmerking"),
            ],
            ["Code", "Postcode", "Inwoners", "Aandeel"].map(text).to_vec(),
            ["-", "-", "x1", "%", "-", "-", "-"].map(text).to_vec(),
            noted,
            ["010", "1012", "20", "7,5", "2023-01-31", "false"].map(text).to_vec(),
            vec![],
            row("011", 1013.0, number(-99997.0), number(0.1 + 0.2)),
            row("012", 1014.0, text("-99997"), number(1.0)),
            row("013", 1015.0, Cell::Error, number(1.0)),
            row("014", 1016.0, text("veel"), number(1.0)),
            beside,
            vec![],
            vec![text("Bron: niemand")],
            vec![text("Niet voor publicatie")],
        ],
        merged: vec![(1, 0, 1, 1), (1, 2, 3, 1), (1, 4, 4, 2)],
    }
}

#[test]
fn a_sheet_as_offices_make_them_is_staged_from_each_kind_of_workbook() {
    let project = project(CONTRACT);
    let page = page();
    for (name, bytes) in [
        ("cijfers-2021.xlsx", page.xlsx()),
        ("cijfers-2022.ods", page.ods()),
        ("cijfers-2023.xls", page.xls()),
    ] {
        project.deliver(name, bytes);
    }
    project.succeed(&["ingest"]);
    for year in ["2021-2022", "2022-2023", "2023-2024"] {
        assert_eq!(
            project.sql(&format!(
                "select code, postcode, inwoners, aandeel, datum, actief, replace(opmerking, chr(10), '/') from staging.cijfers \
                 where schooljaar = '{year}' order by code"
            )),
            [
                "007|1011|10010|12.5|2024-10-01|true|een & ander/op twee regels",
                "010|1012|20|7.5|2023-01-31|false|",
                "011|1013||0.3|2024-10-01|true|",
                "012|1014||1.0|2024-10-01|true|",
            ],
            "{year}"
        );
        // what is set aside has the number of its row in the sheet
        assert_eq!(
            project.sql(&format!(
                "select q.line, q.column_name, q.rule from ops.quarantine q join ops.deliveries d on d.id = q.delivery \
                 where d.period = '{year}' order by q.line"
            )),
            ["10|inwoners|cell_error", "11|inwoners|integer", "12||too_many_fields"],
            "{year}"
        );
    }
    assert_eq!(
        project.sql("select distinct rows_in, rows_staged, rows_quarantined from ops.deliveries"),
        ["7|4|3"]
    );
}

/// Reads the lines of the only delivery again.
fn replay(project: &Project) -> String {
    let ids = project.sql("select id from ops.deliveries where status = 'published'");
    project.succeed(&["quarantine", "replay", &ids[0]])
}

#[test]
fn lines_of_a_sheet_are_read_again() {
    let strict = CONTRACT.replace("scale = 1\n", "scale = 1\nrange = [5, 100]\n");
    let project = project(&strict.replace("60%", "90%"));
    project.deliver("cijfers-2021.xlsx", page().xlsx());
    project.succeed(&["ingest"]);
    let aside = "select line, rule from ops.quarantine order by line";
    let mut rows = project.sql(aside);
    assert_eq!(
        rows,
        [
            "8|range",
            "9|range",
            "10|cell_error",
            "11|integer",
            "12|too_many_fields"
        ]
    );
    write_contract(&project, &CONTRACT.replace("60%", "90%"));
    let said = replay(&project);
    assert!(said.contains("only the lines that were set aside"), "{said}");
    rows.drain(..2);
    assert_eq!(project.sql(aside), rows);
    assert_eq!(
        project.sql("select code from staging.cijfers order by code"),
        ["007", "010", "011", "012"]
    );
    // what an error means may be said
    let said = CONTRACT.replace("[\"-99997\"]", "[\"-99997\", \"#N/A\"]");
    write_contract(&project, &said);
    replay(&project);
    assert_eq!(project.sql(aside), ["11|integer", "12|too_many_fields"]);
    assert_eq!(
        project.sql("select inwoners from staging.cijfers where code = '013'"),
        [""]
    );
}

/// The reason why the only delivery is refused.
fn refusal(project: &Project, name: &str, bytes: impl AsRef<[u8]>) -> String {
    for old in fs::read_dir(project.landing()).unwrap() {
        fs::remove_file(old.unwrap().path()).unwrap();
    }
    project.deliver(name, bytes);
    let output = project.sluis(&["ingest", "--json", "--file", name]);
    let reports: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let report = reports
        .as_array()
        .unwrap()
        .iter()
        .find(|report| report["delivery"]["file"] == name)
        .unwrap();
    assert_eq!(report["outcome"], "rejected", "{name}: {report}");
    report["reason"].as_str().unwrap().to_owned()
}

#[test]
fn what_differs_from_the_contract_is_told_as_for_text() {
    let project = project(CONTRACT);
    let told = |change: &dyn Fn(&mut Page), words: &[&str]| {
        let mut page = page();
        change(&mut page);
        let reason = refusal(&project, "cijfers-2021.ods", page.ods());
        for word in words {
            assert!(reason.contains(word), "{word}: {reason}");
        }
    };
    told(
        &|page| page.rows[2][1] = text("PC4"),
        &[
            "the column `postcode` (`vestiging - postcode`) is missing",
            "columns the contract does not name: `Vestiging - PC4`",
        ],
    );
    told(&|page| page.rows[2].swap(0, 1), &["another order"]);
    told(
        &|page| page.rows[2][1] = text("Code"),
        &["columns 1 and 2 have the same header"],
    );
    told(&|page| page.rows[1][5] = Cell::Blank, &["column 6 has an empty header"]);
    told(&|page| page.rows[2].clear(), &["the column `code`", "is missing"]);
    told(&|page| page.rows.truncate(1), &["no header stands in rows 2 to 3"]);
    told(
        &|page| page.rows.truncate(12),
        &["no row behind the data begins with `bron:`"],
    );
    told(&|page| page.name = "Blad1", &["no sheet `Cijfers`", "`Blad1`"]);
    // a row of a person in the place of the header is not quoted
    let one_row = CONTRACT.replace("header_rows = [2, 3]\nunits_row = 4\n", "header_row = 6\n");
    write_contract(&project, &one_row);
    told(&|_| {}, &["the header names no column of the contract", "column 1"]);
    let reason = refusal(&project, "cijfers-2021.ods", page().ods());
    assert!(!reason.contains("2023-01-31"), "{reason}");
    write_contract(&project, &CONTRACT.replace("sheet = \"Cijfers\"\n", ""));
    let reason = refusal(&project, "cijfers-2021.xlsx", page().xlsx());
    assert!(
        reason.contains("does not say which") && reason.contains("`Toelichting`, `Cijfers`"),
        "{reason}"
    );
}

#[test]
fn a_sheet_without_a_header_goes_by_position_and_only_given_columns_count() {
    let contract = r#"
description = "Codes"
owner = "tests"
source = "test"
[[files]]
glob = "codes.ods"
[format]
type = "spreadsheet"
header = false
columns = "B:C"
first_row = 2
last_row = 4
[[columns]]
name = "code"
type = "text"
[[columns]]
name = "naam"
type = "text"
"#;
    let project = project(contract);
    let rows = ["boven||", "links|01|een|rechts", "|02|twee", "|03|drie", "|04|vier"];
    let cells = |row: &str| row.split('|').map(text).collect();
    let page = Page {
        name: "Blad",
        rows: rows.iter().map(|row| cells(row)).collect(),
        ..Page::default()
    };
    project.deliver("codes.ods", page.ods());
    project.succeed(&["ingest"]);
    assert_eq!(
        project.sql("select code, naam from staging.cijfers order by 1"),
        ["01|een", "02|twee", "03|drie"]
    );
}

/// A contract for the small hostile workbooks: any header is fine.
fn hostile() -> Project {
    project(
        r#"
description = "Hostile"
owner = "tests"
source = "test"
[[files]]
glob = "hostile*"
[format]
type = "spreadsheet"
[[columns]]
name = "a"
type = "text"
"#,
    )
}

const SOUND: &str =
    "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row><row r=\"2\"><c r=\"A2\" t=\"str\"><v>x</v></c></row>";

#[test]
fn workbooks_that_are_not_safe_are_refused_with_the_reason() {
    let project = hostile();
    let macros: [(&str, &[u8]); 1] = [("xl/vbaProject.bin", b"x")];
    let doctype = format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{SOUND}");
    let open_table = "<table:table table:name=\"a\"><table:table-row><table:table-cell/></table:table-row>";
    let many: Vec<String> = (0..2001).map(|part| format!("xl/part{part}")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let mut cut = page().xls();
    cut.truncate(cut.len() - 1024);
    let whole = xlsx_of(SOUND, &[]);
    let twice = SOUND.replace("A2", "A1").replace("r=\"2\"", "r=\"1\"");
    let turned = SOUND.replace("\"1\"", "\"9\"").replace("A1", "A9");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("hostile-macros.xlsx", xlsx_of(SOUND, &macros), "macros"),
        (
            "hostile-doctype.xlsx",
            xlsx_of(&doctype, &[]),
            "document type or entities",
        ),
        ("hostile-many.xlsx", xlsx_of(SOUND, &many), "ingest.max_unpacked_parts"),
        ("hostile-open.ods", ods_of(open_table), "ends within a table"),
        (
            "hostile-encrypted.xlsx",
            compound("EncryptedPackage", b"x"),
            "encrypted",
        ),
        ("hostile-vba.xls", compound("_VBA_PROJECT_CUR", b"x"), "macros"),
        ("hostile-word.xls", compound("WordDocument", b"x"), "another kind"),
        ("hostile-cut.xls", cut, "cut off"),
        (
            "hostile-noise.xls",
            compound("Workbook", &[0x09, 0x08, 0xff, 0xff]),
            "cannot be read",
        ),
        (
            "hostile-cut.xlsx",
            whole[..whole.len() - 30].to_vec(),
            "no whole zip archive",
        ),
        ("hostile-zip.xlsx", archive(&[("a.txt", b"x")]), "no spreadsheet"),
        (
            "hostile-text.xls",
            b"<html><table></table></html>".to_vec(),
            "no XLSX, XLS or ODS",
        ),
        ("hostile-empty.xlsx", Vec::new(), "empty"),
        ("hostile-twice.xlsx", xlsx_of(&twice, &[]), "stands twice"),
        ("hostile-turned.xlsx", xlsx_of(&turned, &[]), "stands behind"),
        (
            "hostile-far.xlsx",
            xlsx_of(&SOUND.replace("A2", "A4000000").replace("r=\"2\"", ""), &[]),
            "outside of any sheet",
        ),
        (
            "hostile-panic.xlsx",
            xlsx_of(SOUND, &[("xl/styles.xml", b"<styleSheet><numFmts><numFmt/></numFmts>")]),
            "",
        ),
    ];
    for (name, bytes, word) in cases {
        if word.is_empty() {
            // whatever its reader makes of it, the program goes on
            refusal_or_not(&project, name, bytes);
            continue;
        }
        let reason = refusal(&project, name, bytes);
        assert!(reason.contains(word), "{name}: {reason}");
    }
    project.deliver("hostile-not.xlsx", whole);
    project.succeed(&["ingest", "--file", "hostile-not.xlsx"]);
    assert_eq!(project.sql("select a from staging.cijfers"), ["x"]);
}

fn refusal_or_not(project: &Project, name: &str, bytes: Vec<u8>) {
    project.deliver(name, bytes);
    let output = project.sluis(&["ingest", "--json", "--file", name]);
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok());
}

#[test]
fn bombs_are_refused_at_once_whatever_their_directory_says() {
    let project = hostile();
    let mut sheet = SOUND.replace('x', &"x".repeat(40 << 20));
    let bomb = xlsx_of(&sheet, &[]);
    assert!(bomb.len() < 100_000);
    let started = Instant::now();
    let reason = refusal(&project, "hostile-bomb.xlsx", &bomb);
    assert!(reason.contains("ingest.max_unpacked_ratio"), "{reason}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());

    // The sizes in the archive are changed to small ones.
    let size = u32::try_from(sheet.len() + "<worksheet><sheetData></sheetData></worksheet>".len()).unwrap();
    let mut lying = bomb;
    let mut changed = 0;
    for place in 0..lying.len() - 4 {
        if lying[place..place + 4] == size.to_le_bytes() {
            lying[place..place + 4].copy_from_slice(&1000u32.to_le_bytes());
            changed += 1;
        }
    }
    assert_eq!(changed, 2);
    let reason = refusal(&project, "hostile-lying.xlsx", &lying);
    assert!(reason.contains("a part of it is damaged"), "{reason}");

    // Not packed tightly, but much.
    let mut random = 7u64;
    let noise = |_| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::try_from(random >> 59).unwrap()])
    };
    sheet = SOUND.replace('x', &(0..2 << 20).map(noise).collect::<String>());
    let reason = {
        project.deliver("hostile-large.xlsx", xlsx_of(&sheet, &[]));
        let output = project.sluis(&["--set", "ingest.max_unpacked_bytes=1MiB", "ingest", "--json"]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(reason.contains("ingest.max_unpacked_bytes"), "{reason}");
}

#[test]
fn every_written_row_is_staged_or_set_aside() {
    let contract = CONTRACT
        .replace("\nsheet = \"Cijfers\"", "")
        .replace("until = \"bron:\"\n", "")
        .replace("60%", "100%");
    let project = project(&contract);
    let mut random = 1u64;
    let mut dice = |sides: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let mut written = Vec::new();
    for year in 2000..2018 {
        let mut page = page();
        page.rows.truncate(4);
        let mut rows = 0;
        for _ in 0..dice(60) {
            let mut cells = Vec::new();
            for _ in 0..dice(10) {
                let number = u32::try_from(dice(3000)).unwrap();
                cells.push(match dice(9) {
                    0 => Cell::Error,
                    1 => Cell::Truth(true),
                    2 => Cell::Date(2024, 10, 1),
                    3 => Cell::Number(f64::from(number) / 8.0),
                    4 => Cell::Number(f64::from(number)),
                    5 => text(&format!("{number:06}\u{1f}\n\u{1d}")),
                    6 => text(&number.to_string()),
                    _ => Cell::Blank,
                });
            }
            rows += u64::from(cells.iter().any(|cell| !matches!(cell, Cell::Blank)));
            page.rows.push(cells);
        }
        // XML holds no control characters
        let (ending, bytes) = match year % 2 {
            0 => ("xls", page.xls()),
            _ => ("xlsx", {
                page.rows.iter_mut().flatten().for_each(|cell| {
                    if let Cell::Text(text) = cell {
                        text.retain(|letter| letter >= ' ');
                    }
                });
                page.xlsx()
            }),
        };
        project.deliver(&format!("cijfers-{year}.{ending}"), bytes);
        written.push(format!("{year}-{}|{rows}|{rows}", year + 1));
    }
    let sheet = contract.replace("[format]\n", "[format]\nsheet = \"Cijfers\"\n");
    write_contract(&project, &sheet);
    project.sluis(&["ingest"]);
    assert_eq!(
        project.sql("select period, rows_in, rows_staged + rows_quarantined from ops.deliveries order by period"),
        written
    );
}

#[test]
fn a_drafted_contract_takes_the_workbook_it_was_drafted_from() {
    let project = project(CONTRACT);
    fs::remove_file(project.root().join("pipelines/cijfers.toml")).unwrap();
    let mut page = page();
    page.name = "Regio's 2024";
    // what a draft cannot know is left out: the row beside, the error, the word, and the numbers written in two ways
    page.rows.drain(9..12);
    page.rows[5] = page.rows[4].clone();
    page.rows[5][0] = text("010");
    page.rows[7][2] = Cell::Number(3.0);
    page.rows[8][2] = Cell::Number(4.0);
    page.rows.remove(6);
    for (name, bytes) in [("regio_2024.ods", page.ods()), ("regio_2024.xls", page.xls())] {
        project.deliver(name, bytes);
        let file = project.landing().join(name);
        let contract = project.root().join("pipelines/regio.toml");
        project.succeed(&[
            "contract",
            "infer",
            file.to_str().unwrap(),
            "--out",
            contract.to_str().unwrap(),
        ]);
        let draft = fs::read_to_string(&contract).unwrap();
        for line in [
            "type = \"spreadsheet\"",
            "sheet = \"Regio's 2024\"",
            "header_rows = [2, 3]  # a guess",
            "units_row = 4  # a guess",
            "until = \"blank\"",
            "header = [\"Vestiging - Code\"]",
        ] {
            assert!(draft.contains(line), "{line}: {draft}");
        }
        project.fill_in();
        project.succeed(&["ingest"]);
        assert_eq!(
            project.sql("select vestiging_code, aantallen_aandeel from staging.regio order by 1"),
            ["007|12.5", "010|12.5", "011|0.3", "012|1.0"]
        );
        fs::remove_file(&contract).unwrap();
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn sites_and_their_regions_come_from_a_sample_workbook() {
    use sluis::sample::xlsx::{Cell, Sheet, write};
    let project = Project::new();
    let sheet = Sheet {
        name: "STO-regio's",
        title: "Indeling van vestigingen in STO-regio's",
        header: &[
            ("Vestiging", &["BRIN", "Nummer", "Naam"]),
            ("STO-regio", &["Nummer", "Naam"]),
        ],
        note: "Vestigingen die niet meedoen staan er niet in.",
    };
    let row = |brin: &str, number: Cell, region: (f64, &str)| {
        vec![
            Cell::Text(brin.to_owned()),
            number,
            Cell::Text("De Sluis".to_owned()),
            Cell::Number(region.0),
            Cell::Text(region.1.to_owned()),
        ]
    };
    let rows = vec![
        row("00AB", Cell::Text("00".to_owned()), (1.0, "Midden")),
        row("00AB", Cell::Number(1.0), (1.0, "Midden")),
        row("12cd", Cell::Text("10".to_owned()), (2.0, "Noord")),
    ];
    write(&project.landing(), "sto_regios_2023.xlsx", &sheet, rows).unwrap();
    project.succeed(&["ingest", "sto_regios"]);
    assert_eq!(
        project.sql("select schooljaar, vestiging, regio from staging.sto_regios order by vestiging"),
        [
            "2023-2024|00AB00|Midden",
            "2023-2024|00AB01|Midden",
            "2023-2024|12CD10|Noord"
        ]
    );
}

/// The folder with real files, or says that the test is skipped.
fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("SLUIS_REAL_DATA")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: SLUIS_REAL_DATA does not point to the folder with real open files");
    }
    folder
}

#[test]
fn a_real_bomb_is_refused() {
    let Some(data) = real_data() else { return };
    let project = hostile();
    let bytes = fs::read(data.join("robustness/hostile/bomb_64MiB.xlsx")).unwrap();
    let started = Instant::now();
    let reason = refusal(&project, "hostile_64MiB.xlsx", bytes);
    assert!(reason.contains("ingest.max_unpacked_ratio"), "{reason}");
    println!("refused in {:?}", started.elapsed());
}

#[test]
fn key_figures_of_postcodes_are_staged() {
    let Some(data) = real_data() else { return };
    let contract = r#"
description = "Key figures per PC4"
owner = "tests"
source = "cbs"
rows = { min = 4000 }
unique = [["pc4"]]
[[files]]
glob = "pc4_*.xlsx"
period = { pattern = '_(\d{4})_v\d', as = "jaar" }
[format]
type = "spreadsheet"
header_rows = [6, 8]
header_fill = "right"
units_row = 9
[drift]
extra_column = "ignore"
[[columns]]
name = "pc4"
header = "Postcode-4"
type = "text"
pattern = "[1-9][0-9]{3}"
[[columns]]
name = "inwoners"
header = "Inwoners - Totaal - Totaal"
type = "integer"
nullable = true
missing = ["-99997"]
[[columns]]
name = "vrouwen"
header = "Inwoners - Geslacht - Vrouw"
type = "integer"
nullable = true
missing = ["-99997"]
[[columns]]
name = "europees"
header = "Inwoners - Herkomst - Geboren in Nederland met een Europese herkomst (excl. Nederland)"
type = "integer"
nullable = true
missing = ["-99997"]
unit = "%"
[[columns]]
name = "zonder_kinderen"
header = "Huishouden - Samenstelling - Meerpersoons zonder kinderen"
type = "integer"
nullable = true
missing = ["-99997"]
[[columns]]
name = "huishoudgrootte"
header = "Huishouden - Grootte - Huishoudgrootte"
type = "decimal"
scale = 1
decimal_sign = ","
nullable = true
missing = ["-99997"]
[[columns]]
name = "stedelijkheid"
header = "Dichtheid - Stedelijkheid"
type = "integer"
nullable = true
missing = ["-99997"]
range = [1, 5]
"#;
    let project = project(contract);
    project.deliver_file(&data.join("geo/pc4_2024_v1.xlsx"));
    let started = Instant::now();
    project.succeed(&["ingest"]);
    println!("taken in {:?}", started.elapsed());
    assert_eq!(
        project.sql("select rows_in, rows_staged, rows_quarantined from ops.deliveries"),
        ["4072|4072|0"]
    );
    assert_eq!(
        project.sql("select * from staging.cijfers where pc4 in ('1011', '9993', '9999') order by pc4"),
        [
            "1011|10010|4850|10|1545|1.5|1",
            "9993|120|60||20|2.3|5",
            "9999|90|45||15|2.2|5"
        ]
    );
    // cells of -99997, counted with another program
    assert_eq!(
        project.sql(
            "select count(*) - count(inwoners), count(*) - count(vrouwen), count(*) - count(europees), \
             count(*) - count(zonder_kinderen), count(*) - count(huishoudgrootte), count(stedelijkheid) from staging.cijfers"
        ),
        ["17|26|496|80|22|4072"]
    );
    assert_eq!(
        project.sql("select stedelijkheid, count(*) from staging.cijfers group by 1 order by 1"),
        ["1|448", "2|630", "3|459", "4|537", "5|1998"]
    );
}
