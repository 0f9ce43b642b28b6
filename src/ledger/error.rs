//! What can go wrong with the ledger.
use std::path::PathBuf;

/// The ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file or its folder cannot be used.
    #[error("the ledger {} cannot be opened; check the folder's owner, rights and free space", path.display())]
    Open {
        /// The ledger's file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error(
        "the ledger could not be {doing}; another sluis may be holding it, or the disk is full: try again, and if it \
         persists check the file with `sqlite3 .sluis/ledger.db 'pragma integrity_check'`"
    )]
    Sqlite {
        /// `read` or `written`
        doing: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
    /// Written by a later release.
    #[error("the ledger has format {found}, this sluis knows up to {known}; use the newer sluis that wrote it")]
    Newer {
        /// The format found.
        found: i64,
        /// The latest format known here.
        known: i64,
    },
}

impl LedgerError {
    pub(super) fn reading(source: rusqlite::Error) -> Self {
        Self::Sqlite { doing: "read", source }
    }

    pub(super) fn writing(source: rusqlite::Error) -> Self {
        Self::Sqlite {
            doing: "written",
            source,
        }
    }
}
