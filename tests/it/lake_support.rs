//! Tables to publish in the tests of the lake.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail as the test may")]

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use sluis::lake::{Draft, FileTags, Lake, LakeOptions, Partition, PublicationMeta};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

pub fn lake(root: &Path) -> Lake {
    Lake::open(
        root,
        LakeOptions {
            lock_wait: Duration::from_secs(60),
            ..LakeOptions::default()
        },
    )
    .unwrap()
}

pub fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + number)
}

pub fn meta(schema: &SchemaRef, partition: &[&str], sort: &[&str]) -> PublicationMeta {
    PublicationMeta {
        schema: SchemaRef::clone(schema),
        partition_columns: partition.iter().map(|column| (*column).to_owned()).collect(),
        sort: sort.iter().map(|column| (*column).to_owned()).collect(),
        fingerprint: "vinger".to_owned(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::new(),
        audits: Vec::new(),
        run: "r-1".to_owned(),
        created_at: day(0),
        reason: "proef".to_owned(),
    }
}

pub fn part(column: &str, value: &str) -> Partition {
    vec![(column.to_owned(), value.to_owned())]
}

/// Adds a file with small row groups to a draft
pub fn add(draft: &mut Draft, partition: &Partition, batch: &RecordBatch) {
    let file = draft.create(partition).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(100))
        .build();
    let mut writer = ArrowWriter::try_new(File::create(&file.path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    draft.add(file, FileTags::default()).unwrap();
}
