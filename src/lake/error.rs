//! What can go wrong in the lake, and what to do about it.

use super::TableName;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the lake
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// Not a usable table name
    #[error(
        "`{name}` is not a table name: write `schema.table`, each part lower-case letters, digits and `_`, starting with a letter, at most 100 characters"
    )]
    Name {
        /// What was given
        name: String,
    },
    /// A partition value that cannot be a folder name
    #[error(
        "partition column `{column}` of {table}: {problem}; partition columns are never null or empty, so set the value aside before writing"
    )]
    PartitionValue {
        /// The table
        table: TableName,
        /// The partition column
        column: String,
        /// What is wrong with the value, without the value
        problem: &'static str,
    },
    /// The file system refused
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried
        action: &'static str,
        /// On which path
        path: PathBuf,
        /// The system's answer
        source: io::Error,
    },
    /// Another publisher has the table
    #[error("{table} is being published by {holder}; wait for it to end and try again")]
    Busy {
        /// The table
        table: TableName,
        /// Who holds the lock
        holder: String,
    },
    /// Somebody else committed this version first
    #[error(
        "version {version} of {table} was published by another process in the meantime; nothing of this run was published, run it again"
    )]
    Conflict {
        /// The table
        table: TableName,
        /// The version that was taken
        version: u64,
    },
    /// The table has no publication
    #[error("{table} has no publication yet; run `sluis run` or `sluis ingest` first")]
    NoTable {
        /// The table
        table: TableName,
    },
    /// The version is not there, or not any more
    #[error("{table} has no version {version} (any more); `sluis history {table}` lists what there is")]
    NoVersion {
        /// The table
        table: TableName,
        /// The version asked for
        version: u64,
    },
    /// Under the rule of today less would be shown, or more
    #[error(
        "{table}: version {version} was published under another disclosure rule, and may show what is withheld now; change the model back and run `sluis run {table}`"
    )]
    OtherRule {
        /// The table
        table: TableName,
        /// The version asked for
        version: u64,
    },
    /// A manifest that does not read back as it was written
    #[error("manifest {} is damaged: {problem}; the next sluis command sets it aside and falls back to the version before", path.display())]
    Manifest {
        /// The manifest
        path: PathBuf,
        /// What is wrong
        problem: String,
    },
    /// A data file that is not what it should be
    #[error("data file {} is not usable: {problem}", path.display())]
    DataFile {
        /// The file
        path: PathBuf,
        /// What is wrong
        problem: String,
    },
    /// The files and the schema of a publication do not belong together
    #[error("{table} cannot be published: {problem}")]
    Schema {
        /// The table
        table: TableName,
        /// What does not fit
        problem: String,
    },
    /// Published, but a convenience beside it could not be brought up to date
    #[error(
        "version {version} of {table} is published, but the files beside it are not up to date: {source}; run the same command again"
    )]
    AfterCommit {
        /// The table
        table: TableName,
        /// The version that is published
        version: u64,
        /// What failed after the commit
        source: Box<LakeError>,
    },
    /// The manifest was created but may not survive a power failure
    #[error(
        "version {version} of {table} may or may not survive a power failure: {source}; check the disk, then run the same command again"
    )]
    Unsure {
        /// The table
        table: TableName,
        /// The version
        version: u64,
        /// What failed
        source: Box<LakeError>,
    },
}

impl LakeError {
    /// The kind of file system error, when it is one
    pub(crate) fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Io { source, .. } => Some(source.kind()),
            _ => None,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(
            self.io_kind(),
            Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        )
    }

    pub(crate) fn is_already_exists(&self) -> bool {
        matches!(
            self.io_kind(),
            Some(io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
        )
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn data(path: &Path, problem: impl std::fmt::Display) -> Self {
        Self::DataFile {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}

impl From<LakeError> for datafusion::error::DataFusionError {
    fn from(error: LakeError) -> Self {
        Self::External(Box::new(error))
    }
}
