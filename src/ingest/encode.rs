//! From batches to encoded column chunks, one row group a partition and segment.
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, concat, lexsort_to_indices, take, take_record_batch};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};

use super::IngestError;
use super::dictionary;
use super::job::Job;
use super::partitions::{order, stretches};

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
    batches: Vec<RecordBatch>,
    parts: Vec<Waiting>,
    places: HashMap<Vec<String>, usize>,
}

/// The rows of a partition.
struct Waiting {
    values: Vec<String>,
    /// Batches and rows of them.
    stretches: Vec<(usize, Range<usize>)>,
}

impl<'a> Encoder<'a> {
    /// An encoder for the segment of that number.
    pub fn new(job: &'a Job, segment: u64) -> Self {
        let segment = usize::try_from(segment).unwrap_or(usize::MAX);
        Self {
            job,
            segment,
            batches: Vec::new(),
            parts: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Adds a batch of the stored schema.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        let files = self.job.in_files.fields().len();
        let mut columns = batch.project(&(0..files).collect::<Vec<_>>())?;
        let mut partition = batch.columns()[files..].to_vec();
        if self.job.early.is_empty()
            && let Some(order) = order(&partition, batch.num_rows())
        {
            let order = UInt32Array::from(order);
            columns = take_record_batch(&columns, &order)?;
            for values in &mut partition {
                *values = take(values, &order, None)?;
            }
        }
        let stretches = stretches(&partition, batch.num_rows());
        for (values, rows) in stretches {
            let place = *self.places.entry(values).or_insert_with_key(|values| {
                self.parts.push(Waiting {
                    values: values.clone(),
                    stretches: Vec::new(),
                });
                self.parts.len() - 1
            });
            self.parts[place].stretches.push((self.batches.len(), rows));
        }
        self.batches.push(columns);
        Ok(())
    }

    /// The encoded partitions, in order of their values.
    pub fn finish(mut self) -> Result<Vec<Part>, IngestError> {
        self.parts.sort_by(|one, other| one.values.cmp(&other.values));
        let parts = std::mem::take(&mut self.parts);
        parts.into_iter().map(|part| self.encode(part)).collect()
    }

    fn encode(&self, Waiting { values, stretches }: Waiting) -> Result<Part, IngestError> {
        let column = |place: usize| -> Result<ArrayRef, IngestError> {
            let slices = stretches.iter().map(|(batch, rows)| {
                let column = self.batches[*batch].column(place);
                column.slice(rows.start, rows.len())
            });
            let slices: Vec<ArrayRef> = slices.collect();
            let slices: Vec<&dyn Array> = slices.iter().map(|slice| &**slice).collect();
            Ok(concat(&slices)?)
        };
        let order = sort_order(self.job, column)?;
        let schema = &self.job.in_files;
        let with = self.job.with_dictionary.create_column_writers(self.segment)?;
        let without = self.job.without_dictionary.create_column_writers(self.segment)?;
        let mut chunks = Vec::with_capacity(schema.fields().len());
        for (place, ((field, with), without)) in schema.fields().iter().zip(with).zip(without).enumerate() {
            let mut values = column(place)?;
            if let Some(order) = &order {
                values = take(&values, order, None)?;
            }
            let mut writer: ArrowColumnWriter = if dictionary::pays(&values) { with } else { without };
            for leaf in compute_leaves(field, &values)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(Part { values, chunks })
    }
}

/// The order of the rows that the contract asks for; equal rows keep the delivery's.
fn sort_order(
    job: &Job,
    column: impl Fn(usize) -> Result<ArrayRef, IngestError>,
) -> Result<Option<UInt32Array>, IngestError> {
    let places = job
        .contract
        .sort
        .iter()
        .filter_map(|name| job.in_files.index_of(name).ok());
    let mut keys = Vec::new();
    for place in places {
        let (values, options) = (column(place)?, None);
        keys.push(SortColumn { values, options });
    }
    let Some(rows) = keys.first().map(|key| key.values.len()) else {
        return Ok(None);
    };
    keys.push(SortColumn {
        values: Arc::new(UInt32Array::from_iter_values(0..super::faults::small(rows))),
        options: None,
    });
    Ok(Some(lexsort_to_indices(&keys, None)?))
}
