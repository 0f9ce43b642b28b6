//! A disk that fills up while a table is published.
//!
//! The disk is a small one in memory, mounted in a namespace of its own (`unshare`); where the system does
//! not allow that, the test says so and passes.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail as the test may")]

use crate::lake_support::{add, lake, meta, part};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use sluis::lake::{FileTags, Lake, TableName};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const INSIDE: &str = "SLUIS_TEST_FULL_DISK";

fn table() -> TableName {
    "mart.vol".parse().unwrap()
}

fn schema() -> SchemaRef {
    let field = |name, data_type| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        field("waarde", DataType::Int64),
        field("jaar", DataType::Utf8),
    ]))
}

fn rows(round: i64) -> RecordBatch {
    // hard to compress, so that the size is known
    let noise = (0..2_000_i64).map(|i| (i * 7_919 + round).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()));
    let values: ArrayRef = Arc::new(noise.collect::<Int64Array>());
    RecordBatch::try_new(Arc::new(Schema::new(vec![schema().field(0).clone()])), vec![values]).unwrap()
}

/// Publishes a round; any error is the disk's
fn publish(lake: &Lake, round: i64) -> Result<(), Box<dyn std::error::Error>> {
    let mut draft = lake.draft(&table())?;
    for year in ["2022", "2023"] {
        let file = draft.create(&part("jaar", year))?;
        let batch = rows(round);
        let mut writer = ArrowWriter::try_new(File::create(&file.path)?, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        draft.add(file, FileTags::default())?;
    }
    draft.commit(meta(&schema(), &["jaar"], &[]))?;
    Ok(())
}

/// Not a test of its own: what runs on the small disk
#[test]
fn inside() {
    let Some(disk) = std::env::var_os(INSIDE) else { return };
    let disk = Path::new(&disk);
    let ballast = disk.join("ballast");
    let (mut full, mut round) = (0, 0);
    let lake = lake(&disk.join("lake"));
    let mut draft = lake.draft(&table()).unwrap();
    for year in ["2022", "2023"] {
        add(&mut draft, &part("jaar", year), &rows(0));
    }
    draft.commit(meta(&schema(), &["jaar"], &[])).unwrap();
    for free in (0..=240).step_by(8) {
        round += 1;
        let before = lake.current(&table()).unwrap().unwrap();
        fill(&ballast, free * 1024);
        let outcome = publish(&lake, round);
        let after = lake.current(&table()).unwrap().unwrap();
        full += usize::from(outcome.is_err());
        assert!(after.version == before.version || after.version == before.version + 1);
        assert!(outcome.is_err() || after.version == before.version + 1);
        assert!(lake.verify(&table()).unwrap().is_empty());
        fs::remove_file(&ballast).unwrap();
        assert!(!lake.recover().unwrap().iter().any(|line| line.contains("damaged")));
        publish(&lake, round).unwrap();
        assert!(lake.verify(&table()).unwrap().is_empty());
        let policy = sluis::lake::GcPolicy {
            keep_versions: 1,
            keep_days: 0,
        };
        lake.gc(&policy, crate::lake_support::day(99), false).unwrap();
    }
    assert!(full > 5, "the disk was full only {full} times");
    println!("{round} publications, {full} of them on a full disk");
}

/// Leaves `free` bytes on the disk
fn fill(ballast: &Path, free: usize) {
    let mut file = File::create(ballast).unwrap();
    let block = [0_u8; 1024];
    let mut written = 0_u64;
    while file.write_all(&block).is_ok() {
        written += 1024;
    }
    file.set_len(written.saturating_sub(free as u64)).unwrap();
}

#[test]
fn a_full_disk_leaves_the_publication_before() {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --exact lake_full::inside --nocapture"#;
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap());
    let Ok(found) = command.env(INSIDE, dir.path()).output() else {
        println!("skipped: there is no `unshare` here");
        return;
    };
    let (out, err) = (
        String::from_utf8_lossy(&found.stdout),
        String::from_utf8_lossy(&found.stderr),
    );
    if !out.contains("running 1 test") {
        println!("skipped: no disk can be mounted here: {err}");
        return;
    }
    assert!(found.status.success(), "{out}{err}");
    println!("{out}");
}
