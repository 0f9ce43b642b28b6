//! Batches of one result to bytes.
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, LineDelimited, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{Format, Values};
use crate::lake::without_bounds;

/// Rows of a Parquet row group, which is what the writer holds in memory
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Why a result could not be written. Its text may quote a value; `engine::told` gives one that does not.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What the Arrow writers say.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// What the Parquet writer says.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// What the target says.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Takes the batches of one result.
pub struct Writer<W: Write + Send>(Kind<W>);

enum Kind<W: Write + Send> {
    Csv(Values, Box<csv::Writer<W>>),
    Json(Values, arrow::json::Writer<W, JsonArray>),
    Jsonl(Values, arrow::json::Writer<W, LineDelimited>),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(StreamWriter<W>),
}

impl<W: Write + Send> Writer<W> {
    /// A writer of results with `schema`. `guard` keeps a spreadsheet from reading text in CSV as a formula. Parquet has
    /// no bounds of the columns that have a tag in `tagged`.
    ///
    /// # Errors
    /// When the format cannot hold a column, or the target refuses.
    pub fn new(format: Format, schema: &SchemaRef, tagged: &Schema, to: W, guard: bool) -> Result<Self, ExportError> {
        let json = || WriterBuilder::new().with_explicit_nulls(true);
        Ok(Self(match format {
            Format::Csv => {
                let values = Values::new(schema, true, guard);
                let mut writer = csv::WriterBuilder::new().with_header(true).build(to);
                // an empty result has its header too
                writer.write(&RecordBatch::new_empty(Arc::clone(values.schema())))?;
                Kind::Csv(values, Box::new(writer))
            }
            Format::Json => Kind::Json(Values::new(schema, false, false), json().build(to)),
            Format::Jsonl => Kind::Jsonl(Values::new(schema, false, false), json().build(to)),
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
                let properties = without_bounds(properties, tagged).build();
                Kind::Parquet(Box::new(ArrowWriter::try_new(
                    to,
                    Arc::clone(schema),
                    Some(properties),
                )?))
            }
            Format::Arrow => Kind::Arrow(StreamWriter::try_new(to, schema)?),
        }))
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// As for [`Writer::new`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        match &mut self.0 {
            Kind::Csv(values, writer) => writer.write(&values.of(batch)?)?,
            Kind::Json(values, writer) => writer.write(&values.of(batch)?)?,
            Kind::Jsonl(values, writer) => writer.write(&values.of(batch)?)?,
            Kind::Parquet(writer) => writer.write(batch)?,
            Kind::Arrow(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Writes what is left, and gives the target back.
    ///
    /// # Errors
    /// As for [`Writer::new`].
    pub fn finish(self) -> Result<W, ExportError> {
        let mut target = match self.0 {
            Kind::Csv(_, writer) => writer.into_inner(),
            Kind::Json(_, mut writer) => {
                writer.finish()?;
                let mut target = writer.into_inner();
                writeln!(target)?;
                target
            }
            Kind::Jsonl(_, mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Kind::Parquet(writer) => writer.into_inner()?,
            Kind::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()?
            }
        };
        target.flush()?;
        Ok(target)
    }
}
