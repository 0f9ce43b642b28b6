//! Casts of whole columns: from cells to Arrow arrays, noting every row that breaks the column's rules.
//!
//! A faulty row gets a null and a [`Fault`](super::faults::Fault); it is dropped before anything is stored, so a null in
//! a stored column is always a missing or suppressed value.

mod key;
mod number;
mod text;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::faults::Faults;
use crate::contract::column::{Case, Column, Kind};
use crate::contract::format::Encoding;
use crate::source::cells::Cell;
use crate::source::encoding::decode;
pub use key::{KeyCaster, Repaired};

/// The cells of one column in a batch.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The block's bytes.
    pub bytes: &'a [u8],
    /// One cell a row.
    pub cells: &'a [Cell],
    /// The encoding of the cells.
    pub encoding: Encoding,
    /// Whether no byte of the block needs decoding.
    pub plain: bool,
}

/// Casts a column that is not a person key; the arrays are those of [`Column::fields`].
pub fn cast(column: &Column, place: usize, view: View<'_>, faults: &mut Faults) -> Vec<ArrayRef> {
    match &column.kind {
        Kind::Text(_) | Kind::SchoolYear | Kind::Code(_) => text::cast(column, place, view, faults),
        Kind::PersonKey(_) => Vec::new(),
        _ => number::cast(column, place, view, faults),
    }
}

/// What a field is before it is parsed.
enum Field<'a> {
    Missing,
    Suppressed,
    Value(&'a [u8]),
}

/// Reads the fields of a column as UTF-8, with the contract's marks and mappings applied.
struct Fields<'a> {
    column: &'a Column,
    view: View<'a>,
    simple: bool,
    scratch: Vec<u8>,
    cased: Vec<u8>,
}

impl<'a> Fields<'a> {
    fn new(column: &'a Column, view: View<'a>) -> Self {
        let marks = column.missing.is_empty() && column.suppressed.is_empty();
        let simple = view.plain && marks && column.map.is_empty() && column.case.is_none();
        Self {
            column,
            view,
            simple,
            scratch: Vec::new(),
            cased: Vec::new(),
        }
    }

    /// The field of a row, or the rule its bytes break.
    #[inline(always)]
    fn read(&mut self, row: usize) -> Result<Field<'_>, &'static str> {
        let field = self.view.cells[row].get(self.view.bytes);
        if self.simple {
            return Ok(if field.is_empty() {
                Field::Missing
            } else {
                Field::Value(field)
            });
        }
        self.read_marked(field)
    }

    fn read_marked<'b>(&'b mut self, field: &'b [u8]) -> Result<Field<'b>, &'static str> {
        let mut text = field;
        if !self.view.plain {
            self.scratch.clear();
            decode(self.view.encoding, field, &mut self.scratch).map_err(|fault| fault.rule())?;
            text = &self.scratch;
        }
        if let Some(mapped) = self.column.map.get(text) {
            text = mapped;
        }
        if let Some(case) = self.column.case {
            self.cased.clear();
            self.cased.extend_from_slice(text);
            match case {
                Case::Upper => self.cased.make_ascii_uppercase(),
                Case::Lower => self.cased.make_ascii_lowercase(),
            }
            text = &self.cased;
        }
        let is = |marks: &[Vec<u8>]| marks.iter().any(|mark| mark == text);
        Ok(if text.is_empty() || is(&self.column.missing) {
            Field::Missing
        } else if is(&self.column.suppressed) {
            Field::Suppressed
        } else {
            Field::Value(text)
        })
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
fn parse<T: Default>(
    column: &Column,
    place: usize,
    view: View<'_>,
    faults: &mut Faults,
    mut value: impl FnMut(&[u8]) -> Result<T, &'static str>,
) -> (Vec<T>, Marks) {
    let rows = view.cells.len();
    let (mut values, mut marks) = (Vec::with_capacity(rows), Marks::default());
    let mut fields = Fields::new(column, view);
    for row in 0..rows {
        let outcome = match fields.read(row) {
            Ok(Field::Value(text)) => value(text).map(Some),
            Ok(Field::Suppressed) => {
                marks.suppressed.push(row);
                Ok(None)
            }
            Ok(Field::Missing) if column.nullable => Ok(None),
            Ok(Field::Missing) => Err("required"),
            Err(rule) => Err(rule),
        };
        match outcome {
            Ok(Some(value)) => values.push(value),
            Ok(None) => {
                marks.null.push(row);
                values.push(T::default());
            }
            Err(rule) => {
                faults.add(row, place, rule);
                marks.null.push(row);
                values.push(T::default());
            }
        }
    }
    (values, marks)
}
