//! What can go wrong in the query engine, and what to do next.
use std::path::PathBuf;

use datafusion::error::DataFusionError;

use super::Fault;

/// Why a query could not be planned or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The spill directory could not be made or claimed.
    #[error("cannot use {path} for spill files: {source}; check that it is a directory of yours with room on its disk")]
    Spill {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Threads could not be started.
    #[error("cannot start the query threads: {0}; set query.threads lower")]
    Threads(std::io::Error),
    /// A statement that would write, in a place that only reads.
    #[error(
        "{statement} is not possible here: queries only read; tables come from contracts (`sluis ingest`) and from models (`sluis run`)"
    )]
    ReadOnly {
        /// What the statement would do.
        statement: String,
    },
    /// The query did not fit in memory, even with what can go to disk.
    #[error(
        "the query does not fit in the {limit} it may use: {}", Fault::of(.source)
    )]
    Memory {
        /// The limit, for people.
        limit: String,
        /// What the engine said.
        source: DataFusionError,
    },
    /// Anything else the engine refuses.
    #[error("{}", plain(.0))]
    Query(#[from] DataFusionError),
}

/// Whether it is about the query's own text, which may be quoted; anything else may be about the rows.
pub(super) fn is_of_planning(root: &DataFusionError) -> bool {
    matches!(
        root,
        DataFusionError::Plan(_)
            | DataFusionError::SQL(..)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Configuration(_)
    )
}

/// The innermost text of an engine error, without the names of its wrappers and without anything of the rows.
pub fn plain(error: &DataFusionError) -> String {
    if let Some(place) = error
        .diagnostic()
        .and_then(|d| d.span.map(|s| (d.message.clone(), s.start)))
    {
        let (message, at) = place;
        return format!("line {}, column {}: {message}{}", at.line, at.column, notes(error));
    }
    let root = error.find_root();
    if !is_of_planning(root) {
        return Fault::of(error).to_string();
    }
    let text = root.strip_backtrace();
    // said by the engine of many a wrong query; it is not our users who should report it
    let text = text
        .split("\nThis issue was likely caused by a bug")
        .next()
        .unwrap_or_default();
    let wrappers = ["Error during planning: ", "SQL error: "];
    wrappers
        .iter()
        .fold(text, |text, wrapper| text.trim_start_matches(wrapper))
        .to_string()
}

fn notes(error: &DataFusionError) -> String {
    let notes = error
        .diagnostic()
        .map(|d| d.notes.iter().map(|n| n.message.clone()).collect::<Vec<_>>());
    match notes {
        Some(notes) if !notes.is_empty() => format!(" ({})", notes.join("; ")),
        _ => String::new(),
    }
}
