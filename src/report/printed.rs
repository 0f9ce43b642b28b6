//! The cells of a printed table.
use std::path::Path;

use super::{PrintedTable, ReportError};

/// A printed cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// Which cell it is; school years as `2019-2020`.
    pub keys: Vec<String>,
    /// The value as printed; none when the cell is blank.
    pub text: Option<String>,
    /// The value.
    pub value: Option<f64>,
}

impl Printed {
    /// Half of the last printed digit: as far as rounding can be from the value.
    pub fn half(&self) -> f64 {
        let decimals = self
            .text
            .as_deref()
            .and_then(|text| text.split_once('.'))
            .map_or(0, |(_, digits)| digits.len());
        0.5 * 10f64.powi(-i32::try_from(decimals).unwrap_or(0))
    }
}

/// A key of a cell; `2019/2020` is how the report writes `2019-2020`.
fn key(text: &str) -> String {
    match text.split_once('/') {
        Some((from, to))
            if [from, to]
                .iter()
                .all(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())) =>
        {
            format!("{from}-{to}")
        }
        _ => text.to_owned(),
    }
}

/// Reads the printed cells of a table.
///
/// # Errors
/// When the file cannot be read, lacks a column, or a value is no number.
pub fn read(folder: &Path, table: &PrintedTable) -> Result<Vec<Printed>, ReportError> {
    let path = folder.join(&table.file);
    let text = std::fs::read(&path).map_err(|source| ReportError::Read {
        path: path.clone(),
        source,
    })?;
    let wrong = |line: u64, message: String| ReportError::Printed {
        path: path.clone(),
        line,
        message,
    };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let headers = reader.headers().map_err(|error| wrong(1, error.to_string()))?.clone();
    let place = |name: &str| {
        let found = headers.iter().position(|header| header == name);
        found.ok_or_else(|| wrong(1, format!("there is no column `{name}`")))
    };
    let keys = table.keys.iter().map(|key| place(key)).collect::<Result<Vec<_>, _>>()?;
    let value = place(&table.value)?;
    let mut only = Vec::new();
    for (column, wanted) in &table.only {
        only.push((place(column)?, wanted.as_str().unwrap_or_default()));
    }
    let mut cells = Vec::new();
    for (record, line) in reader.records().zip(2..) {
        let record = record.map_err(|error| wrong(line, error.to_string()))?;
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        if only.iter().any(|(at, wanted)| field(*at) != *wanted) {
            continue;
        }
        let text = Some(field(value)).filter(|text| !text.is_empty()).map(str::to_owned);
        let number = match &text {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| wrong(line, format!("`{text}` is no number")))?,
            ),
            None => None,
        };
        cells.push(Printed {
            keys: keys.iter().map(|at| key(field(*at))).collect(),
            text,
            value: number,
        });
    }
    Ok(cells)
}
