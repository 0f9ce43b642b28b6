//! Casts of whole columns: from cells to Arrow arrays, noting every row that breaks the column's rules.
//!
//! A faulty row gets a null and a [`Fault`](super::faults::Fault); it is dropped before anything is stored, so a null in
//! a stored column is always a missing or suppressed value.

pub mod digits;
mod field;
mod key;
mod number;
mod text;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::faults::Faults;
use super::rows::View;
use crate::contract::column::{Column, Kind};
use field::{Field, Fields, Quick, Value};
pub use key::{KeyCaster, Repaired};

/// Casts a column that is not a person key; the arrays are those of [`Column::fields`].
///
/// Of a text column that is not `used` only the rules are checked: its array is of nulls.
pub fn cast(column: &Column, place: usize, view: View<'_>, used: bool, faults: &mut Faults) -> Vec<ArrayRef> {
    match &column.kind {
        Kind::Text(_) | Kind::SchoolYear | Kind::Code(_) => text::cast(column, place, view, used, faults),
        Kind::PersonKey(_) => Vec::new(),
        _ => number::cast(column, place, view, faults),
    }
}

/// Which rows of a column are null, and which of those are suppressed.
#[derive(Default)]
struct Marks {
    null: Vec<usize>,
    suppressed: Vec<usize>,
}

impl Marks {
    fn nulls(&self, rows: usize) -> Option<NullBuffer> {
        (!self.null.is_empty()).then(|| NullBuffer::new(flags(rows, &self.null, false)))
    }

    /// The `<column>_suppressed` array, when the column declares suppression marks.
    fn suppressed(&self, column: &Column, rows: usize) -> Option<ArrayRef> {
        (!column.suppressed.is_empty())
            .then(|| Arc::new(BooleanArray::new(flags(rows, &self.suppressed, true), None)) as ArrayRef)
    }
}

/// A bit a row: `mark` for the rows named, its contrary for the others.
fn flags(rows: usize, named: &[usize], mark: bool) -> BooleanBuffer {
    let mut bits = vec![!mark; rows];
    named.iter().for_each(|&row| bits[row] = mark);
    BooleanBuffer::from(bits)
}

/// Parses every row of a column; a row without a value gets `T::default()` and a mark.
fn parse<T: Clone + Default>(
    column: &Column,
    place: usize,
    view: View<'_>,
    faults: &mut Faults,
    mut value: impl FnMut(Value<'_>) -> Result<T, &'static str>,
) -> (Vec<T>, Marks) {
    let mut values = vec![T::default(); view.len()];
    let mut marks = Marks::default();
    let mut fields = Fields::new(column, view);
    let mut any = |row: usize, value: &mut dyn FnMut(Value<'_>) -> Result<T, &'static str>| {
        let outcome = match fields.read(row) {
            Ok(Field::Value(field)) => match value(field) {
                Ok(value) => return value,
                Err(rule) => Err(rule),
            },
            Ok(Field::Suppressed) => {
                marks.suppressed.push(row);
                Ok(())
            }
            Ok(Field::Missing) if column.nullable => Ok(()),
            Ok(Field::Missing) => Err("required"),
            Err(rule) => Err(rule),
        };
        marks.null.push(row);
        if let Err(rule) = outcome {
            faults.add(row, place, rule);
        }
        T::default()
    };
    let quick = Quick::new(column, view);
    let mut row = 0;
    while row < values.len() {
        // A loop of its own for the many rows that need no second look.
        if let Some(quick) = quick {
            for (slot, &record) in values[row..].iter_mut().zip(&quick.records[row..]) {
                let Some(Ok(value)) = quick.value(record).map(&mut value) else {
                    break;
                };
                *slot = value;
                row += 1;
            }
        }
        if let Some(slot) = values.get_mut(row) {
            *slot = any(row, &mut value);
            row += 1;
        }
    }
    (values, marks)
}
