//! Why a model could not be built, and what to do next.
use std::path::PathBuf;

use datafusion::error::DataFusionError;

use crate::engine::{EngineError, plain};
use crate::lake::LakeError;

/// Why a model could not be built. Nothing of it was published.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The query failed.
    #[error("the query failed: {}", plain(.0))]
    Query(#[source] DataFusionError),
    /// The query does not fit in memory.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The tables have other columns than their contracts and models say.
    #[error(
        "its query gives other columns on the published tables than its inputs promise ({difference}): a contract changed since its table was ingested; run `sluis ingest` first"
    )]
    OtherColumns {
        /// What differs.
        difference: String,
    },
    /// A null where a partition value should be.
    #[error(
        "partition column `{column}` is null in at least one row; a partition value is never null: filter those rows out, or give them a value with coalesce()"
    )]
    NullPartition {
        /// The column.
        column: String,
    },
    /// A mapping of inputs that is not true.
    #[error(
        "`inputs` says that partition {asked} is made from the same partition of its inputs, but the query gave rows of {given} too; correct the query, or leave the mapping out"
    )]
    Mapping {
        /// The partitions that were asked for.
        asked: String,
        /// A partition that came as well.
        given: String,
    },
    /// The Parquet writer failed.
    #[error("cannot write {}: {source}; check the disk", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// The lake refused.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl From<DataFusionError> for RunError {
    fn from(error: DataFusionError) -> Self {
        RunError::Query(error)
    }
}

impl RunError {
    /// Whether the engine ran out of what it may use.
    pub(super) fn is_out_of_memory(&self) -> bool {
        matches!(self, RunError::Query(error) if Self::is_memory(error))
    }

    pub(super) fn is_memory(error: &DataFusionError) -> bool {
        matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
    }
}
