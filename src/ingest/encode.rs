//! From batches to encoded column chunks, one row group a partition and segment.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};

use super::IngestError;
use super::dictionary;
use super::job::Job;
use super::partitions::{Split, split};

/// The encoded rows of one partition of a segment.
pub struct Part {
    /// The partition's values, as the contract's partition columns.
    pub values: Vec<String>,
    /// One chunk a column of the file.
    pub chunks: Vec<ArrowColumnChunk>,
}

/// Encodes the batches of one segment.
///
/// Rows wait until the segment is complete: whether a dictionary pays is then known for each column of each partition,
/// and the rows can be sorted.
pub struct Encoder<'a> {
    job: &'a Job,
    segment: usize,
    parts: Vec<Waiting>,
    places: HashMap<Vec<String>, usize>,
}

/// The rows of a partition.
struct Waiting {
    values: Vec<String>,
    batches: Vec<RecordBatch>,
}

impl<'a> Encoder<'a> {
    /// An encoder for the segment of that number.
    pub fn new(job: &'a Job, segment: u64) -> Self {
        let segment = usize::try_from(segment).unwrap_or(usize::MAX);
        Self {
            job,
            segment,
            parts: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Adds a batch of the stored schema.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        let files = self.job.in_files.fields().len();
        let columns = batch.project(&(0..files).collect::<Vec<_>>())?;
        let mut splits = split(&batch.columns()[files..], batch.num_rows());
        if splits.len() == 1
            && let Some(only) = splits.pop()
        {
            self.put(only.values, columns);
            return Ok(());
        }
        for Split { values, rows } in splits {
            let rows = UInt32Array::from(rows);
            let taken = columns.columns().iter().map(|column| take(column, &rows, None));
            let taken = taken.collect::<Result<_, _>>()?;
            self.put(values, RecordBatch::try_new(columns.schema(), taken)?);
        }
        Ok(())
    }

    fn put(&mut self, values: Vec<String>, batch: RecordBatch) {
        let place = *self.places.entry(values).or_insert_with_key(|values| {
            self.parts.push(Waiting {
                values: values.clone(),
                batches: Vec::new(),
            });
            self.parts.len() - 1
        });
        self.parts[place].batches.push(batch);
    }

    /// The encoded partitions, in order of their values.
    pub fn finish(mut self) -> Result<Vec<Part>, IngestError> {
        self.parts.sort_by(|one, other| one.values.cmp(&other.values));
        let parts = std::mem::take(&mut self.parts);
        parts.into_iter().map(|part| self.encode(part)).collect()
    }

    fn encode(&self, Waiting { values, batches }: Waiting) -> Result<Part, IngestError> {
        let all = concat_batches(&self.job.in_files, &batches)?;
        drop(batches);
        let rows = sorted(self.job, all)?;
        let with = self.job.with_dictionary.create_column_writers(self.segment)?;
        let without = self.job.without_dictionary.create_column_writers(self.segment)?;
        let schema = rows.schema();
        let mut chunks = Vec::with_capacity(rows.num_columns());
        for (((field, column), with), without) in schema.fields().iter().zip(rows.columns()).zip(with).zip(without) {
            let mut writer: ArrowColumnWriter = if dictionary::pays(column) { with } else { without };
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(Part { values, chunks })
    }
}

/// The rows in the contract's order; equal rows keep the delivery's.
fn sorted(job: &Job, all: RecordBatch) -> Result<RecordBatch, IngestError> {
    let named = |name: &String| all.column_by_name(name).cloned();
    let keys = job.contract.sort.iter().filter_map(named);
    let mut keys: Vec<SortColumn> = keys.map(|values| SortColumn { values, options: None }).collect();
    if keys.is_empty() {
        return Ok(all);
    }
    let rows = UInt32Array::from_iter_values(0..super::faults::small(all.num_rows()));
    keys.push(SortColumn {
        values: Arc::new(rows),
        options: None,
    });
    let order = lexsort_to_indices(&keys, None)?;
    let columns = all.columns().iter().map(|column| take(column, &order, None));
    Ok(RecordBatch::try_new(all.schema(), columns.collect::<Result<_, _>>()?)?)
}
