//! Which files of the landing folder are still to be taken in.
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::landing::listing;
use super::report::{Outcome, Report};
use super::stretch::Stretch;
use super::{Ingest, IngestError, versions};
use crate::contract::files::FileRule;
use crate::contract::{BUDGET, Contract};
use crate::ledger::{Delivery, DeliveryStatus};
use crate::source::SourceError;
use crate::source::open::{Opened, open_beneath};

/// Which deliveries to take.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these files, relative to the landing folder; all of them when empty.
    pub files: Vec<PathBuf>,
    /// Deliveries to read again though they are known, by id.
    pub again: Vec<String>,
    /// Only deliveries that this is about; those that are published are read again.
    pub stretch: Option<Stretch>,
    /// Only files that were last written before this.
    pub before: Option<DateTime<Utc>>,
}

/// A file to take in.
pub struct Candidate {
    /// Relative to the landing folder.
    pub relative: PathBuf,
    /// The open file.
    pub opened: Opened,
    /// The contract's rule for it.
    pub rule: FileRule,
    /// The period its name tells.
    pub period: Option<String>,
    /// The version of the period's delivery that its name tells.
    pub version: Option<u64>,
    /// What is said of it once it is taken.
    pub notes: Vec<String>,
}

/// The candidates of a contract, the highest version and then the newest first, and reports of the files that are not.
///
/// # Errors
/// When the landing folder or the ledger cannot be read.
pub fn find(
    ingest: &Ingest<'_>,
    contract: &Contract,
    selection: &Selection,
) -> Result<(Vec<Candidate>, Vec<Report>), IngestError> {
    let landing = ingest.project.landing();
    let mut known = ingest.ledger.deliveries(Some(&contract.name))?;
    let (mut candidates, mut reports) = (Vec::new(), Vec::new());
    let files = if selection.files.is_empty() {
        listing(&landing)?
    } else {
        selection.files.clone()
    };
    for relative in files {
        let text = relative.to_string_lossy().into_owned();
        let Some(rule) = contract.rule_for(&text) else { continue };
        let opened = match open_beneath(&landing, &relative) {
            Ok(opened) => opened,
            Err(error @ SourceError::Refused { .. }) => {
                let reason = error.to_string();
                let reason = reason.strip_prefix(&format!("{text}: ")).unwrap_or(&reason);
                let outcome = Outcome::Unfit(reason.to_owned());
                reports.push(report(ingest, contract, &text, outcome, None));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let age = ingest.now.timestamp().saturating_sub_unsigned(opened.modified);
        let settle = ingest.project.settings.ingest.stable_seconds;
        if settle > 0 && age < i64::try_from(settle).unwrap_or(i64::MAX) {
            reports.push(report(ingest, contract, &text, Outcome::Waiting, None));
            continue;
        }
        let written = i64::try_from(opened.modified).unwrap_or(i64::MAX);
        if selection.before.is_some_and(|before| written >= before.timestamp()) {
            continue;
        }
        let name = relative.file_name().unwrap_or_default().to_string_lossy();
        let period = rule.period.as_ref().and_then(|pattern| pattern.period(&name));
        if rule.period.is_some() && period.is_none() {
            let reason = "the file's name does not tell its period; see `period` in the contract".to_owned();
            reports.push(report(ingest, contract, &text, Outcome::Unfit(reason), None));
            continue;
        }
        let about = |stretch: Stretch| stretch.is_about(period.as_deref(), opened.modified);
        if !selection.stretch.is_none_or(about) {
            continue;
        }
        let version = rule.version_of(&text);
        if rule.version.is_some() && version.is_none() {
            let reason = "the file's name does not tell its version; see `version` in the contract".to_owned();
            reports.push(report(ingest, contract, &text, Outcome::Unfit(reason), None));
            continue;
        }
        let told = before(ingest, &known, contract, &relative, &opened, selection)?;
        match told.filter(|(delivery, _)| !versions::comes_back(contract, delivery, version, period.as_deref())) {
            Some((delivery, why)) => {
                let why = match delivery.period == period || contract.period_column.is_some() {
                    true => why,
                    false => format!("{why}{}", elsewhere(&delivery)),
                };
                let higher = versions::is_higher(contract, &delivery, version);
                if higher || delivery.file_stamp.as_deref() != Some(&opened.stamp) {
                    let mut stamped = Delivery {
                        file_stamp: Some(opened.stamp.clone()),
                        ..delivery.clone()
                    };
                    if higher {
                        (stamped.file, stamped.file_version) = (text.clone(), version);
                    }
                    if !ingest.dry_run {
                        ingest.ledger.put_delivery(&stamped)?;
                    }
                    let same = known.iter_mut().filter(|one| one.id == stamped.id);
                    same.for_each(|one| stamped.clone_into(one));
                }
                reports.push(report(ingest, contract, &text, Outcome::Skipped(why), Some(delivery)));
            }
            None => {
                let mut candidate = Candidate {
                    relative,
                    opened,
                    rule: rule.clone(),
                    period,
                    version,
                    notes: Vec::new(),
                };
                candidate.notes = versions::notes(contract, &known, &candidate);
                candidates.push(candidate);
            }
        }
    }
    // only now: what is published may have come again under a higher number
    let mut left = Vec::new();
    for candidate in candidates {
        match versions::higher(contract, &known, &candidate) {
            Some(higher) => reports.push(versions::superseded(ingest, contract, &candidate, Some(higher))?),
            None => left.push(candidate),
        }
    }
    let mut candidates = left;
    let rank = |one: &Candidate| (one.version, one.opened.modified, one.relative.clone());
    candidates.sort_by_key(|candidate| std::cmp::Reverse(rank(candidate)));
    Ok((candidates, reports))
}

/// What is known of these bytes, when that settles the matter.
fn before(
    ingest: &Ingest<'_>,
    known: &[Delivery],
    contract: &Contract,
    relative: &Path,
    opened: &Opened,
    selection: &Selection,
) -> Result<Option<(Delivery, String)>, IngestError> {
    let same_stamp = known
        .iter()
        .find(|delivery| delivery.file_stamp.as_deref() == Some(&opened.stamp));
    let delivery = match same_stamp {
        Some(delivery) => Some(delivery),
        // Only a file of the same size can hold the same bytes.
        None if known.iter().any(|delivery| delivery.bytes == opened.bytes) => {
            let mut again = open_beneath(&ingest.project.landing(), relative)?;
            let mut hasher = blake3::Hasher::new();
            let io = |source| SourceError::Io {
                path: relative.to_owned(),
                offset: 0,
                source,
            };
            std::io::copy(&mut again.file, &mut hasher).map_err(io)?;
            let content = hasher.finalize().to_hex().to_string();
            known.iter().find(|delivery| delivery.content == content)
        }
        None => None,
    };
    let Some(delivery) = delivery.filter(|delivery| !selection.again.contains(&delivery.id)) else {
        return Ok(None);
    };
    let same_contract = delivery.contract == contract.fingerprint;
    let when = delivery.received_at.format("%Y-%m-%d %H:%MZ");
    let why = match delivery.status {
        DeliveryStatus::Published if selection.stretch.is_some() => return Ok(None),
        DeliveryStatus::Published if same_contract => format!("the same bytes were published on {when}"),
        DeliveryStatus::Superseded if selection.files.is_empty() => match &delivery.reason {
            Some(reason) => format!("these bytes were not taken on {when}: {reason}"),
            None => format!(
                "these bytes of {when} were superseded by a correction; to take them back name the file with --file"
            ),
        },
        DeliveryStatus::Rejected
            if same_contract
                && selection.files.is_empty()
                && !other_budget(contract, delivery)
                && !others_came(ingest, contract, delivery)? =>
        {
            format!(
                "the same bytes were rejected on {when} under the same contract; mend the contract or name the file with --file"
            )
        }
        _ => return Ok(None),
    };
    Ok(Some((delivery.clone(), why)))
}

/// Whether a delivery was rejected under another budget than that of now, which is no part of the contract's fingerprint.
fn other_budget(contract: &Contract, delivery: &Delivery) -> bool {
    let reason = delivery.reason.as_deref().unwrap_or_default();
    reason.contains(BUDGET) && !reason.contains(&contract.max_rejected.told())
}

/// What is said besides of known bytes that come under the name of another period: rows that hold it are not made again.
fn elsewhere(known: &Delivery) -> String {
    let of = known.period.as_ref().map(|period| format!(" as {period}"));
    format!(
        "{}, from {}: is one of the names wrong?",
        of.unwrap_or_default(),
        known.file
    )
}

/// Whether a table the contract refers to was published after the delivery was judged: its orphans may have come.
fn others_came(ingest: &Ingest<'_>, contract: &Contract, delivery: &Delivery) -> Result<bool, IngestError> {
    for reference in contract
        .references
        .iter()
        .filter(|reference| reference.to.schema != "ref")
    {
        let current = ingest.lake.current(&reference.to)?;
        // The ledger keeps microseconds.
        let judged = delivery.received_at.timestamp_micros();
        if current.is_some_and(|manifest| manifest.created_at.timestamp_micros() > judged) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A report of a file that was not read.
fn report(ingest: &Ingest<'_>, contract: &Contract, file: &str, outcome: Outcome, known: Option<Delivery>) -> Report {
    let found = || Delivery::found(&contract.name, file, &contract.fingerprint, ingest.run, ingest.now);
    let delivery = known.unwrap_or_else(found);
    Report {
        file: file.to_owned(),
        delivery,
        outcome,
        notes: Vec::new(),
        faults: Vec::new(),
        places: Vec::new(),
    }
}
