//! Results in the format that was asked for, batch by batch.
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::json::writer::{JsonArray, LineDelimited, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::table::Table;
use super::target::{Failed, Target};
use super::values::Values;
use crate::cli::Failure;
use crate::lake::without_bounds;

/// Rows of a Parquet row group, which is what the writer holds in memory
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: aligned, and no more rows than asked for
    Table,
    /// For people, one value a line: for many columns
    Records,
    /// Comma-separated, with a header
    Csv,
    /// One array of objects
    Json,
    /// One object a line
    Jsonl,
    /// Parquet with zstd
    Parquet,
}

impl Format {
    /// The format that a file's name asks for.
    pub fn of_file(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "parquet" => Some(Format::Parquet),
            "txt" => Some(Format::Table),
            _ => None,
        }
    }

    /// Whether it is for people: more than one result may follow another, and not all rows are shown.
    pub fn for_people(self) -> bool {
        matches!(self, Format::Table | Format::Records)
    }

    /// Its name, as typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Records => "records",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
        }
    }
}

/// Takes the batches of one result.
pub struct Writer {
    kind: Kind,
    failed: Failed,
    rows: u64,
}

enum Kind {
    Table(Values, Table, Target),
    Csv(Values, Box<csv::Writer<Target>>),
    Json(Values, arrow::json::Writer<Target, JsonArray>),
    Jsonl(Values, arrow::json::Writer<Target, LineDelimited>),
    Parquet(Box<ArrowWriter<Target>>),
}

impl Writer {
    /// A writer of results with `schema`; `rows` bounds a table. Parquet has no bounds of the columns that have a tag in
    /// `tagged`.
    pub fn new(
        format: Format,
        schema: &SchemaRef,
        tagged: &Schema,
        to: Target,
        rows: usize,
        guard: bool,
    ) -> Result<Self, Failure> {
        let failed = to.failed();
        let json = || WriterBuilder::new().with_explicit_nulls(true);
        let kind = match format {
            Format::Table | Format::Records => {
                let values = Values::new(schema, false, false);
                let mut table = Table::new(values.schema(), rows, "NULL");
                table.upright = format == Format::Records;
                Kind::Table(values, table, to)
            }
            Format::Csv => {
                let values = Values::new(schema, true, guard);
                let mut writer = csv::WriterBuilder::new().with_header(true).build(to);
                // an empty result has its header too
                let header = RecordBatch::new_empty(Arc::clone(values.schema()));
                writer.write(&header).map_err(|error| failed.or(error))?;
                Kind::Csv(values, Box::new(writer))
            }
            Format::Json => Kind::Json(Values::new(schema, false, false), json().build(to)),
            Format::Jsonl => Kind::Jsonl(Values::new(schema, false, false), json().build(to)),
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
                let properties = without_bounds(properties, tagged).build();
                let writer = ArrowWriter::try_new(to, Arc::clone(schema), Some(properties));
                Kind::Parquet(Box::new(writer.map_err(|error| failed.or(error))?))
            }
        };
        Ok(Self { kind, failed, rows: 0 })
    }

    /// Writes a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.rows += batch.num_rows() as u64;
        let outcome = match &mut self.kind {
            Kind::Table(values, table, _) => values.of(batch).and_then(|batch| table.write(&batch)),
            Kind::Csv(values, writer) => values.of(batch).and_then(|batch| writer.write(&batch)),
            Kind::Json(values, writer) => values.of(batch).and_then(|batch| writer.write(&batch)),
            Kind::Jsonl(values, writer) => values.of(batch).and_then(|batch| writer.write(&batch)),
            Kind::Parquet(writer) => return writer.write(batch).map_err(|error| self.failed.or(error)),
        };
        outcome.map_err(|error| self.failed.or(error))
    }

    /// Writes what is left, and gives the number of rows.
    pub fn finish(self) -> Result<u64, Failure> {
        use std::io::Write as _;
        let mut target = match self.kind {
            Kind::Table(_, table, mut target) => {
                table.finish(&mut target)?;
                target
            }
            Kind::Csv(_, writer) => writer.into_inner(),
            Kind::Json(_, mut writer) => {
                writer.finish().map_err(|error| self.failed.or(error))?;
                let mut target = writer.into_inner();
                writeln!(target)?;
                target
            }
            Kind::Jsonl(_, mut writer) => {
                writer.finish().map_err(|error| self.failed.or(error))?;
                writer.into_inner()
            }
            Kind::Parquet(writer) => writer.into_inner().map_err(|error| self.failed.or(error))?,
        };
        target.flush().map_err(|error| self.failed.or(error))?;
        Ok(self.rows)
    }
}
