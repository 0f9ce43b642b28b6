//! Results in the format that was asked for, batch by batch.
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::table::Table;
use super::target::{Failed, Target};
use crate::cli::Failure;
use crate::export::{self, ExportError, Values};

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

    /// The same for programs; tables are only for people.
    fn export(self) -> Option<export::Format> {
        match self {
            Format::Table | Format::Records => None,
            Format::Csv => Some(export::Format::Csv),
            Format::Json => Some(export::Format::Json),
            Format::Jsonl => Some(export::Format::Jsonl),
            Format::Parquet => Some(export::Format::Parquet),
        }
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
    Export(export::Writer<Target>),
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
        let kind = match format.export() {
            None => {
                let values = Values::new(schema, false, false);
                let mut table = Table::new(values.schema(), rows, "NULL");
                table.upright = format == Format::Records;
                Kind::Table(values, table, to)
            }
            Some(format) => {
                let writer = export::Writer::new(format, schema, tagged, to, guard);
                Kind::Export(writer.map_err(|error| of(&failed, error))?)
            }
        };
        Ok(Self { kind, failed, rows: 0 })
    }

    /// Writes a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.rows += batch.num_rows() as u64;
        match &mut self.kind {
            Kind::Table(values, table, _) => values
                .of(batch)
                .and_then(|batch| table.write(&batch))
                .map_err(|error| self.failed.or(error)),
            Kind::Export(writer) => writer.write(batch).map_err(|error| of(&self.failed, error)),
        }
    }

    /// Writes what is left, and gives the number of rows.
    pub fn finish(self) -> Result<u64, Failure> {
        use std::io::Write as _;
        match self.kind {
            Kind::Table(_, table, mut target) => {
                table.finish(&mut target)?;
                target.flush().map_err(|error| self.failed.or(error))?;
            }
            Kind::Export(writer) => {
                writer.finish().map_err(|error| of(&self.failed, error))?;
            }
        }
        Ok(self.rows)
    }
}

/// The failure of the target under an error, or the error itself.
fn of(failed: &Failed, error: ExportError) -> Failure {
    match error {
        ExportError::Arrow(error) => failed.or(error),
        ExportError::Parquet(error) => failed.or(error),
        ExportError::Io(error) => failed.or(error),
    }
}
