//! Rows that were set aside, read from the table `ops.quarantine`.
use std::collections::BTreeMap;
use std::fs::File;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use super::{Context, Failure};
use crate::ingest::QUARANTINE;
use crate::lake::{FileEntry, Lease, Manifest, TableName};

/// Rows of a delivery that were set aside for one reason.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantineCount {
    /// The delivery's id.
    pub delivery: String,
    /// The contract.
    pub pipeline: String,
    /// The file, relative to `landing/`.
    pub file: String,
    /// The column, or none for the row as a whole.
    pub column_name: Option<String>,
    /// The rule that was broken.
    pub rule: String,
    /// How many rows.
    pub rows: u64,
}

/// A row that was set aside; persons are pseudonyms, tagged columns masked.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantinedRow {
    /// Line in the file, from 1.
    pub line: i64,
    /// The column, or none for the row as a whole.
    pub column_name: Option<String>,
    /// The rule that was broken.
    pub rule: String,
    /// Pseudonyms of the row's persons.
    pub keys: Option<String>,
    /// The row as JSON.
    pub row: Option<String>,
}

/// One publication of the table; held while it is read.
pub struct Quarantine {
    held: Option<(std::sync::Arc<Manifest>, Lease)>,
    folder: std::path::PathBuf,
}

impl Quarantine {
    /// What is set aside now.
    pub fn open(context: &Context) -> Result<Self, Failure> {
        let lake = context.lake()?;
        let table = TableName::new(QUARANTINE.0, QUARANTINE.1)?;
        Ok(Self {
            held: lake.pin(&table)?,
            folder: lake.table_dir(&table)?,
        })
    }

    fn files(&self) -> impl Iterator<Item = &FileEntry> {
        self.held.iter().flat_map(|(manifest, _)| &manifest.files)
    }

    /// Ids of the deliveries that have rows, sorted.
    pub fn deliveries(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.files().filter_map(|file| file.tags.delivery.clone()).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// All rows, counted by delivery, column and rule; those of one delivery when it is given.
    pub fn counts(&self, delivery: Option<&str>) -> Result<Vec<QuarantineCount>, Failure> {
        let mut counts: BTreeMap<(String, String, String, Option<String>, String), u64> = BTreeMap::new();
        for entry in self
            .files()
            .filter(|entry| delivery.is_none() || entry.tags.delivery.as_deref() == delivery)
        {
            let pipeline = entry
                .partition
                .first()
                .map(|(_, value)| value.clone())
                .unwrap_or_default();
            for batch in self.read(entry, &["delivery", "file", "column_name", "rule"])? {
                let batch = batch?;
                for row in 0..batch.num_rows() {
                    let key = (
                        text(&batch, "delivery", row).unwrap_or_default(),
                        pipeline.clone(),
                        text(&batch, "file", row).unwrap_or_default(),
                        text(&batch, "column_name", row),
                        text(&batch, "rule", row).unwrap_or_default(),
                    );
                    *counts.entry(key).or_default() += 1;
                }
            }
        }
        let counts = counts.into_iter().map(
            |((delivery, pipeline, file, column_name, rule), rows)| QuarantineCount {
                delivery,
                pipeline,
                file,
                column_name,
                rule,
                rows,
            },
        );
        Ok(counts.collect())
    }

    /// The first rows of a delivery, by line.
    pub fn rows(&self, delivery: &str, limit: usize) -> Result<Vec<QuarantinedRow>, Failure> {
        let mut rows: Vec<QuarantinedRow> = Vec::new();
        for entry in self
            .files()
            .filter(|entry| entry.tags.delivery.as_deref() == Some(delivery))
        {
            for batch in self.read(entry, &["line", "column_name", "rule", "keys", "row"])? {
                let batch = batch?;
                let lines = batch
                    .column_by_name("line")
                    .and_then(|column| column.as_primitive_opt::<Int64Type>());
                rows.extend((0..batch.num_rows()).map(|row| QuarantinedRow {
                    line: lines.map_or(0, |lines| lines.value(row)),
                    column_name: text(&batch, "column_name", row),
                    rule: text(&batch, "rule", row).unwrap_or_default(),
                    keys: text(&batch, "keys", row),
                    row: text(&batch, "row", row),
                }));
                // A delivery can have many; only the first are kept while the rest is read.
                rows.sort_by_key(|row| row.line);
                rows.truncate(limit);
            }
        }
        Ok(rows)
    }

    fn read(
        &self,
        entry: &FileEntry,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<RecordBatch, arrow::error::ArrowError>>, Failure> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(self.folder.join(&entry.path))?)?;
        let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
        Ok(reader.with_projection(mask).build()?)
    }
}

fn text(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(column)?;
    if column.is_null(row) {
        return None;
    }
    column.as_string_opt::<i32>().map(|texts| texts.value(row).to_owned())
}
