//! Why a model could not be built, and what to do next.
use std::path::PathBuf;

use datafusion::error::DataFusionError;

use crate::diagnostic::Problem;
use crate::engine::{EngineError, plain, told};
use crate::lake::LakeError;

/// Why a model could not be built. Nothing of it was published.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The query failed.
    #[error("the query failed: {}", plain(.0))]
    Query(#[source] DataFusionError),
    /// The query failed, and where.
    #[error("the query failed: {}", line(.0))]
    Sql(Box<Problem>),
    /// An audit could not be run.
    #[error("audit {audit} cannot be run: {}", plain(.source))]
    Audit {
        /// The audit.
        audit: String,
        /// What the engine said.
        source: DataFusionError,
    },
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
    /// A partition column that says something of a person.
    #[error(
        "partition column `{column}` is made of columns that had a sensitivity tag when they were ingested: its values would become names of folders; run `sluis ingest` first if the contract changed, or leave it out of `partition`"
    )]
    TaggedPartition {
        /// The column.
        column: String,
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
    /// What was about to be published holds a small count: a fault of sluis itself.
    #[error(
        "a count of fewer than the minimum was left in column `{column}`, so nothing was published; this is a fault in sluis: please report it"
    )]
    Disclosure {
        /// The column.
        column: String,
    },
    /// The Parquet writer failed.
    #[error("cannot write {}: {}; check the disk", path.display(), told(source))]
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

/// A problem on one line, for a log.
fn line(problem: &Problem) -> String {
    let place = problem.line_column().map(|(line, column)| format!(":{line}:{column}"));
    let hint = problem.hint.as_ref().map(|hint| format!("; {hint}"));
    let (place, hint) = (place.unwrap_or_default(), hint.unwrap_or_default());
    format!("{}{place}: {}{hint}", problem.file.display(), problem.message)
}

impl From<DataFusionError> for RunError {
    fn from(error: DataFusionError) -> Self {
        RunError::Query(error)
    }
}

impl RunError {
    /// The error as one of an audit; out of memory is one of the query, which is tried again.
    pub(super) fn of_audit(self, audit: &str) -> Self {
        match self {
            RunError::Query(source) if !Self::is_memory(&source) => RunError::Audit {
                audit: audit.to_owned(),
                source,
            },
            other => other,
        }
    }

    /// Whether the engine ran out of what it may use.
    pub(super) fn is_out_of_memory(&self) -> bool {
        matches!(self, RunError::Query(error) if Self::is_memory(error))
    }

    pub(super) fn is_memory(error: &DataFusionError) -> bool {
        matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
    }
}
