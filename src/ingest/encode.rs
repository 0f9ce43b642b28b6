//! From batches to encoded column chunks, one row group a partition and segment.
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, concat, lexsort_to_indices, take, take_record_batch};

use super::IngestError;
use super::chunk::{self, Chunk};
use super::job::Job;
use super::partitions::{order, stretches};

/// The encoded rows of one partition of a segment.
pub struct Part {
    /// The partition's values, as the contract's partition columns.
    pub values: Vec<String>,
    /// One chunk a column of the file.
    pub chunks: Vec<Chunk>,
}

/// Encodes the batches of one segment.
///
/// Rows wait until the segment is complete: whether a dictionary pays is then known for each column of each partition,
/// and the rows can be sorted.
pub struct Encoder<'a> {
    job: &'a Job,
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
    /// An encoder for the next segment.
    pub fn new(job: &'a Job) -> Self {
        Self {
            job,
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
    pub fn finish(mut self, chunks: &mut chunk::Encoder) -> Result<Vec<Part>, IngestError> {
        self.parts.sort_by(|one, other| one.values.cmp(&other.values));
        let parts = std::mem::take(&mut self.parts);
        parts.into_iter().map(|part| self.encode(part, chunks)).collect()
    }

    fn encode(
        &self,
        Waiting { values, stretches }: Waiting,
        encoder: &mut chunk::Encoder,
    ) -> Result<Part, IngestError> {
        let parts = |place: usize| -> Vec<ArrayRef> {
            let part = |(batch, rows): &(usize, Range<usize>)| {
                let column = self.batches[*batch].column(place);
                column.slice(rows.start, rows.len())
            };
            stretches.iter().map(part).collect()
        };
        let order = sort_order(self.job, |place| whole(&parts(place)))?;
        let columns = (0..self.job.in_files.fields().len()).map(|column| match &order {
            Some(order) => Ok(vec![take(&whole(&parts(column))?, order, None)?]),
            None => Ok(parts(column)),
        });
        let chunks = encoder.encode::<IngestError>(&self.job.layouts, columns)?;
        Ok(Part { values, chunks })
    }
}

/// The parts of a column as one array.
fn whole(parts: &[ArrayRef]) -> Result<ArrayRef, IngestError> {
    let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
    Ok(concat(&parts)?)
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
