//! What stands where in a sheet: enough of it to guess where the table is.
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::book::{Book, Row};
use super::header::Region;
use super::value::Value;

/// Rows at the top and at the end that are kept.
const KEPT: usize = 60;
/// Blank stretches that are kept.
const GAPS: usize = 1000;

/// What kind of value a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Text, a date, true or false.
    Text,
    /// A number.
    Number,
    /// An error.
    Error,
}

/// A cell that is not blank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// Its column, from 0.
    pub column: u32,
    /// What it holds.
    pub kind: Kind,
    /// That as text.
    pub text: String,
}

/// What stands where in a sheet.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The names of all visible sheets.
    pub sheets: Vec<String>,
    /// The name of the first of them, which this is about.
    pub sheet: String,
    /// The first rows that are not blank: their numbers, from 1, and cells.
    pub top: Vec<(u32, Vec<Spot>)>,
    /// The last rows behind those.
    pub end: Vec<(u32, Vec<Spot>)>,
    /// Numbers of rows that have a blank one above them.
    pub gaps: Vec<u32>,
    /// Cells at the top that are merged.
    pub merged: Vec<Region>,
}

/// Goes through the first visible sheet.
///
/// # Errors
/// When it cannot be read.
pub fn of(book: &mut Book) -> Result<Outline, String> {
    let sheets = book.visible();
    let sheet = sheets.first().cloned().ok_or("no sheet of it is visible")?;
    let mut outline = Outline {
        sheets,
        sheet: sheet.clone(),
        ..Outline::default()
    };
    let mut before = 0;
    book.rows(&sheet, &mut |row| {
        if row.number > before + 1 && outline.gaps.len() < GAPS {
            outline.gaps.push(row.number);
        }
        before = row.number;
        let place = if outline.top.len() < KEPT {
            &mut outline.top
        } else {
            &mut outline.end
        };
        if place.len() == KEPT {
            place.remove(0);
        }
        place.push(spots(row));
        Ok(ControlFlow::Continue(()))
    })?;
    let last = outline.top.last().map_or(0, |(number, _)| *number);
    outline.merged = book.merged(&sheet, 0..=last)?;
    Ok(outline)
}

fn spots(row: Row) -> (u32, Vec<Spot>) {
    let spot = |(column, value): (u32, Value)| Spot {
        column,
        kind: match value {
            Value::Number(_) => Kind::Number,
            Value::Error(_) => Kind::Error,
            Value::Text(_) | Value::Blank => Kind::Text,
        },
        text: value.shown().to_owned(),
    };
    (row.number, row.cells.into_iter().map(spot).collect())
}
