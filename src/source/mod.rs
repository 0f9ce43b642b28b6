//! Readers: from the bytes of a delivery to records of text cells.
//!
//! [`open`] opens a path beneath the landing folder; [`blocks`] cuts text at record boundaries; [`delimited`],
//! [`fixed`] and [`json`] find the cells of a block; [`parquet`] and [`spreadsheet`] read binary files in a child process.

pub mod blocks;
pub mod cells;
mod child;
pub mod delimited;
pub mod encoding;
pub mod fixed;
pub mod json;
pub mod last_line;
pub mod layout;
pub mod open;
pub mod parquet;
pub mod picked;
pub mod spreadsheet;
pub mod unpack;

use std::path::PathBuf;

use thiserror::Error;

pub use child::{copied, tell};

/// Why a delivery cannot be read. No variant holds a cell of the delivery.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The path leaves the landing folder, or passes a link.
    #[error("{}: {reason}; a delivery is a regular file beneath the landing folder, without links on the way", path.display())]
    Refused {
        /// The path as given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused to read.
    #[error("{}: cannot be read at byte {offset}: {source}", path.display())]
    Io {
        /// The delivery.
        path: PathBuf,
        /// Where reading stopped.
        offset: u64,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is damaged: a truncated archive, an open quote, a line beyond the limit, a foreign encoding.
    #[error("{}: {reason}; ask the supplier for a whole file, or mend the contract's format", path.display())]
    Damaged {
        /// The delivery.
        path: PathBuf,
        /// What and where.
        reason: String,
    },
}
