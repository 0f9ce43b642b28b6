//! Columns as the text formats can hold them.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::pseudonym::{FIELD_KEY_VERSION, Pseudonym};

/// What happens to a column on its way to text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Keep,
    /// Pseudonyms of this key version, in their text form
    Pseudonym(u32),
    /// Lists and the like as one text, and moments: the writers put an error in the place of one outside the calendar
    Text,
    /// Text that a spreadsheet could take for a formula
    Guard,
}

/// Turns batches of one schema into batches that text formats can write.
pub struct Values {
    schema: SchemaRef,
    changes: Vec<Change>,
}

impl Values {
    /// For results of `schema`. `flat` also turns lists and structs into text, `guard` keeps a spreadsheet from
    /// reading text as a formula.
    pub fn new(schema: &Schema, flat: bool, guard: bool) -> Self {
        let changes: Vec<Change> = schema.fields().iter().map(|field| change(field, flat, guard)).collect();
        let fields = schema.fields().iter().zip(&changes).map(|(field, change)| {
            let name = if guard {
                guarded(field.name()).unwrap_or_else(|| field.name().clone())
            } else {
                field.name().clone()
            };
            let kind = if *change == Change::Keep {
                field.data_type().clone()
            } else {
                DataType::Utf8
            };
            Field::new(name, kind, true)
        });
        let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), HashMap::new()));
        Self { schema, changes }
    }

    /// The schema of what comes out.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// A batch, changed.
    pub fn of(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = batch.columns().iter().zip(&self.changes);
        let columns = columns
            .map(|(column, change)| changed(column, *change))
            .collect::<Result<Vec<_>, _>>()?;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

fn change(field: &Field, flat: bool, guard: bool) -> Change {
    match field.data_type() {
        DataType::FixedSizeBinary(16) => match field.metadata().get(FIELD_KEY_VERSION).map(|text| text.parse()) {
            Some(Ok(version)) => Change::Pseudonym(version),
            _ => Change::Keep,
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if guard => Change::Guard,
        DataType::Dictionary(_, value) if guard && **value == DataType::Utf8 => Change::Guard,
        kind if kind.is_temporal() || flat && kind.is_nested() => Change::Text,
        _ => Change::Keep,
    }
}

fn changed(column: &ArrayRef, change: Change) -> Result<ArrayRef, ArrowError> {
    let text = |of: &dyn Fn(usize) -> Result<String, ArrowError>| -> Result<ArrayRef, ArrowError> {
        let mut builder = StringBuilder::with_capacity(column.len(), column.len() * 16);
        for row in 0..column.len() {
            if column.is_null(row) {
                builder.append_null();
            } else {
                builder.append_value(of(row)?);
            }
        }
        Ok(Arc::new(builder.finish()))
    };
    match change {
        Change::Keep => Ok(Arc::clone(column)),
        Change::Pseudonym(version) => {
            let bytes = column.as_fixed_size_binary();
            text(&|row| {
                let bytes = bytes.value(row).try_into();
                bytes
                    .map(|bytes| Pseudonym(bytes).text(version))
                    .map_err(|error| ArrowError::from_external_error(Box::new(error)))
            })
        }
        Change::Text => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
            // in our own words: theirs quote the value
            let unwritable =
                |_| ArrowError::CastError("a value cannot be written as text: is it outside the calendar?".to_owned());
            text(&|row| formatter.value(row).try_to_string().map_err(unwritable))
        }
        Change::Guard => {
            let strings = cast(column, &DataType::Utf8)?;
            let strings = strings.as_string::<i32>();
            text(&|row| Ok(guarded(strings.value(row)).unwrap_or_else(|| strings.value(row).to_owned())))
        }
    }
}

/// The text with a quote in front, if a spreadsheet would take it for a formula.
fn guarded(text: &str) -> Option<String> {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        .then(|| format!("'{text}"))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, FixedSizeBinaryArray, StringArray, TimestampSecondArray};

    use super::*;

    #[test]
    fn pseudonyms_get_their_text_form_where_the_key_version_is_known() {
        let column: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[7u8; 16]].iter()).unwrap());
        let known = HashMap::from([(FIELD_KEY_VERSION.to_owned(), "3".to_owned())]);
        let schema = Schema::new(vec![
            Field::new("leerling", DataType::FixedSizeBinary(16), false).with_metadata(known),
            Field::new("onbekend", DataType::FixedSizeBinary(16), false),
        ]);
        let batch = RecordBatch::try_new(Arc::new(schema.clone()), vec![Arc::clone(&column), column]).unwrap();
        let batch = Values::new(&schema, true, false).of(&batch).unwrap();
        assert!(batch.column(0).as_string::<i32>().value(0).starts_with("p1.k03."));
        assert_eq!(batch.column(1).data_type(), &DataType::FixedSizeBinary(16));
    }

    #[test]
    fn formulas_are_guarded_in_text_and_names_only() {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["=1+1", "-3", "@x", "gewoon", "\tx"]));
        let batch = RecordBatch::try_from_iter([("=kop", column)]).unwrap();
        let batch = Values::new(&batch.schema(), true, true).of(&batch).unwrap();
        assert_eq!(batch.schema().field(0).name(), "'=kop");
        let values: Vec<_> = batch.column(0).as_string::<i32>().iter().flatten().collect();
        assert_eq!(values, ["'=1+1", "'-3", "'@x", "gewoon", "'\tx"]);
    }

    #[test]
    fn moments_are_written_as_the_writers_would_and_one_outside_the_calendar_is_an_error_without_it() {
        let moments = |values: Vec<i64>| -> ArrayRef { Arc::new(TimestampSecondArray::from(values)) };
        let days: ArrayRef = Arc::new(Date32Array::from(vec![19_000]));
        let batch = RecordBatch::try_from_iter([("moment", moments(vec![0])), ("dag", days)]).unwrap();
        let batch = Values::new(&batch.schema(), true, true).of(&batch).unwrap();
        assert_eq!(batch.column(0).as_string::<i32>().value(0), "1970-01-01T00:00:00");
        assert_eq!(batch.column(1).as_string::<i32>().value(0), "2022-01-08");
        let batch = RecordBatch::try_from_iter([("moment", moments(vec![598_274_212_569_729_610]))]).unwrap();
        let error = Values::new(&batch.schema(), false, false)
            .of(&batch)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("outside the calendar") && !error.contains("5982"),
            "{error}"
        );
    }
}
