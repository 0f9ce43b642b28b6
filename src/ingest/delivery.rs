//! One delivery: read, checked, encoded into the draft, accepted or refused.
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use tempfile::TempPath;

use super::collect::{Collected, Collector};
use super::job::Job;
use super::pending::Candidate;
use super::replay::Again;
use super::report::{FaultCount, Outcome, Place, Report, dropped_note, items_note, repair_notes};
use super::verdict::verdict;
use super::{Ingest, IngestError, pipeline, source};
use crate::contract::Contract;
use crate::contract::column::{Column, Kind};
use crate::contract::value_labels::Lists;
use crate::lake::{Draft, DraftFile};
use crate::ledger::Delivery;
use crate::pseudonym::Pseudonymiser;
use crate::source::SourceError;
use crate::source::open::open_beneath;
use crate::telemetry::Task;

/// A delivery that was read to its end, or refused.
pub struct Read {
    /// The account.
    pub report: Report,
    /// The schema of its files, with key metadata.
    pub schema: Option<SchemaRef>,
    /// Its files by partition values, when it is accepted.
    pub files: Vec<(Vec<String>, DraftFile)>,
    /// The values of the period column it holds, when the contract has one.
    pub periods: BTreeSet<String>,
    /// Rows set aside, in a file of the spill folder.
    pub aside: Option<TempPath>,
    /// Whether the files come beside those that the delivery has in the table.
    pub amends: bool,
    /// What its codes stand for, when it says so.
    pub labels: Option<Lists>,
}

impl Read {
    /// Whether it may be published.
    pub fn accepted(&self) -> bool {
        self.report.outcome == Outcome::DryRun
    }

    /// Refuses the delivery after all.
    pub fn refuse(&mut self, reason: String) {
        self.report.delivery.rows_staged = 0;
        self.report.delivery.reason = Some(reason.clone());
        self.report.outcome = Outcome::Rejected(reason);
        self.files.clear();
    }

    /// Leaves out the files of periods that a newer delivery of this run has brought.
    pub fn without(&mut self, newer: &BTreeSet<String>, place: Option<usize>) {
        if let Some(place) = place {
            self.files.retain(|(values, _)| !newer.contains(&values[place]));
        }
    }
}

/// Reads a delivery, or only some of its lines again; nothing is published yet.
///
/// # Errors
/// What is not the delivery's fault: the system, the lake, the keys, or the user stopping.
pub fn read(
    ingest: &Ingest<'_>,
    contract: &Contract,
    candidate: Candidate,
    draft: &Draft,
    again: Option<&Again>,
) -> Result<Read, IngestError> {
    let started = std::time::Instant::now();
    let relative = candidate.relative.clone();
    let shown = relative.to_string_lossy().into_owned();
    let task = ingest
        .progress
        .task(&contract.name, &shown, Some(candidate.opened.bytes));
    task.step("reading");
    let mut delivery = Delivery {
        period: candidate.period.clone(),
        file_version: candidate.version,
        bytes: candidate.opened.bytes,
        file_stamp: Some(candidate.opened.stamp.clone()),
        ..Delivery::found(&contract.name, &shown, &contract.fingerprint, ingest.run, ingest.now)
    };
    let pass = Pass {
        duplicates: Vec::new(),
        again,
    };
    let outcome = attempt(ingest, contract, candidate, draft, &task, &mut delivery, pass);
    delivery.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    delivery.finished_at = ingest
        .now
        .checked_add_signed(chrono::TimeDelta::from_std(started.elapsed()).unwrap_or_default());
    let attempt = match outcome {
        Ok(attempt) => attempt,
        Err(IngestError::Source(error @ (SourceError::Damaged { .. } | SourceError::Refused { .. }))) => {
            refused(error.to_string())
        }
        Err(error) => return Err(error),
    };
    if delivery.content.is_empty() {
        delivery.content = content_of(ingest, &relative)?;
    }
    delivery.id = Delivery::id_of(&contract.name, &delivery.content);
    delivery.reason = match &attempt.outcome {
        Outcome::Rejected(reason) => Some(reason.clone()),
        _ => None,
    };
    task.step(if delivery.reason.is_some() {
        "rejected"
    } else {
        "staged"
    });
    let Attempt {
        outcome,
        notes,
        faults,
        places,
        schema,
        files,
        periods,
        aside,
        labels,
    } = attempt;
    Ok(Read {
        report: Report {
            file: delivery.file.clone(),
            delivery,
            outcome,
            notes,
            faults,
            places,
        },
        schema,
        files,
        periods,
        aside,
        amends: false,
        labels,
    })
}

/// A delivery that is refused before any row is read.
fn refused(reason: String) -> Attempt {
    Attempt {
        outcome: Outcome::Rejected(reason),
        ..Attempt::default()
    }
}

/// What one reading of a delivery came to.
#[derive(Default)]
struct Attempt {
    outcome: Outcome,
    notes: Vec<String>,
    faults: Vec<FaultCount>,
    places: Vec<Place>,
    schema: Option<SchemaRef>,
    files: Vec<(Vec<String>, DraftFile)>,
    periods: BTreeSet<String>,
    aside: Option<TempPath>,
    labels: Option<Lists>,
}

/// How a delivery is read.
struct Pass<'a> {
    /// Lines that break uniqueness, known from an earlier reading; sorted.
    duplicates: Vec<u64>,
    /// The lines to read, when not all of them.
    again: Option<&'a Again>,
}

fn attempt(
    ingest: &Ingest<'_>,
    contract: &Contract,
    candidate: Candidate,
    draft: &Draft,
    task: &Task,
    delivery: &mut Delivery,
    pass: Pass<'_>,
) -> Result<Attempt, IngestError> {
    let Candidate {
        relative,
        opened,
        rule,
        period,
        version,
        notes: told,
    } = candidate;
    let Pass { duplicates, again } = pass;
    let only = again.map(|again| again.lines.as_slice());
    let opened = source::open(ingest, contract, &rule, &relative, opened, period.as_deref(), only)?;
    let source = match opened {
        Ok(source) => source,
        Err(reason) => return Ok(refused(reason)),
    };
    let settings = &ingest.project.settings;
    let max_field = usize::try_from(settings.ingest.max_field_bytes.0).unwrap_or(usize::MAX);
    let (notes, labels) = (source.mapping.notes.clone(), source.labels);
    let mut job = Job::new(
        contract,
        source.mapping,
        source.encoding,
        max_field,
        pseudonymisers(ingest, contract)?,
        &settings.keys,
    )?;
    let second_pass = !duplicates.is_empty();
    job.duplicate_rows = duplicates;
    let threads = match settings.ingest.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let mut collector = Collector::new(ingest, &job, draft, relative.clone(), task.clone());
    collector.unended = source.unended;
    pipeline::run(
        &job,
        source.reader,
        source.first,
        threads,
        ingest.cancel,
        |mut segment| {
            if let Some(again) = again {
                segment
                    .rejected
                    .iter_mut()
                    .for_each(|row| row.line = again.line(row.line));
            }
            collector.take(segment)?;
            Ok(if collector.over_budget || collector.undeclared_keys.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        },
    )?;
    if let Some(reason) = collector.undeclared_keys {
        return Ok(refused(reason));
    }
    let complete = !collector.over_budget;
    if complete {
        delivery.content = source.hash.finish();
    }
    let Collected {
        files,
        aside,
        duplicate_rows,
    } = collector.finish(threads)?;
    if complete && !second_pass && !duplicate_rows.is_empty() {
        // Which of two rows with one key is right cannot be known: both are set aside, on a second reading.
        drop((files, aside));
        let opened = open_beneath(&ingest.project.landing(), &relative)?;
        let same = Candidate {
            relative,
            opened,
            rule,
            period,
            version,
            notes: told,
        };
        let pass = Pass {
            duplicates: duplicate_rows,
            again,
        };
        return attempt(ingest, contract, same, draft, task, delivery, pass);
    }
    // Of a delivery read again only in part, the other rows are where they were.
    let (staged, dropped) = again.map_or((0, 0), |again| (again.known.rows_staged, again.known.rows_dropped));
    delivery.rows_in = staged + dropped + collector.rows_in;
    delivery.rows_staged = staged + collector.rows_staged;
    delivery.rows_dropped = dropped + collector.rows_dropped;
    delivery.rows_quarantined = collector.rows_quarantined;
    let mut notes: Vec<String> = told
        .into_iter()
        .chain(notes)
        .chain(repair_notes(&collector.repaired, collector.nulled))
        .chain(dropped_note(collector.rows_dropped))
        .chain(items_note(contract, collector.without_items))
        .collect();
    let outcome = verdict(contract, &collector, delivery, complete, &mut notes);
    let accepted = matches!(outcome, Outcome::DryRun);
    let periods = contract
        .period_place()
        .map(|place| files.iter().map(|(values, _)| values[place].clone()).collect())
        .unwrap_or_default();
    if !accepted {
        delivery.rows_staged = 0;
    }
    Ok(Attempt {
        outcome,
        notes,
        faults: collector.faults.list(),
        places: collector.places.clone(),
        schema: Some(job.stored.clone()),
        files: if accepted { files } else { Vec::new() },
        periods,
        aside,
        labels: labels.filter(|_| accepted),
    })
}

fn pseudonymisers(ingest: &Ingest<'_>, contract: &Contract) -> Result<HashMap<usize, Pseudonymiser>, IngestError> {
    let mut found = HashMap::new();
    for (place, column) in contract.columns.iter().enumerate() {
        if let Column {
            kind: Kind::PersonKey(rule),
            ..
        } = column
        {
            let ring = (ingest.keys)()?;
            found.insert(
                place,
                Pseudonymiser::new(&ring, rule.id, &ingest.project.settings.keys.domain)?,
            );
        }
    }
    Ok(found)
}

/// The content hash of a file that was not read to its end.
pub fn content_of(ingest: &Ingest<'_>, relative: &std::path::Path) -> Result<String, IngestError> {
    let mut opened = open_beneath(&ingest.project.landing(), relative)?;
    let mut hasher = blake3::Hasher::new();
    let io = |source| SourceError::Io {
        path: relative.to_owned(),
        offset: 0,
        source,
    };
    std::io::copy(&mut opened.file, &mut hasher).map_err(io)?;
    Ok(hasher.finalize().to_hex().to_string())
}
