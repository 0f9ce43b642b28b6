//! The list of printed tables, `config/report.toml`.
use std::path::Path;

use serde::Deserialize;

use super::ReportError;

/// The list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportTables {
    /// The tables, in the order they are reported.
    pub table: Vec<PrintedTable>,
}

/// A printed table, or one column of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintedTable {
    /// Its number in the report.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The file with its cells, under `config/reference/published/`.
    pub file: String,
    /// The columns of that file that tell which cell it is.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The column with the printed value.
    pub value: String,
    /// Only the printed rows that have these values.
    #[serde(default)]
    pub only: toml::Table,
    /// SQL that gives the key columns, in their order, and the value last.
    pub query: String,
    /// How near is near enough.
    #[serde(default)]
    pub tolerance: Tolerance,
    /// Whether a blank printed cell means that there is nothing; otherwise it is not compared.
    #[serde(default)]
    pub blank_is_none: bool,
    /// Cells that cannot agree.
    #[serde(default)]
    pub known: Vec<Known>,
}

/// How far a mart's value may be from the printed one, besides the rounding of the print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// In the unit of the value: percentage points, years.
    #[serde(default)]
    pub points: f64,
    /// In percent of the printed value.
    #[serde(default)]
    pub percent: f64,
}

/// A cell that cannot agree: the print contradicts itself, or no delivery tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The keys of the cell.
    pub keys: Vec<String>,
    /// Why not.
    pub because: String,
}

impl ReportTables {
    /// Reads the list.
    ///
    /// # Errors
    /// When the file cannot be read, or has a key or a value that it should not have.
    pub fn read(path: &Path) -> Result<Self, ReportError> {
        let text = std::fs::read_to_string(path).map_err(|source| ReportError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| ReportError::List {
            path: path.to_path_buf(),
            message: error.to_string(),
        })
    }
}
