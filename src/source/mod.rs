//! Readers: from the bytes of a delivery to records of text cells.
//!
//! [`open`] opens a path beneath the landing folder; [`blocks`] cuts text at record boundaries; [`delimited`],
//! [`fixed`] and [`json`] find the cells of a block; [`parquet`] and [`spreadsheet`] read binary files in a child
//! process, [`spss`] SPSS in this one.

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
pub mod spss;
pub mod unpack;

use std::path::{Path, PathBuf};

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

impl SourceError {
    /// What keeps a delivery from being read after `offset` bytes of its text: a reader's own account, damage, or the system.
    pub(crate) fn broken(path: &Path, offset: u64, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        let told = source.get_ref().and_then(|inner| inner.downcast_ref());
        let reason = match (told, source.kind()) {
            (Some(blocks::Told(reason)), _) => reason.clone(),
            (None, UnexpectedEof) => format!("the packed data end too early, after {offset} bytes of text"),
            (None, InvalidData | InvalidInput | Other) => {
                format!("the packed data are damaged after {offset} bytes of text")
            }
            _ => {
                let path = path.to_owned();
                return Self::Io { path, offset, source };
            }
        };
        Self::Damaged {
            path: path.to_owned(),
            reason,
        }
    }
}
