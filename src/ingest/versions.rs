//! Several deliveries for one period: of numbered versions the highest counts, of others the newest.
use super::pending::Candidate;
use super::report::{Outcome, Report};
use super::{Ingest, IngestError, delivery};
use crate::contract::Contract;
use crate::ledger::{Delivery, DeliveryStatus};

/// The version of a known delivery by the name of its file: contracts may ask for versions later than they were taken.
fn version_of(contract: &Contract, known: &Delivery) -> Option<u64> {
    contract.rule_for(&known.file)?.version_of(&known.file)
}

/// Whether these known bytes have a higher version now than they had.
pub fn is_higher(contract: &Contract, known: &Delivery, version: Option<u64>) -> bool {
    version.is_some() && version > version_of(contract, known)
}

/// Whether bytes that were superseded come again as something else: under a higher version, as from a supplier who takes
/// a change back, or as a version of another period.
pub fn comes_back(contract: &Contract, known: &Delivery, version: Option<u64>, period: Option<&str>) -> bool {
    let other = version.is_some() && known.period.as_deref() != period;
    known.status == DeliveryStatus::Superseded && (other || is_higher(contract, known, version))
}

/// What is published for the candidate's period, with its version.
fn published<'d>(
    contract: &Contract,
    known: &'d [Delivery],
    candidate: &Candidate,
) -> impl Iterator<Item = (u64, &'d Delivery)> {
    let same = |one: &&Delivery| one.status == DeliveryStatus::Published && one.period == candidate.period;
    let versions = known.iter().filter(same);
    versions.filter_map(|one| Some((version_of(contract, one)?, one)))
}

/// The version that is published for the candidate's period, if it is higher than the candidate's own.
pub fn higher(contract: &Contract, known: &[Delivery], candidate: &Candidate) -> Option<u64> {
    let highest = published(contract, known, candidate).map(|(version, _)| version).max();
    highest.filter(|_| candidate.version.is_some() && highest > candidate.version)
}

/// What is said of a version that takes the place of a lower one.
pub fn note(taken: u64, lower: u64, file: &str) -> String {
    format!("version {taken} was taken instead of version {lower} ({file})")
}

/// What is said of a candidate that takes the place of lower versions that are published.
pub fn notes(contract: &Contract, known: &[Delivery], candidate: &Candidate) -> Vec<String> {
    let Some(version) = candidate.version else {
        return Vec::new();
    };
    let lower = published(contract, known, candidate).filter(|(lower, _)| *lower < version);
    lower.map(|(lower, one)| note(version, lower, &one.file)).collect()
}

/// A delivery that another one of the same period replaces before it was ever read: one with a higher version, or else a
/// newer one.
///
/// # Errors
/// When its file cannot be read.
pub fn superseded(
    ingest: &Ingest<'_>,
    contract: &Contract,
    candidate: &Candidate,
    by: Option<u64>,
) -> Result<Report, IngestError> {
    let file = candidate.relative.to_string_lossy().into_owned();
    let content = delivery::content_of(ingest, &candidate.relative)?;
    let reason = match by.filter(|_| by > candidate.version) {
        Some(version) => format!("superseded by version {version}"),
        None => "a newer file for the same period was taken instead".to_owned(),
    };
    let delivery = Delivery {
        id: Delivery::id_of(&contract.name, &content),
        content,
        period: candidate.period.clone(),
        file_version: candidate.version,
        bytes: candidate.opened.bytes,
        file_stamp: Some(candidate.opened.stamp.clone()),
        status: DeliveryStatus::Superseded,
        reason: Some(reason),
        ..Delivery::found(&contract.name, &file, &contract.fingerprint, ingest.run, ingest.now)
    };
    Ok(Report {
        file,
        delivery,
        outcome: Outcome::Superseded,
        notes: Vec::new(),
        faults: Vec::new(),
        places: Vec::new(),
    })
}
