//! Deliveries in: what is staged, what is set aside, what is refused, and what is never shown.
use std::fs;
use std::io::Write;
use std::path::Path;

use crate::marts_project::Project;

/// A small contract in every way a delivery may come.
const CONTRACT: &str = r#"
description = "Pupils of a few schools"
owner = "tests"
source = "test"
partition = ["schooljaar"]
max_rejected = "50%"

[[files]]
glob = "pupils-*.csv*"
period = { pattern = '(\d{4}-\d{4})', as = "schooljaar" }
[[files]]
glob = "pupils-*.zip"
period = { pattern = '(\d{4}-\d{4})', as = "schooljaar" }

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "bsn"
type = "person_key"
key = "bsn"
legal_basis = "made up"
purpose = ["tests"]

[[columns]]
name = "schooljaar"
type = "schooljaar"
constant_from = "period"

[[columns]]
name = "plaats"
header = ["PLAATS", "Woonplaats"]
type = "text"

[[columns]]
name = "naam"
type = "text"
tag = "personal"
nullable = true

[[columns]]
name = "aantal"
type = "integer"
range = [0, 100]
suppressed = ["<5"]

[[checks]]
name = "even"
expression = "aantal % 2 = 0"
"#;

/// Numbers that pass the eleven-test of the BSN.
const KEYS: [&str; 4] = ["111222333", "123456782", "999990019", "000000012"];

fn project(contract: &str) -> Project {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/pupils.toml"), contract).unwrap();
    project
}

fn csv(rows: &[&str]) -> String {
    format!("bsn;PLAATS;naam;aantal\n{}\n", rows.join("\n"))
}

fn reports(project: &Project, arguments: &[&str]) -> (Vec<serde_json::Value>, bool) {
    let output = project.sluis(&[&["ingest", "--json"], arguments].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    let reports = serde_json::from_str(&said).unwrap_or_else(|_| {
        panic!("not JSON: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    });
    (reports, output.status.success())
}

fn one(project: &Project) -> serde_json::Value {
    let (mut reports, _) = reports(project, &[]);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

fn query(project: &Project, sql: &str) -> String {
    project.succeed(&["sql", sql, "--format", "csv"])
}

fn reason(report: &serde_json::Value) -> String {
    report["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn good_rows_are_staged_and_bad_rows_set_aside_with_their_place() {
    let project = project(CONTRACT);
    let rows = [
        "111222333;Assen;Jan Janssen;4",
        "123456782;Ede;;<5",
        "123456789;Assen;Piet Pieters;6",
        "999990019;Ede;Klaas Klaassen;7",
        "999990019;;Klaas Klaassen;8",
        "999990019;Ede;Klaas Klaassen;800",
    ];
    project.deliver("pupils-2019-2020.csv", csv(&rows));
    // Four bad rows of six are over the budget of half; two of them may go.
    let report = one(&project);
    assert_eq!(report["outcome"], "rejected");
    assert!(
        reason(&report).starts_with("4 of 6 rows break a rule, the contract allows 50% of the rows"),
        "{report}"
    );
    project.deliver("pupils-2019-2020.csv", csv(&rows[..4]));
    let report = one(&project);
    assert_eq!(report["outcome"], "published", "{report}");
    let counts = ["rows_in", "rows_staged", "rows_quarantined"].map(|name| report["delivery"][name].as_u64().unwrap());
    assert_eq!(counts, [4, 2, 2]);
    let staged = query(
        &project,
        "select plaats, aantal, aantal_suppressed, schooljaar from staging.pupils order by 1",
    );
    assert_eq!(
        staged,
        "plaats,aantal,aantal_suppressed,schooljaar\nAssen,4,false,2019-2020\nEde,,true,2019-2020\n"
    );
    let aside = query(
        &project,
        "select line, column_name, rule, row from ops.quarantine where delivery = (select id from ops.deliveries where status = 'published') order by line",
    );
    assert_eq!(
        aside,
        "line,column_name,rule,row\n\
         4,bsn,key_eleven_test,\"{\"\"schooljaar\"\":\"\"2019-2020\"\",\"\"plaats\"\":\"\"Assen\"\",\"\"naam\"\":\"\"***\"\",\"\"aantal\"\":\"\"6\"\"}\"\n\
         5,,even,\"{\"\"schooljaar\"\":\"\"2019-2020\"\",\"\"plaats\"\":\"\"Ede\"\",\"\"naam\"\":\"\"***\"\",\"\"aantal\"\":\"\"7\"\"}\"\n"
    );
}

#[test]
fn the_same_bytes_are_skipped_and_new_bytes_are_a_correction() {
    let project = project(CONTRACT);
    project.deliver("pupils-2019-2020.csv", csv(&["111222333;Assen;;4"]));
    project.deliver("pupils-2020-2021.csv", csv(&["111222333;Assen;;6"]));
    assert!(reports(&project, &[]).1);
    let (again, fine) = reports(&project, &[]);
    assert!(
        fine && again.iter().all(|report| report["outcome"] == "skipped"),
        "{again:?}"
    );
    project.deliver(
        "pupils-2019-2020.csv",
        csv(&["111222333;Assen;;8", "123456782;Ede;;10"]),
    );
    reports(&project, &[]);
    let staged = query(
        &project,
        "select schooljaar, sum(aantal) as aantal from staging.pupils group by 1 order by 1",
    );
    assert_eq!(staged, "schooljaar,aantal\n2019-2020,18\n2020-2021,6\n");
    let ledger = query(&project, "select period, status from ops.deliveries order by 1, 2");
    assert_eq!(
        ledger,
        "period,status\n2019-2020,published\n2019-2020,superseded\n2020-2021,published\n"
    );
    // The old bytes again, under another name, are still the old bytes.
    project.deliver("pupils-2019-2020.csv.old.csv", csv(&["111222333;Assen;;4"]));
    let (last, _) = reports(&project, &[]);
    assert!(last.iter().all(|report| report["outcome"] == "skipped"), "{last:?}");
    // Whoever names them wants them back.
    let (back, _) = reports(&project, &["--file", "pupils-2019-2020.csv.old.csv"]);
    assert_eq!(back[0]["outcome"], "published", "{back:?}");
    assert_eq!(
        query(
            &project,
            "select sum(aantal) as aantal from staging.pupils where schooljaar = '2019-2020'"
        ),
        "aantal\n4\n"
    );
    let (after, _) = reports(&project, &[]);
    assert!(after.iter().all(|report| report["outcome"] == "skipped"), "{after:?}");
}

#[test]
fn the_same_bytes_for_another_period_are_told() {
    let project = project(CONTRACT);
    let rows = csv(&["111222333;Assen;;4", "123456782;Ede;;10"]);
    project.deliver("pupils-2019-2020.csv", rows.clone());
    assert_eq!(one(&project)["outcome"], "published");
    project.deliver("pupils-2020-2021.csv", rows);
    let (reports, _) = reports(&project, &[]);
    let told = |report: &&serde_json::Value| {
        reason(report).ends_with(" as 2019-2020, from pupils-2019-2020.csv: is one of the names wrong?")
    };
    assert_eq!(reports.iter().filter(told).count(), 1, "{reports:?}");
}

#[test]
fn a_rejected_delivery_can_come_again_after_a_change_of_the_contract() {
    let project = project(CONTRACT);
    let rows = ["111222333;Assen;;101", "123456782;Ede;;101", "999990019;Ede;;10"];
    project.deliver("pupils-2019-2020.csv", csv(&rows));
    assert_eq!(one(&project)["outcome"], "rejected");
    let (again, _) = reports(&project, &[]);
    assert_eq!(again[0]["outcome"], "skipped", "{again:?}");
    let contract = project.root().join("pipelines/pupils.toml");
    fs::write(&contract, CONTRACT.replace("\"50%\"", "\"60%\"")).unwrap();
    assert!(reason(&one(&project)).contains("the contract allows 60% of the rows;"));
    fs::write(&contract, CONTRACT.replace("\"50%\"", "\"100%\"")).unwrap();
    assert_eq!(one(&project)["outcome"], "published");
    project.deliver("pupils-2019-2020.csv", csv(&["111222333;Assen;;103"]));
    fs::write(&contract, CONTRACT).unwrap();
    assert_eq!(one(&project)["outcome"], "rejected");
    let wider = CONTRACT
        .replace("[0, 100]", "[0, 200]")
        .replace("aantal % 2 = 0", "aantal >= 0");
    fs::write(project.root().join("pipelines/pupils.toml"), wider).unwrap();
    assert_eq!(one(&project)["outcome"], "published");
    assert_eq!(query(&project, "select count(*) as n from ops.quarantine"), "n\n0\n");
}

#[test]
fn damaged_files_are_refused_with_the_reason_and_nothing_is_staged() {
    let quoted = CONTRACT.replace("max_rejected = \"50%\"\n", "");
    let project = project(&quoted);
    let good = csv(&["111222333;Assen;;4"]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(good.repeat(50).as_bytes()).unwrap();
    let mut gzip = packed.finish().unwrap();
    gzip.truncate(gzip.len() - 20);
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(good.bytes().flat_map(|byte| [byte, 0]))
        .collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "open.csv",
            csv(&["111222333;\"Assen;;4", "123456782;Ede;;4"]).into(),
            "the quote that opens on line 2 never closes",
        ),
        (
            "ragged.csv",
            csv(&["111222333;Assen;4"]).into(),
            "line 2: too_few_fields",
        ),
        ("comma.csv", good.replace(';', ",").into(), "is missing"),
        (
            "twice.csv",
            good.replace("naam", "PLAATS").into(),
            "have the same header",
        ),
        ("blank.csv", good.replace("naam", "").into(), "has an empty header"),
        (
            "extra.csv",
            good.replace("aantal\n", "aantal;geloof\n")
                .replace(";4\n", ";4;x\n")
                .into(),
            "does not name: `geloof`",
        ),
        ("utf16.csv", utf16, "UTF-16"),
        ("empty.csv", Vec::new(), "the file is empty"),
        (
            "nul.csv",
            good.replace("Assen", "As\0en").into(),
            "plaats: control_character",
        ),
        ("sub.csv", format!("{good}\u{1a}").into(), "too_few_fields"),
        (
            "latin.csv",
            good.replace("Assen", "Ass\u{e9}n")
                .chars()
                .map(|letter| letter as u8)
                .collect(),
            "plaats: encoding",
        ),
        ("gzip.csv.gz", gzip, "end too early"),
        ("zip.zip", b"PK\x03\x04 no".to_vec(), "not a zip archive"),
    ];
    for (name, bytes, expected) in cases {
        let name = format!("pupils-2019-2020-{name}");
        project.deliver(&name, bytes);
        let (found, fine) = reports(&project, &["--file", project.landing().join(&name).to_str().unwrap()]);
        assert!(!fine && found[0]["outcome"] == "rejected", "{name}: {found:?}");
        let told = format!("{} {}", reason(&found[0]), found[0]);
        assert!(told.contains(expected), "{name}: {told}");
        assert!(KEYS.iter().all(|key| !told.contains(key)), "{name}: {told}");
        fs::remove_file(project.landing().join(&name)).unwrap();
    }
    assert!(!project.root().join("lake/staging/pupils").join("latest.json").exists());
}

#[test]
fn a_link_and_a_path_outside_are_refused() {
    let project = project(CONTRACT);
    let outside = project.root().join("outside.csv");
    fs::write(&outside, csv(&["111222333;Assen;;4"])).unwrap();
    std::os::unix::fs::symlink(&outside, project.landing().join("pupils-2019-2020.csv")).unwrap();
    let report = one(&project);
    assert_eq!(report["outcome"], "rejected");
    assert!(reason(&report).contains("symbolic link"), "{report}");
    assert!(
        !project
            .sluis(&["ingest", "--file", outside.to_str().unwrap()])
            .status
            .success()
    );
}

#[test]
fn packed_deliveries_give_the_same_table() {
    let rows: Vec<String> = (0..200)
        .map(|row| format!("{};Assen;;{}", KEYS[row % 4], row % 50 * 2))
        .collect();
    let text = csv(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("pupils.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    let cases = [
        ("csv", text.clone().into_bytes()),
        ("csv.gz", gzip.finish().unwrap()),
        ("csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
        ("zip", zip.finish().unwrap().into_inner()),
    ];
    let project = project(CONTRACT);
    for (year, (ending, bytes)) in (2010..).zip(&cases) {
        project.deliver(&format!("pupils-{year}-{}.{ending}", year + 1), bytes);
    }
    assert!(reports(&project, &[]).1);
    let sql = "select schooljaar, count(*) as n, sum(aantal) as aantal, count(distinct bsn) as personen from staging.pupils group by 1 order by 1";
    let found = query(&project, sql);
    let expected: Vec<String> = (2010..2014)
        .map(|year| format!("{year}-{},200,9800,4", year + 1))
        .collect();
    assert_eq!(found.lines().skip(1).collect::<Vec<_>>(), expected);
}

#[test]
fn blocks_and_threads_change_no_row() {
    let mut staged = Vec::new();
    for (block, threads) in [("64MiB", "1"), ("64KiB", "1"), ("64KiB", "4"), ("100KiB", "2")] {
        let project = project(CONTRACT);
        let rows: Vec<String> = (0..20_000)
            .map(|row| match row % 50 {
                49 => format!("{};\"As;sen\";;{}", KEYS[row % 4], row % 60),
                48 => "1234;Ede;;4".to_owned(),
                _ => format!("{};Ede;;{}", KEYS[row % 4], row % 50 * 2),
            })
            .collect();
        project.deliver(
            "pupils-2019-2020.csv",
            csv(&rows.iter().map(String::as_str).collect::<Vec<_>>()),
        );
        let set = [
            format!("ingest.block_bytes={block}"),
            format!("ingest.threads={threads}"),
        ];
        let output = project.sluis(&["--set", &set[0], "--set", &set[1], "ingest"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rows = query(
            &project,
            "select plaats, aantal, count(*) as n from staging.pupils group by 1, 2 order by 1, 2",
        );
        staged.push(
            rows + &query(
                &project,
                "select line, column_name, rule from ops.quarantine order by line",
            ),
        );
    }
    assert!(staged.windows(2).all(|pair| pair[0] == pair[1]), "{staged:#?}");
}

#[test]
fn no_person_key_is_left_anywhere() {
    let project = project(&CONTRACT.replace("max_rejected = \"50%\"", "max_rejected = \"100%\""));
    // Good keys, a bad one, one in the wrong column, and ragged rows that hold keys.
    let rows = [
        "111222333;Assen;Jan Janssen;4",
        "123456789;Assen;Piet Pieters;6",
        "999990019;123456782;Klaas Klaassen;7",
        "123456782;Ede;Jan;4;5;999990019",
        "000000012;Ede;Jan;x",
    ];
    project.deliver("pupils-2019-2020.csv", csv(&rows));
    let output = project.sluis(&["--log-format", "json", "ingest"]);
    let mut said = [output.stdout, output.stderr].concat();
    said.extend(project.sluis(&["quarantine", "list"]).stdout);
    said.extend(query(&project, "select * from ops.quarantine").into_bytes());
    said.extend(query(&project, "select * from ops.deliveries").into_bytes());
    said.extend(query(&project, "explain select * from staging.pupils").into_bytes());
    let mut places = vec![("what was said".to_owned(), said)];
    collect(&project.root(), &mut places);
    assert!(places.len() > 10);
    for secret in [
        "111222333",
        "123456789",
        "999990019",
        "123456782",
        "000000012",
        "Janssen",
        "Pieters",
        "Klaassen",
    ] {
        for (place, bytes) in &places {
            if secret.starts_with(|first: char| first.is_ascii_digit()) || !place.ends_with(".parquet") {
                assert!(
                    memchr::memmem::find(bytes, secret.as_bytes()).is_none(),
                    "{secret} is in {place}"
                );
            }
        }
    }
}

/// The cells of a Parquet file as text.
fn decoded(path: &Path) -> String {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    arrow::util::pretty::pretty_format_batches(&batches)
        .unwrap()
        .to_string()
}

/// Every file of a project but the deliveries.
pub fn collect(folder: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || path.ends_with("landing") {
            continue;
        }
        if path.is_dir() {
            collect(&path, places);
        } else {
            let mut bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|ending| ending == "parquet") {
                // Pages are compressed: what is in them shows only when they are read.
                bytes.extend(decoded(&path).into_bytes());
            }
            places.push((path.display().to_string(), bytes));
        }
    }
}

#[test]
fn rows_with_one_key_are_both_set_aside() {
    let project = project(&CONTRACT.replace(
        "max_rejected = \"50%\"",
        "max_rejected = 3\nunique = [[\"bsn\", \"plaats\"]]",
    ));
    let rows = [
        "111222333;Assen;;4",
        "111222333;Ede;;4",
        "123456782;Ede;;4",
        "111222333;Assen;;6",
    ];
    project.deliver("pupils-2019-2020.csv", csv(&rows));
    let report = one(&project);
    assert_eq!(
        (report["outcome"].as_str(), report["delivery"]["rows_staged"].as_u64()),
        (Some("published"), Some(2))
    );
    assert_eq!(
        query(&project, "select line, rule from ops.quarantine order by 1"),
        "line,rule\n2,unique\n5,unique\n"
    );
}

#[test]
fn names_are_right_in_every_encoding() {
    let cases = [
        ("utf-8", "Sint-Oedenrode \u{e9}\u{eb}".as_bytes().to_vec()),
        ("windows-1252", b"Sint-Oedenrode \xe9\xeb".to_vec()),
        ("iso-8859-1", b"Sint-Oedenrode \xe9\xeb".to_vec()),
        ("cp850", b"Sint-Oedenrode \x82\x89".to_vec()),
    ];
    for (encoding, name) in cases {
        let project = project(&CONTRACT.replace("encoding = \"utf-8\"", &format!("encoding = \"{encoding}\"")));
        let bytes = [b"bsn;plaats ;naam;Aantal\r\n111222333;".as_slice(), &name, b";;4\r\n"].concat();
        project.deliver("pupils-2019-2020.csv", bytes);
        assert_eq!(one(&project)["outcome"], "published", "{encoding}");
        assert_eq!(
            query(&project, "select plaats from staging.pupils"),
            "plaats\nSint-Oedenrode \u{e9}\u{eb}\n"
        );
    }
}

#[test]
fn json_and_parquet_come_in_by_the_same_rules() {
    let contract = |kind: &str, glob: &str| {
        let columns = "[[columns]]\nname = \"code\"\ntype = \"text\"\n\n[[columns]]\nname = \"aantal\"\nheader = [\"n\", \"Aantal\"]\ntype = \"integer\"\nnullable = true\n";
        format!(
            "description = \"x\"\nowner = \"x\"\nsource = \"x\"\nmax_rejected = 1\n[[files]]\nglob = \"{glob}\"\n[format]\ntype = \"{kind}\"\n{columns}"
        )
    };
    let project = project(CONTRACT);
    for (kind, glob) in [("json", "a.json"), ("jsonl", "b.jsonl"), ("parquet", "c.parquet")] {
        fs::write(
            project.root().join(format!("pipelines/van_{kind}.toml")),
            contract(kind, glob),
        )
        .unwrap();
    }
    project.deliver(
        "a.json",
        "[{\"code\": \"0012\",\n \"n\": 5}, {\"Aantal\": null, \"code\": \"x\"}, {\"code\": \"y\", \"n\": 1.5}]",
    );
    project.deliver("b.jsonl", "{\"code\": \"0012\", \"n\": 5}\n{\"code\": \"x\"}\n[]\n");
    // A Parquet file made by ourselves: the single file of a staging table.
    let batch = arrow::array::RecordBatch::try_from_iter([
        (
            "code",
            std::sync::Arc::new(arrow::array::StringArray::from(vec!["0012", "x"])) as arrow::array::ArrayRef,
        ),
        (
            "n",
            std::sync::Arc::new(arrow::array::Int64Array::from(vec![Some(5), None])) as arrow::array::ArrayRef,
        ),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    project.deliver("c.parquet", &bytes);
    let (found, fine) = reports(&project, &[]);
    assert!(fine, "{found:#?}");
    for (kind, aside) in [("json", 1), ("jsonl", 1), ("parquet", 0)] {
        let rows = query(
            &project,
            &format!("select code, aantal from staging.van_{kind} order by 1"),
        );
        assert_eq!(rows, "code,aantal\n0012,5\nx,\n", "{kind}");
        let report = found
            .iter()
            .find(|report| report["delivery"]["pipeline"] == format!("van_{kind}"))
            .unwrap();
        assert_eq!(report["delivery"]["rows_quarantined"], aside, "{kind}");
    }
    // A damaged one is a refused delivery, not a dead process.
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20].fill(0xff);
    bytes.truncate(bytes.len() - 3);
    project.deliver("c.parquet", &bytes);
    let (found, _) = reports(&project, &["van_parquet"]);
    assert_eq!(found[0]["outcome"], "rejected", "{found:?}");
    assert!(reason(&found[0]).contains("not a readable Parquet file"), "{found:?}");
}

#[test]
fn next_years_columns_need_no_change() {
    let contract = r#"
description = "Wide"
owner = "x"
source = "x"
partition = ["schooljaar"]
period = { column = "schooljaar" }
[[files]]
glob = "wide*.csv"
[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"
[[columns]]
name = "brin"
type = "text"
[[columns]]
name = "schooljaar"
type = "schooljaar"
[[columns]]
name = "geslacht"
type = "code"
codes = ["M", "V"]
map = { "MAN" = "M", "VROUW" = "V" }
[[columns]]
name = "kandidaten"
type = "integer"
suppressed = ["<5"]
[unpivot]
skip_blank = true
[unpivot.values]
kandidaten = "KANDIDATEN {schooljaar} - {geslacht}"
"#;
    let project = project(contract);
    project.deliver("wide.csv", "brin;KANDIDATEN 2019-2020 - MAN;KANDIDATEN 2019-2020 - VROUW;KANDIDATEN 2020-2021 - MAN\n00AA;7;<5;\n00BB;0;8;9\n");
    assert!(reports(&project, &[]).1);
    let sql =
        "select brin, schooljaar, geslacht, kandidaten, kandidaten_suppressed from staging.pupils order by 1, 2, 3";
    let expected = "brin,schooljaar,geslacht,kandidaten,kandidaten_suppressed\n\
        00AA,2019-2020,M,7,false\n00AA,2019-2020,V,,true\n00BB,2019-2020,M,0,false\n00BB,2019-2020,V,8,false\n00BB,2020-2021,M,9,false\n";
    assert_eq!(query(&project, sql), expected);
    // A later file replaces the school years it holds and leaves the others.
    project.deliver(
        "wide2.csv",
        "brin;KANDIDATEN 2020-2021 - MAN;KANDIDATEN 2021-2022 - MAN\n00BB;10;11\n",
    );
    reports(&project, &[]);
    let sql = "select schooljaar, sum(kandidaten) as n from staging.pupils group by 1 order by 1";
    assert_eq!(
        query(&project, sql),
        "schooljaar,n\n2019-2020,15\n2020-2021,10\n2021-2022,11\n"
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let project = project(CONTRACT);
    project.deliver("pupils-2019-2020.csv", csv(&["111222333;Assen;;4"]));
    let (found, fine) = reports(&project, &["--dry-run"]);
    assert!(fine && found[0]["delivery"]["rows_in"] == 1, "{found:?}");
    assert_eq!(query(&project, "select count(*) as n from ops.deliveries"), "n\n0\n");
    assert_eq!(one(&project)["outcome"], "published");
}

#[test]
fn a_file_that_is_cut_off_in_its_last_row_is_told_of_or_refused() {
    let whole = csv(&["111222333;Assen;;10", "123456782;Ede;;20"]);
    // `2` fits where `20` stood
    let cut = &whole[..whole.len() - 2];
    let project = project(CONTRACT);
    project.deliver("pupils-2019-2020.csv", cut);
    let report = one(&project);
    assert_eq!(report["outcome"], "published");
    let notes = report["notes"].to_string();
    assert!(notes.contains("the last line has no line end"), "{notes}");

    // where fields are missing nobody needs to ask
    let shorter = &whole[..whole.len() - 4];
    let lenient = format!("{CONTRACT}\n[drift]\nmissing_final_newline = \"ignore\"\n");
    for (contract, outcome) in [(CONTRACT, "rejected"), (&lenient, "published")] {
        let project = self::project(contract);
        project.deliver("pupils-2019-2020.csv", shorter);
        let report = one(&project);
        assert_eq!(report["outcome"], outcome, "{report}");
        assert_eq!(reason(&report).contains("the file is cut off"), outcome == "rejected");
    }

    let strict = format!("{CONTRACT}\n[drift]\nmissing_final_newline = \"fail\"\n");
    let project = self::project(&strict);
    // within a row, and behind the header
    for cut in [cut, csv(&[]).trim_end()] {
        project.deliver("pupils-2019-2020.csv", cut);
        let report = one(&project);
        assert_eq!(report["outcome"], "rejected");
        assert!(reason(&report).contains("cut off"), "{report}");
    }
    project.deliver("pupils-2019-2020.csv", &whole);
    let report = one(&project);
    assert_eq!(
        (&report["outcome"], &report["notes"]),
        (&"published".into(), &serde_json::json!([]))
    );
}
