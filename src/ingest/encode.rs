//! From batches to encoded column chunks, one row group a partition and segment.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::IngestError;
use super::job::Job;
use super::partitions::{Split, split};
use crate::contract::Contract;

/// How the files of a table are written.
///
/// Pseudonyms look like noise: they are neither compressed nor kept in a dictionary. Files sorted by a pseudonym get a
/// bloom filter on it, for joins with few persons.
pub fn properties(contract: &Contract, schema: &SchemaRef) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("sluis {}", env!("CARGO_PKG_VERSION")))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        if matches!(field.data_type(), DataType::FixedSizeBinary(_)) {
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_compression(path.clone(), Compression::UNCOMPRESSED)
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
            if contract.sort.first() == Some(field.name()) {
                properties = properties
                    .set_column_bloom_filter_enabled(path.clone(), true)
                    .set_column_statistics_enabled(path, EnabledStatistics::Page);
            }
        }
    }
    properties.build()
}

/// The encoded rows of one partition of a segment.
pub struct Part {
    /// The partition's values, as the contract's partition columns.
    pub values: Vec<String>,
    /// One chunk a column of the file.
    pub chunks: Vec<ArrowColumnChunk>,
}

/// Encodes the batches of one segment.
pub struct Encoder<'a> {
    job: &'a Job,
    segment: usize,
    parts: Vec<Open>,
    places: HashMap<Vec<String>, usize>,
}

/// A partition being encoded.
struct Open {
    values: Vec<String>,
    writers: Vec<ArrowColumnWriter>,
    waiting: Vec<RecordBatch>,
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
            let place = self.place(only.values)?;
            return self.put(place, columns);
        }
        for Split { values, rows } in splits {
            let place = self.place(values)?;
            let rows = UInt32Array::from(rows);
            let taken = columns
                .columns()
                .iter()
                .map(|column| take(column, &rows, None))
                .collect::<Result<_, _>>()?;
            self.put(place, RecordBatch::try_new(columns.schema(), taken)?)?;
        }
        Ok(())
    }

    fn place(&mut self, values: Vec<String>) -> Result<usize, IngestError> {
        if let Some(&place) = self.places.get(&values) {
            return Ok(place);
        }
        let writers = self.job.factory.create_column_writers(self.segment)?;
        self.parts.push(Open {
            values: values.clone(),
            writers,
            waiting: Vec::new(),
        });
        self.places.insert(values, self.parts.len() - 1);
        Ok(self.parts.len() - 1)
    }

    fn put(&mut self, place: usize, batch: RecordBatch) -> Result<(), IngestError> {
        let part = &mut self.parts[place];
        if self.job.contract.sort.is_empty() {
            write(&mut part.writers, &batch)
        } else {
            part.waiting.push(batch);
            Ok(())
        }
    }

    /// The encoded partitions, in order of their values.
    pub fn finish(mut self) -> Result<Vec<Part>, IngestError> {
        for part in self.parts.iter_mut().filter(|part| !part.waiting.is_empty()) {
            let sorted = sorted(self.job, &part.waiting)?;
            part.waiting.clear();
            write(&mut part.writers, &sorted)?;
        }
        self.parts.sort_by(|one, other| one.values.cmp(&other.values));
        let close = |part: Open| {
            let chunks = part
                .writers
                .into_iter()
                .map(ArrowColumnWriter::close)
                .collect::<Result<_, _>>()?;
            Ok(Part {
                values: part.values,
                chunks,
            })
        };
        self.parts.into_iter().map(close).collect()
    }
}

fn write(writers: &mut [ArrowColumnWriter], batch: &RecordBatch) -> Result<(), IngestError> {
    let schema = batch.schema();
    let mut writers = writers.iter_mut();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        for leaf in compute_leaves(field, column)? {
            if let Some(writer) = writers.next() {
                writer.write(&leaf)?;
            }
        }
    }
    Ok(())
}

/// The rows in the contract's order; equal rows keep the delivery's.
fn sorted(job: &Job, batches: &[RecordBatch]) -> Result<RecordBatch, IngestError> {
    let all = concat_batches(&job.in_files, batches)?;
    let keys: Vec<SortColumn> = job
        .contract
        .sort
        .iter()
        .filter_map(|name| {
            Some(SortColumn {
                values: Arc::clone(all.column_by_name(name)?),
                options: None,
            })
        })
        .collect();
    if keys.is_empty() {
        return Ok(all);
    }
    let rows = UInt32Array::from_iter_values(0..super::faults::small(all.num_rows()));
    let last = SortColumn {
        values: Arc::new(rows),
        options: None,
    };
    let order = lexsort_to_indices(&keys.into_iter().chain([last]).collect::<Vec<_>>(), None)?;
    let columns = all
        .columns()
        .iter()
        .map(|column| take(column, &order, None))
        .collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(all.schema(), columns)?)
}
