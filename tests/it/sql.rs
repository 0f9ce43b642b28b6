//! `sluis sql` as scripts use it.
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::DateTime;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sluis::lake::{FileTags, Lake, LakeOptions, PublicationMeta};

use crate::cli::{assert_shown, sluis};

/// A project with a mart of two school years, a staging table with a person key, and a code list.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("config/reference")).unwrap();
    fs::write(dir.path().join("config/sluis.toml"), "").unwrap();
    fs::write(
        dir.path().join("config/reference/profielen.csv"),
        "profiel,sector\nBWI,techniek\nPIE,techniek\nZW,zorg\n",
    )
    .unwrap();
    let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();

    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let year = |profiles: &[&str], counts: Vec<Option<i32>>| {
        let schema = Schema::new(vec![
            Field::new("profiel", DataType::Utf8, false),
            Field::new("leerlingen", DataType::Int32, true),
        ]);
        RecordBatch::try_new(
            Arc::new(schema),
            vec![text(profiles), Arc::new(Int32Array::from(counts))],
        )
        .unwrap()
    };
    let mart = [
        (
            "2018-2019",
            year(&["BWI", "PIE", "ZW"], vec![Some(2810), Some(4120), Some(9022)]),
        ),
        (
            "2019-2020",
            year(&["BWI", "PIE", "ZW"], vec![Some(2955), Some(4093), None]),
        ),
    ];
    publish(&lake, "mart.leerlingen_per_profiel", Some("schooljaar"), &mart);

    let key = HashMap::from([("sluis.key_version".to_owned(), "1".to_owned())]);
    let schema = Schema::new(vec![
        Field::new("leerling", DataType::FixedSizeBinary(16), false).with_metadata(key),
        Field::new("naam", DataType::Utf8, true),
    ]);
    let persons = FixedSizeBinaryArray::try_from_iter([[1u8; 16], [255u8; 16]].iter()).unwrap();
    let names = text(&["=1+1 \u{1b}[31m", "J\u{fc}rgen \"de\" Vries, jr."]);
    let rows = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(persons), names]).unwrap();
    publish(&lake, "staging.inschrijvingen", None, &[("", rows)]);
    dir
}

fn publish(lake: &Lake, table: &str, partition: Option<&str>, parts: &[(&str, RecordBatch)]) {
    let mut draft = lake.draft(&table.parse().unwrap()).unwrap();
    for (value, rows) in parts {
        let values = partition
            .map(|name| vec![(name.to_owned(), (*value).to_owned())])
            .unwrap_or_default();
        let file = draft.create(&values).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&file.path).unwrap(), rows.schema(), None).unwrap();
        writer.write(rows).unwrap();
        writer.close().unwrap();
        draft.add(file, FileTags::default()).unwrap();
    }
    let fields = parts[0].1.schema().fields().iter().cloned().collect::<Vec<_>>();
    let partitions = partition.map(|name| Arc::new(Field::new(name, DataType::Utf8, false)));
    let schema = Schema::new(fields.into_iter().chain(partitions).collect::<Vec<_>>());
    let meta = PublicationMeta {
        schema: Arc::new(schema),
        partition_columns: partition.map(str::to_owned).into_iter().collect(),
        sort: Vec::new(),
        fingerprint: "f".into(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::new(),
        audits: Vec::new(),
        run: "r-20250101T000000Z-0000".into(),
        created_at: DateTime::from_timestamp(1_735_689_600, 0).unwrap(),
        reason: "test".into(),
    };
    draft.commit(meta).unwrap();
}

const COUNTS: &str = "select schooljaar, profiel, sector, leerlingen from mart.leerlingen_per_profiel \
                      join ref.profielen using (profiel) order by schooljaar desc, profiel";

#[test]
fn a_table_for_people() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", COUNTS]);
}

#[test]
fn a_table_of_no_more_rows_than_asked() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", COUNTS, "--rows", "2"]);
}

#[test]
fn csv() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", COUNTS, "--format", "csv"]);
}

#[test]
fn json() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", COUNTS, "--format", "json"]);
}

#[test]
fn json_lines() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", COUNTS, "--format", "jsonl"]);
}

#[test]
fn nothing_found() {
    let dir = project();
    let none = "select profiel, leerlingen from mart.leerlingen_per_profiel where leerlingen < 0";
    for format in ["table", "csv", "json", "jsonl"] {
        let output = sluis(dir.path())
            .args(["sql", none, "--format", format])
            .output()
            .unwrap();
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!(format!("nothing_found_{format}"), crate::cli::shown(dir.path(), &output));
        });
    }
}

#[test]
fn pseudonyms_have_their_text_form_and_names_do_not_steer_the_terminal() {
    let dir = project();
    assert_shown!(
        dir.path(),
        ["sql", "select * from staging.inschrijvingen order by naam"]
    );
}

#[test]
fn formulas_are_guarded_when_asked() {
    let dir = project();
    let names = "select naam from staging.inschrijvingen order by naam";
    assert_shown!(dir.path(), ["sql", names, "--format", "csv", "--guard-formulas"]);
}

#[test]
fn parquet_into_a_file_that_is_ours_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = project();
    let path = dir.path().join("uit.parquet");
    let output = sluis(dir.path())
        .args(["sql", COUNTS, "--output", "uit.parquet"])
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    assert_eq!(rows.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 6);
}

#[test]
fn a_failed_query_leaves_no_file() {
    let dir = project();
    let failing = "select 1 / (leerlingen - 2810) from mart.leerlingen_per_profiel";
    let output = sluis(dir.path())
        .args(["sql", failing, "-o", "uit.csv"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().contains("uit")),
        "{left:?}"
    );
}

#[test]
fn errors_point_into_the_sql() {
    let dir = project();
    let queries = [
        "select profiel\nfrom mart.leerlingen_per_profil",
        "select profiel, leerlinge from mart.leerlingen_per_profiel",
        "select 1;\nselect * fro mart.leerlingen_per_profiel;",
        "select * from inschrijvingen",
        "select 'open",
    ];
    let shown = queries.map(|sql| {
        let output = sluis(dir.path()).args(["sql", sql]).output().unwrap();
        format!("{sql}\n{}", crate::cli::shown(dir.path(), &output))
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn nothing_can_be_changed() {
    let dir = project();
    let statements = [
        "insert into mart.leerlingen_per_profiel values ('x', 1, 'y')",
        "delete from mart.leerlingen_per_profiel",
        "update mart.leerlingen_per_profiel set leerlingen = 1",
        "drop table mart.leerlingen_per_profiel",
        "create table mart.x as select 1 as a",
        "create external table x stored as csv location '/etc/passwd'",
        "create view mart.x as select 1 as a",
        "copy mart.leerlingen_per_profiel to 'x.csv' stored as csv",
        "explain analyze copy mart.leerlingen_per_profiel to 'x.csv' stored as csv",
        "set datafusion.execution.batch_size = 1",
        "prepare x as select 1",
    ];
    let shown = statements.map(|sql| {
        let output = sluis(dir.path()).args(["sql", sql]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{sql}: {output:?}");
        format!("{sql}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    assert!(!dir.path().join("x.csv").exists());
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn files_of_this_machine_are_no_tables() {
    let dir = project();
    fs::write(dir.path().join("geheim.csv"), "a\n1\n").unwrap();
    let sql = format!("select * from '{}'", dir.path().join("geheim.csv").display());
    let output = sluis(dir.path()).args(["sql", &sql]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn statements_and_commands_of_a_file() {
    let dir = project();
    fs::write(
        dir.path().join("vragen.sql"),
        "-- twee vragen\nselect 1 as een;\n\\format csv\nselect 2 as twee\n",
    )
    .unwrap();
    assert_shown!(dir.path(), ["sql", "-f", "vragen.sql"]);
}

#[test]
fn a_statement_on_standard_input() {
    let dir = project();
    let mut child = sluis(dir.path())
        .args(["sql", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"select 1 as een, 'a,b' as twee")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "een,twee\n1,\"a,b\"\n");
}

#[test]
fn a_format_of_one_result_takes_one_statement() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", "select 1; select 2", "--format", "csv"]);
}

#[test]
fn tables_and_their_columns() {
    let dir = project();
    assert_shown!(
        dir.path(),
        [
            "sql",
            "\\dn\n\\d\n\\d leerlingen_per_profiel\n\\d staging.inschrijvingen\n\\d profielen"
        ]
    );
}

#[test]
fn commands_help_with_their_names() {
    let dir = project();
    assert_shown!(dir.path(), ["sql", "\\tables"]);
    assert_shown!(dir.path(), ["sql", "\\d leerlingen_per_profil"]);
}

#[test]
fn a_plan_is_readable() {
    let dir = project();
    let output = sluis(dir.path())
        .args(["sql", "explain select 1 as een"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\nProjection: Int64(1) AS een\n"), "{text}");
}

#[test]
fn a_closed_pipe_is_success() {
    let dir = project();
    for format in ["csv", "json", "jsonl", "parquet"] {
        let many = "select value, value * 2 as twee from generate_series(1, 5000000)";
        let mut child = sluis(dir.path())
            .args(["sql", many, "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 4];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{format}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn an_interrupt_stops_a_query() {
    let dir = project();
    let long = "select 1 as een; select count(*) from generate_series(1, 1000000000000) where value % 7 = 8";
    let mut child = sluis(dir.path())
        .args(["sql", long])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "(1 row)"));
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn without_a_project_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let output = sluis(dir.path()).args(["sql", "select 1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}
