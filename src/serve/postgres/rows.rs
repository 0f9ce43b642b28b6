//! The rows of an answer, encoded one by one as they are asked for.
use std::ops::DerefMut;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion_postgres::arrow_pg::encoder::encode_value;
use datafusion_postgres::pgwire::api::results::{DataRowEncoder, FieldInfo, QueryResponse};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::data::DataRow;
use datafusion_postgres::pgwire::types::format::FormatOptions;
use futures::{Stream, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use super::calendar::is_outside_calendar;
use super::error;
use super::types;
use crate::serve::Answer;

/// Beyond this a decimal does not fit the 96 bits that it is encoded from.
const LARGEST: u128 = (1 << 96) - 1;

/// The rows of an answer.
pub struct Rows {
    answer: Answer,
    wanted: CancellationToken,
    batch: Option<(Vec<Column>, usize)>,
    next: usize,
}

/// A column of a batch, of a type the encoder knows.
struct Column {
    values: ArrayRef,
    field: Field,
}

impl Rows {
    /// Those of `answer`, as long as they are wanted.
    pub fn new(answer: Answer, wanted: CancellationToken) -> Self {
        Self {
            answer,
            wanted,
            batch: None,
            next: 0,
        }
    }

    /// Its columns.
    pub fn schema(&self) -> SchemaRef {
        self.answer.schema()
    }

    /// The next row.
    async fn row(&mut self, encoder: &mut DataRowEncoder, fields: &[FieldInfo]) -> Option<PgWireResult<DataRow>> {
        loop {
            if self.wanted.is_cancelled() {
                return Some(Err(error::cancelled()));
            }
            if let Some((columns, rows)) = &self.batch {
                if self.next < *rows {
                    let row = encode(encoder, columns, fields, self.next);
                    self.next += 1;
                    return Some(row);
                }
                self.batch = None;
            }
            let batch = tokio::select! {
                biased;
                () = self.wanted.cancelled() => return Some(Err(error::cancelled())),
                batch = self.answer.next() => batch?,
            };
            let columns = match batch {
                Ok(batch) => prepared(&batch).map(|columns| (columns, batch.num_rows())),
                Err(failed) => return Some(Err(error::of_query(failed))),
            };
            match columns {
                Ok(columns) => self.batch = Some(columns),
                Err(failed) => return Some(Err(failed)),
            }
            self.next = 0;
        }
    }
}

/// The response that sends `rows`, no more than `most`.
pub fn response<R>(rows: R, fields: Vec<FieldInfo>, most: Option<usize>) -> QueryResponse
where
    R: DerefMut<Target = Rows> + Send + 'static,
{
    let fields = Arc::new(fields);
    let stream = stream_of(rows, Arc::clone(&fields));
    match most {
        Some(most) => QueryResponse::new(fields, stream.take(most)),
        None => QueryResponse::new(fields, stream),
    }
}

fn stream_of<R>(rows: R, fields: Arc<Vec<FieldInfo>>) -> impl Stream<Item = PgWireResult<DataRow>> + Send
where
    R: DerefMut<Target = Rows> + Send + 'static,
{
    let encoder = DataRowEncoder::new(Arc::clone(&fields));
    stream::unfold(Some((rows, encoder)), move |state| {
        let fields = Arc::clone(&fields);
        async move {
            let (mut rows, mut encoder) = state?;
            let row = rows.row(&mut encoder, &fields).await?;
            // after an error there is nothing, and the query is let go
            let state = row.is_ok().then_some((rows, encoder));
            Some((row, state))
        }
    })
}

/// A response of rows of text.
pub fn text_rows(names: &[&str], rows: &[Vec<String>]) -> QueryResponse {
    let fields = Arc::new(types::text_columns(names));
    let mut encoder = DataRowEncoder::new(Arc::clone(&fields));
    let encoded: Vec<PgWireResult<DataRow>> = rows
        .iter()
        .map(|row| {
            for value in row {
                encoder.encode_field(value)?;
            }
            Ok(encoder.take_row())
        })
        .collect();
    QueryResponse::new(fields, stream::iter(encoded))
}

fn encode(encoder: &mut DataRowEncoder, columns: &[Column], fields: &[FieldInfo], row: usize) -> PgWireResult<DataRow> {
    for (column, info) in columns.iter().zip(fields) {
        let done = match column.values.is_null(row) || column.values.data_type() == &DataType::Null {
            // the encoder forgets that some types can be null
            true => encoder.encode_field_with_type_and_format(
                &None::<i8>,
                info.datatype(),
                info.format(),
                &FormatOptions::default(),
            ),
            false => encode_value(encoder, &column.values, row, &column.field, info),
        };
        // its own words may quote the value
        done.map_err(|_| unsendable(info.name()))?;
    }
    Ok(encoder.take_row())
}

fn unsendable(name: &str) -> PgWireError {
    let message = format!("a value of column {name} cannot be sent in the type PostgreSQL has for it; cast it to text");
    error::error("22003", message)
}

/// The columns of `batch` in types that the encoder knows.
fn prepared(batch: &RecordBatch) -> PgWireResult<Vec<Column>> {
    let schema = batch.schema();
    let column = |(field, values): (&Arc<Field>, &ArrayRef)| {
        let (_, encoded) = types::wire_type(field)?;
        let mut values = match values.data_type() == &encoded {
            true => Arc::clone(values),
            false => cast(values, &encoded).map_err(|_| unsendable(field.name()))?,
        };
        if let Some(shorter) = shortened(&values) {
            values = cast(&values, &shorter).map_err(|_| unsendable(field.name()))?;
        }
        if is_outside_calendar(&values) {
            return Err(unsendable(field.name()));
        }
        let field = field.as_ref().clone().with_data_type(values.data_type().clone());
        Ok(Column { values, field })
    };
    schema.fields().iter().zip(batch.columns()).map(column).collect()
}

/// Decimals with more digits than can be encoded lose the last of them behind the point.
fn shortened(values: &ArrayRef) -> Option<DataType> {
    let DataType::Decimal128(precision, scale) = *values.data_type() else {
        return None;
    };
    let decimals: &Decimal128Array = values.as_any().downcast_ref()?;
    let largest = decimals.iter().flatten().map(i128::unsigned_abs).max().unwrap_or(0);
    let (mut largest, mut shorter) = (largest, scale);
    while shorter > 0 && (largest > LARGEST || shorter > 28) {
        largest = largest.div_ceil(10);
        shorter -= 1;
    }
    (shorter < scale).then_some(DataType::Decimal128(precision, shorter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_the_digits_that_fit() {
        let decimals = |values: Vec<i128>, scale| -> ArrayRef {
            Arc::new(
                Decimal128Array::from(values)
                    .with_precision_and_scale(38, scale)
                    .unwrap(),
            )
        };
        assert_eq!(shortened(&decimals(vec![150], 2)), None);
        assert_eq!(shortened(&decimals(vec![1], 38)), Some(DataType::Decimal128(38, 28)));
        let many = 12_345_678_901_234_567_890_123_456_789_012_345_678;
        let wide = decimals(vec![many], 20);
        let shorter = shortened(&wide).unwrap();
        assert_eq!(shorter, DataType::Decimal128(38, 11));
        let cut = cast(&wide, &shorter).unwrap();
        assert!(shortened(&cut).is_none());
    }
}
