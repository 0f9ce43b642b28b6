//! Whether a contract has anything to take in, and files that stay where they are although somebody may wait for them.
use std::path::PathBuf;

use super::pending::{Selection, find};
use super::{Ingest, IngestError, Outcome, Report};
use crate::contract::Contract;
use crate::ledger::{Delivery, DeliveryStatus, NOT_HELD};

/// A file of the landing folder that is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Left {
    /// Relative to the landing folder.
    pub file: PathBuf,
    /// Why, and what to do.
    pub why: String,
}

impl Left {
    /// A file of a contract that nothing takes in by itself.
    pub fn unscheduled(file: PathBuf, contract: &str) -> Self {
        let why = format!("the contract {contract} has no `schedule`: `sluis ingest {contract}` takes it in");
        Self { file, why }
    }

    /// A file that no contract takes.
    pub fn unmatched(file: PathBuf) -> Self {
        let why = "no pipeline takes it: the `files` of the contracts in pipelines/ say which are taken".to_owned();
        Self { file, why }
    }
}

/// What ingest would do with the files of a contract.
#[derive(Debug, Default)]
pub struct Pending {
    /// Files that it would take.
    pub files: Vec<PathBuf>,
    /// Files that it would leave although somebody may wait for them.
    pub left: Vec<Left>,
}

/// What ingest would do with the files of a contract: take them, or leave those whose name or kind does not do, and those
/// that were put back with bytes that a correction has superseded. Nothing is written.
///
/// # Errors
/// When the landing folder or the ledger cannot be read.
pub fn pending(ingest: &Ingest<'_>, contract: &Contract) -> Result<Pending, IngestError> {
    let (candidates, reports) = find(ingest, contract, &Selection::default())?;
    let published = ingest.ledger.deliveries(Some(&contract.name))?;
    let published: Vec<&Delivery> = published
        .iter()
        .filter(|one| one.status == DeliveryStatus::Published)
        .collect();
    let left = reports.iter().filter_map(|report| match &report.outcome {
        Outcome::Skipped(_) if !is_back(report, &published) => None,
        Outcome::Skipped(why) | Outcome::Unfit(why) => Some(Left {
            file: PathBuf::from(&report.file),
            why: why.clone(),
        }),
        _ => None,
    });
    Ok(Pending {
        files: candidates.into_iter().map(|candidate| candidate.relative).collect(),
        left: left.collect(),
    })
}

/// Whether superseded bytes stand in the place of those that superseded them, or have come under another name. Where they
/// have lain all the time there is nothing to tell.
fn is_back(report: &Report, published: &[&Delivery]) -> bool {
    let known = &report.delivery;
    let mut instead = published.iter().filter(|one| one.period == known.period);
    let taken_out = known.reason.as_ref().is_some_and(|reason| reason.starts_with(NOT_HELD));
    known.status == DeliveryStatus::Superseded
        && (taken_out || report.file != known.file || instead.any(|one| one.file == report.file))
}
