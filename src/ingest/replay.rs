//! A delivery read again: only the lines that were set aside, where that gives what reading all of it would.
//!
//! That is so when the contract changed only in letting more rows through, when each line is one row, and when nothing is
//! asked of the delivery's rows together. In any other case the whole delivery is read, and the report says why.
use std::collections::BTreeMap;

use arrow::datatypes::Schema;

use super::delivery::{self, Read};
use super::pending::{Candidate, Selection};
use super::{Ingest, IngestError, quarantine_table};
use crate::contract::Contract;
use crate::contract::format::Format;
use crate::lake::{Draft, FileEntry, Manifest};
use crate::ledger::{Delivery, DeliveryStatus};
use crate::source::open::open_beneath;

/// The lines of a delivery that are to be read again.
pub struct Again {
    /// The delivery as it stands.
    pub known: Delivery,
    /// The lines, sorted.
    pub lines: Vec<u64>,
    /// Lines at the front of the file that are no rows.
    pub head: u64,
}

impl Again {
    /// The line of the file that stands on this line of what is read.
    pub fn line(&self, read: u64) -> u64 {
        let place = read
            .checked_sub(self.head + 1)
            .and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.lines.get(place)).copied().unwrap_or(read)
    }
}

/// The delivery that is to be read again, when this candidate is one.
///
/// # Errors
/// When the ledger cannot be read.
pub fn of(ingest: &Ingest<'_>, selection: &Selection, candidate: &Candidate) -> Result<Option<Delivery>, IngestError> {
    for id in &selection.again {
        let known = ingest.ledger.delivery(id)?;
        if let Some(known) = known.filter(|known| candidate.relative.as_os_str() == known.file.as_str()) {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Reads a delivery again.
///
/// # Errors
/// As [`delivery::read`].
pub fn read(
    ingest: &Ingest<'_>,
    contract: &Contract,
    candidate: Candidate,
    draft: &Draft,
    known: Delivery,
) -> Result<Read, IngestError> {
    let parent = draft.parent().cloned();
    let planned = lines(ingest, contract, parent.as_deref(), &candidate, known)?;
    let why = match (planned, parent) {
        (Ok(again), Some(parent)) => {
            let opened = open_beneath(&ingest.project.landing(), &candidate.relative)?;
            let same = Candidate {
                relative: candidate.relative.clone(),
                opened,
                rule: candidate.rule.clone(),
                period: candidate.period.clone(),
                version: candidate.version,
                notes: candidate.notes.clone(),
            };
            let mut read = delivery::read(ingest, contract, same, draft, Some(&again))?;
            match differs(contract, &read, &again, &parent) {
                None => {
                    let number = again.lines.len();
                    let note = format!(
                        "only the lines that were set aside ({number}) were read again; what was staged stays as it is"
                    );
                    read.report.notes.insert(0, note);
                    let periods = again.known.period.iter().flat_map(|known| known.split(' '));
                    if contract.period_column.is_some() {
                        read.periods.extend(periods.map(ToOwned::to_owned));
                    }
                    read.amends = true;
                    return Ok(read);
                }
                Some(why) => why,
            }
        }
        (Err(why), _) => why,
        (Ok(_), None) => "nothing of it is published",
    };
    let mut read = delivery::read(ingest, contract, candidate, draft, None)?;
    let note = format!("the whole delivery was read again: {why}");
    read.report.notes.insert(0, note);
    Ok(read)
}

/// The lines that are enough to read, or why they are not.
fn lines(
    ingest: &Ingest<'_>,
    contract: &Contract,
    parent: Option<&Manifest>,
    candidate: &Candidate,
    known: Delivery,
) -> Result<Result<Again, &'static str>, IngestError> {
    if known.status != DeliveryStatus::Published {
        return Ok(Err("nothing of it is published"));
    }
    let in_table: u64 = parent
        .iter()
        .flat_map(|parent| of_delivery(parent, &known.id))
        .map(|file| file.rows)
        .sum();
    if in_table != known.rows_staged || parent.is_some_and(|parent| parent.restores.is_some()) {
        return Ok(Err("the table no longer has the rows it brought"));
    }
    let newlines = matches!(&contract.format, Format::Delimited(delimited) if delimited.quoted_newlines);
    if contract.unpivot.is_some() || contract.unpack.is_some() || newlines {
        return Ok(Err("a line of it is not always one row"));
    }
    if !contract.unique.is_empty() {
        return Ok(Err("the contract has keys that are unique within the whole delivery"));
    }
    if known.contract != contract.fingerprint {
        let old = ingest.ledger.contract(&known.contract)?;
        if !old.is_some_and(|old| crate::contract::only_looser(&old, &contract.rules)) {
            return Ok(Err(
                "the contract changed in more than letting rows through that were set aside",
            ));
        }
    }
    if contract.period_column.is_none() && candidate.period != known.period {
        return Ok(Err("it is about another period now"));
    }
    let lines = quarantine_table::lines(ingest.lake, &known.id)?;
    if u64::try_from(lines.len()).ok() != Some(known.rows_quarantined) {
        return Ok(Err("what was set aside of it is not there any more"));
    }
    Ok(Ok(Again {
        lines,
        head: super::source::head(&contract.format),
        known,
    }))
}

/// Why what was read cannot be put beside what is in the table, if it cannot.
fn differs(contract: &Contract, read: &Read, again: &Again, parent: &Manifest) -> Option<&'static str> {
    // A refused delivery changes nothing.
    if !read.accepted() {
        return None;
    }
    let (found, known) = (&read.report.delivery, &again.known);
    if found.content != known.content || found.rows_in != known.rows_in {
        return Some("its lines are not where they were");
    }
    let schema = read.schema.as_deref()?;
    if shape(schema) != shape(&parent.schema) {
        return Some("the columns of the table or their keys changed");
    }
    let others = parent
        .files
        .iter()
        .filter(|file| file.tags.delivery.as_ref() != Some(&known.id));
    let mut periods = others.filter_map(|file| file.tags.period.as_ref());
    if contract.period_column.is_some() && periods.any(|period| read.periods.contains(period)) {
        return Some("another delivery has brought the period of a line that was set aside");
    }
    None
}

/// The files of a table that a delivery brought.
pub fn of_delivery<'m>(manifest: &'m Manifest, id: &'m str) -> impl Iterator<Item = &'m FileEntry> {
    manifest
        .files
        .iter()
        .filter(move |file| file.tags.delivery.as_deref() == Some(id))
}

/// Columns with their types and what is known of their keys; what only describes them is left out.
fn shape(schema: &Schema) -> Vec<(&str, String, BTreeMap<&str, &str>)> {
    let fields = schema.fields().iter().map(|field| {
        let notes = field.metadata().iter().map(|(key, note)| (key.as_str(), note.as_str()));
        let notes = notes.filter(|(key, _)| !matches!(*key, "description" | "unit"));
        (field.name().as_str(), field.data_type().to_string(), notes.collect())
    });
    fields.collect()
}
