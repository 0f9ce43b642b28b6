//! How the chunks of a table's columns are to be encoded.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnDescPtr;

use super::Chunk;
use super::properties::properties;
use super::values::Shape;

/// How the columns of a table's files are encoded.
pub struct Layouts {
    schema: SchemaRef,
    /// None where the parquet crate encodes the column.
    columns: Vec<Option<Layout>>,
    writers: ArrowRowGroupWriterFactory,
    /// How files are written otherwise.
    pub properties: WriterProperties,
}

impl Layouts {
    /// The layouts of a schema; `sort` names the columns that rows are sorted by.
    ///
    /// # Errors
    /// When Parquet has no such columns.
    pub fn new(sort: &[String], schema: &SchemaRef) -> Result<Self> {
        let (with, without) = (properties(sort, schema, true), properties(sort, schema, false));
        let writer = ArrowWriter::try_new(std::io::sink(), Arc::clone(schema), Some(with.clone()))?;
        let (file, writers) = writer.into_serialized_writer()?;
        let columns = file.schema_descr().columns().iter().zip(schema.fields());
        let layout = |(column, field): (&ColumnDescPtr, &Arc<arrow::datatypes::Field>)| {
            Layout::new(field.data_type(), column.clone(), &with, &without)
        };
        Ok(Self {
            columns: columns.map(layout).collect(),
            schema: Arc::clone(schema),
            writers,
            properties: with,
        })
    }

    /// The layout of a column, unless the parquet crate encodes it.
    pub fn of(&self, column: usize) -> Option<&Layout> {
        self.columns[column].as_ref()
    }

    /// The parquet crate's writers of all columns, when there are any that it encodes.
    ///
    /// # Errors
    /// When it refuses.
    pub fn writers(&self) -> Result<Vec<ArrowColumnWriter>> {
        if self.columns.iter().all(Option::is_some) {
            return Ok(Vec::new());
        }
        self.writers.create_column_writers(0)
    }

    /// A column as the parquet crate encodes it.
    ///
    /// # Errors
    /// When it refuses a value.
    pub fn theirs(&self, column: usize, writer: Option<ArrowColumnWriter>, parts: &[ArrayRef]) -> Result<Chunk> {
        let mut writer = writer.ok_or_else(|| ParquetError::General("a column without a writer".to_owned()))?;
        let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
        for leaf in compute_leaves(self.schema.field(column), &concat(&parts)?)? {
            writer.write(&leaf)?;
        }
        Ok(Chunk::Theirs(Box::new(writer.close()?)))
    }
}

/// How a column is written with a dictionary, or without one.
#[derive(Clone, Copy)]
pub struct Manner {
    /// Whether and how pages are compressed.
    pub codec: Compression,
    /// Whether the file tells the smallest and the largest value.
    pub bounds: bool,
}

/// What the encoder knows of a column of the files.
pub struct Layout {
    /// How its values are stored.
    pub shape: Shape,
    /// The column of the file.
    pub descriptor: ColumnDescPtr,
    /// Whether it may have a dictionary.
    pub may_have_dictionary: bool,
    /// How it is written when it has one.
    pub with_dictionary: Manner,
    /// How it is written when it has none.
    pub without_dictionary: Manner,
}

impl Layout {
    /// The layout of a column whose chunks are encoded here, by the properties of its file when it has a dictionary and
    /// when it has none; `None` when the parquet crate must encode them.
    fn new(
        kind: &DataType,
        column: ColumnDescPtr,
        with: &WriterProperties,
        without: &WriterProperties,
    ) -> Option<Self> {
        let path = column.path();
        let theirs = |properties: &WriterProperties| {
            properties.bloom_filter_properties(path).is_some()
                || properties.statistics_enabled(path) == EnabledStatistics::Page
        };
        let shape = Shape::of(kind)?;
        if theirs(with) || theirs(without) {
            return None;
        }
        let manner = |properties: &WriterProperties| Manner {
            codec: properties.compression(path),
            bounds: properties.statistics_enabled(path) == EnabledStatistics::Chunk,
        };
        Some(Self {
            shape,
            may_have_dictionary: with.dictionary_enabled(path),
            with_dictionary: manner(with),
            without_dictionary: manner(without),
            descriptor: column,
        })
    }
}
