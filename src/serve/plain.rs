//! Columns in the types that every client reads.
//!
//! Dictionaries become their values, and views ordinary text and bytes: ADBC and JDBC drivers of a year ago read
//! neither. What a client is told about the columns is what it gets, so rows are cast to exactly that.
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::{QueryError, QueryErrorKind};

/// Most bytes of text in views that are copied at a time.
const MOST_TEXT: usize = 16 << 20;

/// The columns a client is told for a query with `schema`.
pub(super) fn schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(data_type(field.data_type())))
}

/// The type a client is told for a column of type `own`.
pub(super) fn data_type(own: &DataType) -> DataType {
    match own {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => data_type(values),
        DataType::List(item) => DataType::List(field(item)),
        DataType::LargeList(item) => DataType::LargeList(field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

/// Rows as `told`.
pub(super) fn batch(rows: &RecordBatch, told: &SchemaRef) -> Result<RecordBatch, QueryError> {
    if rows.num_columns() != told.fields().len() {
        return Err(unlike());
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = rows.columns().iter().zip(told.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        // a cast to anything but the plain form could change values
        if !alike(&data_type(column.data_type()), field.data_type()) {
            return Err(unlike());
        }
        cast_with_options(column, field.data_type(), &options).map_err(|_| unlike())
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let count = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(told), columns, &count).map_err(|_| unlike())
}

/// Whether two types have the same values: names and NULLs within lists and structs aside.
fn alike(one: &DataType, other: &DataType) -> bool {
    match (one, other) {
        (DataType::List(one), DataType::List(other))
        | (DataType::LargeList(one), DataType::LargeList(other))
        | (DataType::Map(one, _), DataType::Map(other, _)) => alike(one.data_type(), other.data_type()),
        (DataType::FixedSizeList(one, size), DataType::FixedSizeList(other, length)) => {
            size == length && alike(one.data_type(), other.data_type())
        }
        (DataType::Struct(ones), DataType::Struct(others)) => {
            let mut pairs = ones.iter().zip(others);
            ones.len() == others.len() && pairs.all(|(one, other)| alike(one.data_type(), other.data_type()))
        }
        (one, other) => one == other,
    }
}

fn unlike() -> QueryError {
    QueryError::new(
        QueryErrorKind::Internal,
        "the rows are not of the columns that were told; send the query again",
    )
}

/// `rows` in parts that can be copied: text of one array ends at 2 GiB, and memory well before.
pub(super) fn parts(rows: RecordBatch) -> Vec<RecordBatch> {
    if text(&rows) <= MOST_TEXT || rows.num_rows() <= 1 {
        return vec![rows];
    }
    let half = rows.num_rows() / 2;
    let mut all = parts(rows.slice(0, half));
    all.extend(parts(rows.slice(half, rows.num_rows() - half)));
    all
}

fn text(rows: &RecordBatch) -> usize {
    let bytes = rows.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => column.as_string_view_opt().map_or(0, |text| sum(text.lengths())),
        DataType::BinaryView => column.as_binary_view_opt().map_or(0, |bytes| sum(bytes.lengths())),
        _ => 0,
    });
    bytes.sum()
}

fn sum(lengths: impl Iterator<Item = u32>) -> usize {
    lengths
        .map(|length| usize::try_from(length).unwrap_or(usize::MAX))
        .fold(0, usize::saturating_add)
}
