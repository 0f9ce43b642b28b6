//! A publisher is killed at random moments, with readers beside it.
//!
//! A few rounds by default; `SLUIS_KILL_ROUNDS=1000` for a thousand. With `SLUIS_KILL_PYTHON=python3` (and
//! its packages `duckdb` and `polars`) plain DuckDB and Polars readers run beside it too.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail as the test may")]

use crate::lake_support::{add, day, lake, meta, part};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{Rng as _, SeedableRng as _};
use sluis::lake::{GcPolicy, Lake, TableName};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const CHILD: &str = "SLUIS_TEST_KILL_CHILD";

fn table() -> TableName {
    "mart.doorlopend".parse().unwrap()
}

fn schema() -> SchemaRef {
    let field = |name, data_type| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        field("ronde", DataType::Int64),
        field("jaar", DataType::Utf8),
    ]))
}

/// Every publication has its round in every row, and as many rows in every one of four years
fn publish(lake: &Lake, round: i64) {
    let mut draft = lake.draft(&table()).unwrap();
    for year in ["2020", "2021", "2022", "2023"] {
        let rounds: ArrayRef = Arc::new(Int64Array::from(vec![round; 500]));
        let fields = Schema::new(vec![schema().field(0).clone()]);
        add(
            &mut draft,
            &part("jaar", year),
            &RecordBatch::try_new(Arc::new(fields), vec![rounds]).unwrap(),
        );
    }
    draft.commit(meta(&schema(), &["jaar"], &[])).unwrap();
}

/// Not a test of its own: the process that is killed
#[test]
fn publisher() {
    let Some(root) = std::env::var_os(CHILD) else { return };
    let lake = lake(Path::new(&root));
    lake.recover().unwrap();
    let policy = GcPolicy {
        keep_versions: 3,
        keep_days: 0,
    };
    loop {
        let round = lake
            .current(&table())
            .unwrap()
            .map_or(0, |manifest| i64::try_from(manifest.version).unwrap());
        publish(&lake, round);
        if round % 5 == 0 {
            lake.gc(&policy, day(99), false).unwrap();
        }
    }
}

fn rounds_in(path: &Path) -> (usize, BTreeSet<i64>, BTreeSet<String>) {
    let (mut rows, mut rounds, mut years) = (0, BTreeSet::new(), BTreeSet::new());
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap()
    {
        let batch = batch.unwrap();
        rows += batch.num_rows();
        rounds.extend(batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap().values());
        if let Some(column) = batch.column_by_name("jaar") {
            let column = column.as_any().downcast_ref::<StringArray>().unwrap();
            years.extend(column.iter().map(|year| year.unwrap().to_owned()));
        }
    }
    (rows, rounds, years)
}

/// Reads one publication through its manifest and through the single file; both must be whole
fn read(lake: &Lake) -> Option<u64> {
    let (manifest, _lease) = lake.pin(&table()).unwrap()?;
    let dir = lake.table_dir(&table()).unwrap();
    let mut seen = BTreeSet::new();
    assert_eq!(manifest.files.len(), 4);
    for file in &manifest.files {
        let (rows, rounds, _) = rounds_in(&dir.join(&file.path));
        assert_eq!(rows, 500);
        seen.extend(rounds);
    }
    assert_eq!(seen.len(), 1, "version {} mixes rounds {seen:?}", manifest.version);
    let single = lake.root().join("mart/doorlopend.parquet");
    if single.exists() {
        let (rows, rounds, years) = rounds_in(&single);
        assert_eq!((rows, rounds.len(), years.len()), (2_000, 1, 4));
    }
    Some(manifest.version)
}

fn start(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lake_kill::publisher", "--nocapture"])
        .env(CHILD, root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_publisher_killed_at_any_moment_leaves_whole_publications() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let rounds = std::env::var("SLUIS_KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(8);
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake, 0);
    let others = others(lake.root());
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut newest = 1;
    for _ in 0..rounds {
        let mut publisher = start(lake.root());
        // at least one publication further, and then any number of reads
        while newest >= read(&lake).unwrap() {
            assert!(publisher.try_wait().unwrap().is_none(), "the publisher ended by itself");
        }
        for _ in 0..random.random_range(0..20) {
            let version = read(&lake).unwrap();
            assert!(version >= newest, "went back from {newest} to {version}");
            newest = version;
        }
        publisher.kill().unwrap();
        publisher.wait().unwrap();
        newest = read(&lake).unwrap().max(newest);
        if random.random_bool(0.5) {
            let done = lake.recover().unwrap();
            assert!(!done.iter().any(|line| line.contains("damaged")), "{done:?}");
            assert_eq!(read(&lake), Some(newest));
        }
        assert!(lake.verify(&table()).unwrap().is_empty());
    }
    for (name, reads) in others.into_iter().map(Reader::finish) {
        println!("{name}: {reads} reads, every one whole, beside {newest} publications and {rounds} kills");
        assert!(reads > 0);
    }
}

/// A reader in another program
struct Reader {
    name: &'static str,
    child: Child,
}

fn others(root: &Path) -> Vec<Reader> {
    let Some(python) = std::env::var_os("SLUIS_KILL_PYTHON") else {
        return Vec::new();
    };
    let start = |name: &'static str| {
        let child = Command::new(&python)
            .args(["-c", include_str!("lake_reader.py"), name])
            .arg(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Reader { name, child }
    };
    [
        "duckdb-file",
        "duckdb-folder",
        "duckdb-views",
        "polars-file",
        "polars-folder",
    ]
    .map(start)
    .into()
}

impl Reader {
    /// Tells it to stop; the number of reads it did
    fn finish(mut self) -> (&'static str, u64) {
        drop(self.child.stdin.take());
        let mut line = String::new();
        let mut out = BufReader::new(self.child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        out.read_to_string(&mut line).unwrap();
        assert!(self.child.wait().unwrap().success(), "{}: {line}", self.name);
        (self.name, line.trim().parse().unwrap())
    }
}
