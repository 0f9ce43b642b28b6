//! Whether a contract has anything to take in, and files that stay where they are although somebody may wait for them.
use std::path::PathBuf;

use super::pending::{Selection, find};
use super::{Ingest, IngestError, Outcome, Report};
use crate::contract::Contract;
use crate::ledger::{Delivery, DeliveryStatus};

/// A file of the landing folder that is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Left {
    /// Relative to the landing folder.
    pub file: PathBuf,
    /// Why, and what to do.
    pub why: String,
}

impl Left {
    /// A file that no contract takes.
    pub fn unmatched(file: PathBuf) -> Self {
        let why = "no pipeline takes it: the `files` of the contracts in pipelines/ say which are taken".to_owned();
        Self { file, why }
    }
}

/// Whether ingest would take anything of a contract, and files that it would leave although they look newer than what is
/// published: those that were put back with bytes that a correction has superseded. Nothing is written.
///
/// # Errors
/// When the landing folder or the ledger cannot be read.
pub fn pending(ingest: &Ingest<'_>, contract: &Contract) -> Result<(bool, Vec<Left>), IngestError> {
    let (candidates, reports) = find(ingest, contract, &Selection::default())?;
    // what is refused by its name alone is to be told of too
    let refused = |report: &Report| matches!(report.outcome, Outcome::Rejected(_));
    let pending = !candidates.is_empty() || reports.iter().any(refused);
    if reports
        .iter()
        .all(|report| report.delivery.status != DeliveryStatus::Superseded)
    {
        return Ok((pending, Vec::new()));
    }
    let published = ingest.ledger.deliveries(Some(&contract.name))?;
    let published: Vec<&Delivery> = published
        .iter()
        .filter(|one| one.status == DeliveryStatus::Published)
        .collect();
    let left = reports.iter().filter_map(|report| match &report.outcome {
        Outcome::Skipped(why) if is_back(report, &published) => Some(Left {
            file: PathBuf::from(&report.file),
            why: why.clone(),
        }),
        _ => None,
    });
    Ok((pending, left.collect()))
}

/// Whether superseded bytes stand in the place of those that superseded them, or have come under another name. Where they
/// have lain all the time there is nothing to tell.
fn is_back(report: &Report, published: &[&Delivery]) -> bool {
    let known = &report.delivery;
    let mut instead = published.iter().filter(|one| one.period == known.period);
    known.status == DeliveryStatus::Superseded
        && (report.file != known.file || instead.any(|one| one.file == report.file))
}
