//! Printed tables against the marts that rebuild them.
//!
//! `config/report.toml` lists for each printed table the file with its cells and the query with its counterpart. A cell
//! agrees when the mart's value, rounded as the print is, is the printed one, or is within the table's tolerance.
mod compare;
mod config;
mod printed;
#[cfg(test)]
mod tests;

pub use compare::{Cell, Outcome, Verdict, compare};
pub use config::{Known, PrintedTable, ReportTables, Tolerance};
pub use printed::{Printed, read};

use std::path::PathBuf;

/// A printed table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file is not there or cannot be read.
    #[error("cannot read {path}: {source}; `sluis init` writes the shipped ones")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The list of tables is not as it should be.
    #[error("{path}: {message}")]
    List {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        message: String,
    },
    /// A file of printed cells is not as it should be.
    #[error("{path}:{line}: {message}")]
    Printed {
        /// The file.
        path: PathBuf,
        /// Its line.
        line: u64,
        /// What is wrong.
        message: String,
    },
}
