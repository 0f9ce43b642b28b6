//! Why no contract can be drafted from a file.
use std::path::PathBuf;

use crate::source::SourceError;

/// Why no contract can be drafted from a file; never quotes it
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// Not a regular file
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path
        path: PathBuf,
    },
    /// The system refused
    #[error("cannot read {}", path.display())]
    Io {
        /// The path
        path: PathBuf,
        /// Its reason
        source: std::io::Error,
    },
    /// Unpacking or reading failed
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing in it
    #[error("{} is empty", path.display())]
    Empty {
        /// The path
        path: PathBuf,
    },
    /// Not delimited text
    #[error("{}: {what}", path.display())]
    Unsuitable {
        /// The path
        path: PathBuf,
        /// What it looks like, and what to do
        what: String,
    },
}
