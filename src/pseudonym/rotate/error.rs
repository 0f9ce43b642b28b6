//! Why a rotation stopped.
use std::path::PathBuf;

use crate::lake::{LakeError, TableName};
use crate::pseudonym::{IdType, KeyError};

/// Why a rotation stopped; what was published before stays, and `sluis keys rotate` goes on
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// No usable key
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The lake refused
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A file of the lake cannot be read, or the new one not written
    #[error("cannot rewrite {}", path.display())]
    Parquet {
        /// The file
        path: PathBuf,
        /// The reason
        source: parquet::errors::ParquetError,
    },
    /// A file of the lake cannot be opened
    #[error("cannot open {}", path.display())]
    Io {
        /// The file
        path: PathBuf,
        /// The reason
        source: std::io::Error,
    },
    /// A column of pseudonyms does not say of which key version they are
    #[error(
        "{table}: the pseudonyms of `{column}` do not say their key version and domain; rebuild the table (`sluis run`, or deliver again)"
    )]
    Unversioned {
        /// The table
        table: TableName,
        /// The column
        column: String,
    },
    /// Pseudonyms of a key the ring does not have
    #[error(
        "{table}: the pseudonyms of `{column}` are of key version {version}, which is not in the key ring; restore the ring they were made with"
    )]
    Unknown {
        /// The table
        table: TableName,
        /// The column
        column: String,
        /// The version
        version: u32,
    },
    /// Two pseudonyms would become one; nothing was written
    #[error(
        "two {id} pseudonyms of key version {from} have the same successor under version {to}; nothing was rewritten: take the pending key out of the ring and rotate again"
    )]
    NotOneToOne {
        /// Of which identifier
        id: IdType,
        /// The older version
        from: u32,
        /// The newer version
        to: u32,
    },
    /// Somebody keeps publishing old pseudonyms
    #[error(
        "{table} was published with older pseudonyms each time it had been rotated; stop what publishes it and rotate again"
    )]
    StillOlder {
        /// The table
        table: TableName,
    },
    /// What was written is not what was meant
    #[error("the rewritten copy of {} does not hold what it should; it was not published: check the disk", path.display())]
    Written {
        /// The file that was rewritten
        path: PathBuf,
    },
    /// The user wanted to stop
    #[error("stopped; `sluis keys rotate` goes on")]
    Cancelled,
}
