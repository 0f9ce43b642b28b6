//! SPSS system files (`.sav`, `.zsav`), read from front to back in bounded memory.
//!
//! [`Dictionary`] is what stands before the data: variables, their labels and missing values, the encoding. [`Lines`] turns
//! the cases behind it into lines of text cells, which [`cells`] finds again; [`Sheet`] says which cells. [`write`] makes
//! such files. The layout is that of the PSPP developers' manual, "System File Format".
//!
//! Lengths in a file are never believed: what is read is bounded by [`input::DICTIONARY`], and what is wrong is told with
//! its place.

mod cases;
pub mod cells;
mod dictionary;
mod display;
mod encoding;
mod extension;
mod header;
pub mod input;
mod labels;
mod lines;
mod long;
mod missing;
mod records;
mod resolve;
mod sheet;
mod variable;
pub mod write;
mod zlib;

#[cfg(test)]
mod tests;

pub use dictionary::Dictionary;
pub use display::Display;
pub use encoding::Declared;
pub use labels::{Code, Labels};
pub use lines::Lines;
pub use missing::Missing;
pub use sheet::{Cell, Sheet};
pub use variable::{Shape, Variable};

use std::path::Path;

use thiserror::Error;

use super::SourceError;

/// Why a file cannot be read. It holds no value of the file.
#[derive(Debug, Error)]
pub enum SpssError {
    /// The file is not what it should be: what is wrong, and where.
    #[error("{0}")]
    Wrong(String),
    /// The system, or what unpacks the file, refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl SpssError {
    /// As an error of the delivery at `path`, of which `offset` bytes were read.
    pub fn of(self, path: &Path, offset: u64) -> SourceError {
        match self {
            Self::Wrong(reason) => SourceError::Damaged {
                path: path.to_owned(),
                reason,
            },
            Self::Io(source) => SourceError::broken(path, offset, source),
        }
    }
}

/// What is read, or why it cannot be.
pub type Result<T> = std::result::Result<T, SpssError>;

/// An error that says `what` is wrong.
fn wrong<T>(what: impl Into<String>) -> Result<T> {
    Err(SpssError::Wrong(what.into()))
}

/// Whether bytes are the front of a system file.
pub fn is_spss(front: &[u8]) -> bool {
    front.starts_with(b"$FL2") || front.starts_with(b"$FL3")
}
