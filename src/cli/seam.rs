//! The commands' view of the parts that do the work: what they ask, and what they get to print.
use std::path::PathBuf;

use serde::Serialize;

use super::{Context, Failure};
use crate::diagnostic::Problem;
use crate::ledger::{Delivery, Run};

/// What to take in.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these pipelines; empty is all.
    pub pipelines: Vec<String>,
    /// Only this file (absolute), whether it is pending or not.
    pub file: Option<PathBuf>,
    /// Read and check, write nothing.
    pub dry_run: bool,
    /// Read the file of this delivery (its id) again: replay of its quarantine.
    pub replay: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its rows are in the published table.
    Published,
    /// Dry run: it would be published.
    Accepted,
    /// The same bytes were taken before.
    Skipped,
    /// Refused for what is in it.
    Rejected,
    /// Something else went wrong.
    Failed,
}

impl Outcome {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Accepted => "accepted",
            Self::Skipped => "skipped",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// One file, as `sluis ingest` reports it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What became of it.
    pub outcome: Outcome,
    /// The delivery, as it is (or in a dry run would be) in the ledger; its `reason` says why it was not published.
    pub delivery: Delivery,
    /// What else is worth knowing: warnings of drift, repairs, references; the first places of a refusal. No values of
    /// persons.
    pub notes: Vec<String>,
}

/// Takes in what is pending.
pub fn ingest_all(_context: &Context, _run: &Run, _selection: &Selection) -> Result<Vec<Report>, Failure> {
    Err(Failure::refused("ingest is not in this build"))
}

/// What `sluis validate` looked at and found.
#[derive(Debug, Default, Serialize)]
pub struct Validation {
    /// Number of contracts.
    pub contracts: u64,
    /// Number of models.
    pub models: u64,
    /// Every problem.
    pub problems: Vec<Problem>,
}

/// Checks contracts and models without touching data.
pub fn validate(_context: &Context) -> Result<Validation, Failure> {
    Err(Failure::refused("validation is not in this build"))
}

/// Rows of a delivery that were set aside for one reason.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantineCount {
    /// The delivery's id.
    pub delivery: String,
    /// The contract.
    pub pipeline: String,
    /// The file, relative to `landing/`.
    pub file: String,
    /// The column, empty for a check of the whole row.
    pub column_name: String,
    /// The rule that was broken.
    pub rule: String,
    /// How many rows.
    pub rows: u64,
}

/// A row that was set aside; persons are pseudonyms, tagged columns masked.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantinedRow {
    /// Line in the file, from 1.
    pub line: i64,
    /// The column, empty for a check of the whole row.
    pub column_name: String,
    /// The rule that was broken.
    pub rule: String,
    /// Pseudonyms of the row's persons.
    pub keys: String,
    /// The row as JSON.
    pub row: String,
    /// When.
    pub quarantined_at: String,
}

/// All quarantined rows, counted.
pub fn quarantine_counts(_context: &Context) -> Result<Vec<QuarantineCount>, Failure> {
    Ok(Vec::new())
}

/// The first quarantined rows of a delivery, by line.
pub fn quarantined_rows(_context: &Context, _delivery: &str, _limit: usize) -> Result<Vec<QuarantinedRow>, Failure> {
    Ok(Vec::new())
}
