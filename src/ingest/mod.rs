//! From a delivery in the landing folder to a published staging table.
//!
//! One thread reads blocks, workers take whole blocks ([`worker`]: cells, casts, checks, pseudonyms, Parquet), and one
//! finisher writes what they encoded in the order of the file. A delivery is accepted or refused as a whole; accepted
//! deliveries of a contract are published in one step ([`contract_run`]).

mod batch;
mod cast;
pub mod chunk;
mod collect;
mod contract_run;
mod delivery;
mod encode;
mod faults;
mod handles;
mod job;
pub mod keyset;
mod landing;
mod left;
mod mapping;
mod packed;
mod partitions;
mod pending;
mod pipeline;
pub mod quarantine;
mod quarantine_table;
mod references;
mod replay;
mod report;
mod rows;
mod segment;
mod source;
mod spss;
mod stretch;
mod undeclared;
mod verdict;
mod versions;
mod worker;

pub use cast::digits;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::config::Project;
use crate::contract::Contract;
use crate::engine::told;
use crate::lake::{Lake, LakeError};
use crate::ledger::{Ledger, LedgerError};
use crate::pseudonym::{KeyError, KeyRing};
use crate::source::SourceError;
use crate::telemetry::Progress;
pub use contract_run::{in_order, ingest_contract};
pub use landing::{Arrived, arrived, is_complete, unmatched};
pub use left::{Left, Pending, pending};
pub use pending::Selection;
pub use quarantine_table::{QUARANTINE, discard};
pub use report::{FaultCount, Outcome, Place, Report};
pub use stretch::Stretch;

/// Why ingest stopped. A refused delivery is not an error but an [`Outcome`].
#[derive(Debug, Error)]
pub enum IngestError {
    /// The delivery cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The lake refused.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No usable key ring.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Parquet could not be written.
    #[error("cannot write Parquet: {}", told(.0))]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Arrow refused an array: a bug.
    #[error("cannot build a batch: {}; please report this", told(.0))]
    Arrow(#[from] arrow::error::ArrowError),
    /// A check against other tables could not run.
    #[error("cannot check references: {}", told(.0))]
    Query(#[from] datafusion::error::DataFusionError),
    /// The system refused a file of ours.
    #[error("cannot use {what}: {source}")]
    Io {
        /// Which file or folder.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// An expression of the contract fails on some row.
    #[error("{reason}")]
    Expression {
        /// Which expression, and what to do.
        reason: String,
    },
    /// The contract's columns changed, and files read under the old ones would stay.
    #[error(
        "the contract changed the columns of {table}, but the deliveries {deliveries} were read under the old ones and would \
         stay; put their files back into the landing folder, so that all are read again"
    )]
    Schema {
        /// The table.
        table: String,
        /// Ids of the deliveries that would stay.
        deliveries: String,
    },
    /// Two person keys gave one pseudonym.
    #[error("two person keys of column `{column}` gave the same pseudonym; nothing was published: please report this")]
    Collision {
        /// The key column.
        column: String,
    },
    /// The user wants to stop.
    #[error("stopped; nothing of the delivery was published")]
    Cancelled,
    /// A worker died.
    #[error("a worker stopped unexpectedly; nothing of the delivery was published: please report this")]
    Worker,
}

/// What ingest works with. Time, keys and cancellation are given, never looked up.
pub struct Ingest<'a> {
    /// The project and its settings.
    pub project: &'a Project,
    /// The lake that is published to.
    pub lake: &'a Lake,
    /// The record of deliveries.
    pub ledger: &'a Ledger,
    /// Opens the key ring; asked only when a contract has person keys.
    pub keys: &'a dyn Fn() -> Result<Arc<KeyRing>, KeyError>,
    /// Every contract of the project, for references.
    pub contracts: &'a [Contract],
    /// Where progress goes.
    pub progress: &'a Progress,
    /// Raised when the user wants to stop.
    pub cancel: &'a AtomicBool,
    /// The run in the ledger.
    pub run: &'a str,
    /// The time of the run.
    pub now: DateTime<Utc>,
    /// Whether to stop before anything is published.
    pub dry_run: bool,
}

impl Ingest<'_> {
    fn stopped(&self) -> bool {
        self.cancel.load(std::sync::atomic::Ordering::SeqCst)
    }
}
