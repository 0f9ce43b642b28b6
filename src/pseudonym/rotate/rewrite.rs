//! Writing a file again with the successors of its pseudonyms.
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeBinaryArray, FixedSizeBinaryBuilder, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, SortOptions, concat_batches, lexsort_to_indices, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::{RotateError, columns, proof, text};
use crate::lake::without_bounds;
use crate::pseudonym::Rotator;

const BATCH: usize = 8192;

/// What is to be done to a file
pub(super) struct Job<'a> {
    /// By column
    pub(super) steps: &'a BTreeMap<String, Rotator>,
    pub(super) words: &'a text::Words<'a>,
    /// Order within a row group
    pub(super) sort: &'a [String],
    /// Order that the whole file is in
    pub(super) claimed: &'a [String],
    pub(super) to: u32,
    pub(super) chain: usize,
}

/// What was written
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) lost_words: u64,
    /// By column
    pub(super) sums: BTreeMap<String, u128>,
}

/// Reads `from`, writes `to`, a row group at a time
pub(super) fn file(from: &Path, to: &Path, job: &Job<'_>) -> Result<Written, RotateError> {
    let parquet = |source| RotateError::Parquet {
        path: from.to_owned(),
        source,
    };
    let arrow = |source: ArrowError| parquet(source.into());
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| RotateError::Io { path, source }
    };
    let source = File::open(from).map_err(io(from))?;
    let target = File::options().write(true).truncate(true).open(to).map_err(io(to))?;
    let metadata = ArrowReaderMetadata::load(&source, Default::default()).map_err(parquet)?;
    let schema = raised(metadata.schema(), job);
    let properties = properties(metadata.metadata(), &schema, job.claimed).map_err(parquet)?;
    let mut writer = ArrowWriter::try_new(target, Arc::clone(&schema), Some(properties)).map_err(parquet)?;
    let mut written = Written {
        rows: 0,
        lost_words: 0,
        sums: BTreeMap::new(),
    };
    for group in 0..metadata.metadata().num_row_groups() {
        let reader = source.try_clone().map_err(io(from))?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(reader, metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(BATCH)
            .build()
            .map_err(parquet)?;
        let mut waiting = Vec::new();
        for batch in reader {
            let batch = changed(&batch.map_err(arrow)?, &schema, job, &mut written).map_err(arrow)?;
            written.rows += batch.num_rows() as u64;
            if job.sort.is_empty() {
                writer.write(&batch).map_err(parquet)?;
            } else {
                waiting.push(batch);
            }
        }
        if !waiting.is_empty() {
            writer
                .write(&sorted(&schema, &waiting, job.sort).map_err(arrow)?)
                .map_err(parquet)?;
        }
        writer.flush().map_err(parquet)?;
    }
    writer.close().map_err(parquet)?;
    Ok(written)
}

/// The sums of the columns of a written file, read back
pub(super) fn sums(path: &Path, job: &Job<'_>) -> Result<BTreeMap<String, u128>, RotateError> {
    let mut sums = BTreeMap::new();
    for column in job.steps.keys() {
        let sum: &mut u128 = sums.entry(column.clone()).or_default();
        proof::pseudonyms(path, column, true, &mut |value| {
            *sum = sum.wrapping_add(u128::from_be_bytes(value))
        })?;
    }
    Ok(sums)
}

fn raised(schema: &Schema, job: &Job<'_>) -> SchemaRef {
    let field = |field: &Arc<Field>| match job.steps.contains_key(field.name()) {
        true => Arc::new(columns::raised(field, job.to, job.chain)),
        false => Arc::clone(field),
    };
    Arc::new(Schema::new_with_metadata(
        schema.fields().iter().map(field).collect::<Vec<_>>(),
        schema.metadata().clone(),
    ))
}

fn changed(
    batch: &RecordBatch,
    schema: &SchemaRef,
    job: &Job<'_>,
    written: &mut Written,
) -> Result<RecordBatch, ArrowError> {
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let key = array.as_any().downcast_ref::<FixedSizeBinaryArray>();
        arrays.push(match (job.steps.get(field.name()), key) {
            (Some(step), Some(key)) => {
                let sum = written.sums.entry(field.name().clone()).or_default();
                Arc::new(successors(key, step, sum)?)
            }
            _ => job
                .words
                .changed(field.name(), array, &mut written.lost_words)?
                .unwrap_or_else(|| Arc::clone(array)),
        });
    }
    RecordBatch::try_new(Arc::clone(schema), arrays)
}

fn successors(
    array: &FixedSizeBinaryArray,
    step: &Rotator,
    sum: &mut u128,
) -> Result<FixedSizeBinaryArray, ArrowError> {
    let mut builder = FixedSizeBinaryBuilder::with_capacity(array.len(), 16);
    let mut last: Option<([u8; 16], [u8; 16])> = None;
    for value in array.iter() {
        match value.and_then(|value| <[u8; 16]>::try_from(value).ok()) {
            None => builder.append_null(),
            Some(old) => {
                let new = match last {
                    Some((known, new)) if known == old => new,
                    _ => step.next(&old),
                };
                last = Some((old, new));
                *sum = sum.wrapping_add(u128::from_be_bytes(new));
                builder.append_value(new)?;
            }
        }
    }
    Ok(builder.finish())
}

/// The rows of a group in order, ascending and nulls last; equal rows stay in the order they were in
fn sorted(schema: &SchemaRef, batches: &[RecordBatch], sort: &[String]) -> Result<RecordBatch, ArrowError> {
    let all = concat_batches(schema, batches)?;
    let options = Some(SortOptions {
        descending: false,
        nulls_first: false,
    });
    let mut keys: Vec<SortColumn> = sort
        .iter()
        .filter_map(|name| {
            Some(SortColumn {
                values: Arc::clone(all.column_by_name(name)?),
                options,
            })
        })
        .collect();
    let Ok(rows) = u32::try_from(all.num_rows()) else {
        return Ok(all);
    };
    if keys.is_empty() {
        return Ok(all);
    }
    keys.push(SortColumn {
        values: Arc::new(UInt32Array::from_iter_values(0..rows)),
        options: None,
    });
    let order = lexsort_to_indices(&keys, None)?;
    let columns = all
        .columns()
        .iter()
        .map(|column| take(column, &order, None))
        .collect::<Result<_, _>>()?;
    RecordBatch::try_new(all.schema(), columns)
}

/// Written as the file was: pseudonyms neither compressed nor in a dictionary nor in statistics, with a bloom filter
/// where there was one; tagged columns not in statistics
fn properties(
    metadata: &ParquetMetaData,
    schema: &Schema,
    claimed: &[String],
) -> Result<WriterProperties, parquet::errors::ParquetError> {
    let created_by = metadata.file_metadata().created_by().unwrap_or("sluis").to_owned();
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(created_by)
        // a row group ends where it ended
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    properties = without_bounds(properties, schema);
    let group = metadata.row_groups().first();
    for field in schema
        .fields()
        .iter()
        .filter(|field| matches!(field.data_type(), DataType::FixedSizeBinary(_)))
    {
        let path = ColumnPath::from(field.name().as_str());
        let chunk = group.and_then(|group| group.columns().iter().find(|chunk| *chunk.column_path() == path));
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        if chunk.is_some_and(|chunk| chunk.bloom_filter_offset().is_some()) {
            properties = properties
                .set_column_bloom_filter_enabled(path.clone(), true)
                .set_column_statistics_enabled(path, EnabledStatistics::Page);
        } else {
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    let flat = !schema.fields().iter().any(|field| field.data_type().is_nested());
    let place = |name: &String| {
        let column_idx = i32::try_from(schema.index_of(name).ok()?).ok()?;
        Some(SortingColumn {
            column_idx,
            descending: false,
            nulls_first: false,
        })
    };
    let sorting: Vec<SortingColumn> = claimed.iter().filter_map(place).collect();
    Ok(properties
        .set_sorting_columns(Some(sorting).filter(|sorting| flat && !sorting.is_empty()))
        .build())
}
