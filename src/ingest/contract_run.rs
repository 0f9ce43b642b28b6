//! All pending deliveries of one contract, published in one step.
use std::collections::{BTreeMap, BTreeSet};

use super::delivery::{self, Read};
use super::pending::{self, Candidate, Selection};
use super::quarantine_table::{self, SetAside};
use super::report::{Outcome, Report};
use super::{Ingest, IngestError, references, replay, versions};
use crate::contract::Contract;
use crate::contract::value_labels::{self, ValueLabels};
use crate::lake::{Draft, FileEntry, FileTags, PublicationMeta};
use crate::ledger::{Delivery, DeliveryStatus};

/// Takes in what is pending of a contract and publishes it as one version of its table.
///
/// The newest delivery of a period counts; older ones for the same period are superseded without being read. Order of
/// publishing: quarantine, table, ledger. A crash in between leaves the delivery pending, and reading it again gives
/// the same bytes.
///
/// # Errors
/// What is not a delivery's fault; nothing of the contract is then published.
pub fn ingest_contract(
    ingest: &Ingest<'_>,
    contract: &Contract,
    selection: &Selection,
) -> Result<Vec<Report>, IngestError> {
    let (candidates, mut reports) = pending::find(ingest, contract, selection)?;
    if candidates.is_empty() {
        return Ok(reports);
    }
    let mut draft = ingest.lake.draft(&contract.table())?;
    let (mut taken, mut audits) = (Taken::default(), Vec::new());
    let known = draft.parent().and_then(|parent| ValueLabels::of(&parent.properties));
    taken.labels = known.unwrap_or_default();
    for candidate in candidates {
        if ingest.stopped() {
            return Err(IngestError::Cancelled);
        }
        if contract.period_column.is_none()
            && let Some(&version) = taken.periods.get(&candidate.period)
        {
            taken.instead_of(&candidate);
            reports.push(versions::superseded(ingest, contract, &candidate, version)?);
            continue;
        }
        let of_files = contract.of_files(&candidate.rule);
        let mut read = match replay::of(ingest, selection, &candidate)? {
            Some(known) => replay::read(ingest, &of_files, candidate, &draft, known)?,
            None => delivery::read(ingest, &of_files, candidate, &draft, None)?,
        };
        read.without(&taken.values, contract.period_place());
        if read.accepted() && !taken.accepted.contains(&read.report.delivery.id) {
            audits.extend(references::check(ingest, contract, &draft, &mut read)?);
        }
        taken.stands(ingest, &draft, &mut read)?;
        taken.add(contract, &mut draft, read)?;
    }
    let (kept, gone) = taken.rest(contract, &mut draft)?;
    taken.same_schema(&draft, &kept)?;
    let held = kept.iter().filter_map(|entry| entry.tags.delivery.as_deref());
    let held = held.chain(taken.accepted.iter().map(String::as_str)).collect();
    taken.labels.keep(&held);
    let mut properties = BTreeMap::from([("contract".to_owned(), contract.fingerprint.clone())]);
    properties.extend(taken.labels.property());
    if ingest.dry_run {
        reports.extend(taken.reports);
        return Ok(reports);
    }
    let ids: Vec<String> = gone
        .iter()
        .cloned()
        .chain(taken.reports.iter().map(|report| report.delivery.id.clone()))
        .filter(|id| !taken.standing.contains(id) || gone.contains(id))
        .collect();
    quarantine_table::replace(ingest, &contract.name, std::mem::take(&mut taken.aside), &ids)?;
    if !taken.accepted.is_empty()
        && let Some(schema) = taken.schema.clone()
    {
        let new = |report: &&Report| taken.accepted.contains(&report.delivery.id);
        let names: Vec<&str> = taken
            .reports
            .iter()
            .filter(new)
            .map(|report| report.delivery.file.as_str())
            .collect();
        let what = if taken.amended.is_empty() {
            "new delivery"
        } else {
            "lines read again"
        };
        let published = draft.commit(PublicationMeta {
            schema,
            partition_columns: contract.partition.clone(),
            sort: Vec::new(),
            fingerprint: contract.fingerprint.clone(),
            inputs: BTreeMap::new(),
            properties,
            audits: references::together(audits),
            run: ingest.run.to_owned(),
            created_at: ingest.now,
            reason: format!("{what}: {}", names.join(", ")),
        })?;
        let version = published.manifest().version;
        for report in taken
            .reports
            .iter_mut()
            .filter(|report| taken.accepted.contains(&report.delivery.id))
        {
            report.outcome = Outcome::Published(version);
            report.delivery.status = DeliveryStatus::Published;
            report.delivery.table_version = Some(version);
        }
        if let Some(by) = taken.accepted.first() {
            ingest.ledger.mark_superseded(&gone, by)?;
        }
    }
    reports.append(&mut taken.reports);
    ingest.ledger.put_contract(&contract.fingerprint, &contract.rules)?;
    for report in reports.iter().filter(|report| !report.delivery.id.is_empty()) {
        let id = &report.delivery.id;
        let known = match report.outcome {
            Outcome::Skipped(_) => true,
            // The same bytes may be published under another name.
            Outcome::Superseded => published(ingest, id)?,
            _ => taken.standing.contains(id),
        };
        if !known {
            ingest.ledger.put_delivery(&report.delivery)?;
        }
    }
    Ok(reports)
}

/// Whether the ledger has a delivery as published.
fn published(ingest: &Ingest<'_>, id: &str) -> Result<bool, IngestError> {
    let known = ingest.ledger.delivery(id)?;
    Ok(known.is_some_and(|known| known.status == DeliveryStatus::Published))
}

/// What the deliveries read so far brought.
#[derive(Default)]
struct Taken {
    reports: Vec<Report>,
    accepted: Vec<String>,
    /// Periods that were brought, with the version.
    periods: BTreeMap<Option<String>, Option<u64>>,
    values: BTreeSet<String>,
    aside: Vec<SetAside>,
    schema: Option<arrow::datatypes::SchemaRef>,
    /// Accepted deliveries of which only lines were read again: what they have in the table stays.
    amended: BTreeSet<String>,
    /// What codes stand for, by what is published and what was read so far.
    labels: ValueLabels,
    /// Refused deliveries of which an earlier reading is published: the table, the ledger and quarantine keep that.
    standing: BTreeSet<String>,
}

impl Taken {
    /// Notes with the version that was taken which lower one of the same period was not.
    fn instead_of(&mut self, lower: &Candidate) {
        let file = lower.relative.to_string_lossy();
        let winner = self
            .reports
            .iter_mut()
            .find(|report| report.delivery.period == lower.period && self.accepted.contains(&report.delivery.id));
        if let Some(report) = winner
            && let (Some(taken), Some(version)) = (report.delivery.file_version, lower.version)
            && taken > version
        {
            report.notes.push(versions::note(taken, version, &file));
        }
    }

    /// Notes when what was refused now is in the table from an earlier reading.
    fn stands(&mut self, ingest: &Ingest<'_>, draft: &Draft, read: &mut Read) -> Result<(), IngestError> {
        let id = &read.report.delivery.id;
        let mut files = draft.parent().into_iter().flat_map(|parent| &parent.files);
        if read.accepted() || !files.any(|file| file.tags.delivery.as_ref() == Some(id)) {
            return Ok(());
        }
        if published(ingest, id)? {
            self.standing.insert(id.clone());
            read.aside = None;
            let note = "what was published of it before stays".to_owned();
            read.report.notes.push(note);
        }
        Ok(())
    }

    fn add(&mut self, contract: &Contract, draft: &mut Draft, read: Read) -> Result<(), IngestError> {
        let Read {
            mut report,
            schema,
            files,
            periods,
            aside,
            amends,
            labels,
        } = read;
        let id = report.delivery.id.clone();
        if self.accepted.contains(&id) {
            report.outcome = Outcome::Skipped("another file of this run has the same bytes".to_owned());
            self.reports.push(report);
            return Ok(());
        }
        if report.outcome == Outcome::DryRun {
            for (values, file) in files {
                let period = contract.period_place().map(|place| values[place].clone());
                let period = period.or_else(|| report.delivery.period.clone());
                draft.add(
                    file,
                    FileTags {
                        delivery: Some(id.clone()),
                        period,
                    },
                )?;
            }
            if report.delivery.period.is_none() && !periods.is_empty() {
                report.delivery.period = Some(periods.iter().cloned().collect::<Vec<_>>().join(" "));
            }
            if amends {
                self.amended.insert(id.clone());
            } else {
                self.values.extend(periods);
                let Delivery {
                    period, file_version, ..
                } = &report.delivery;
                self.periods.insert(period.clone(), *file_version);
            }
            if let Some(lists) = labels {
                for (column, codes) in self.labels.differing(&lists) {
                    let list = value_labels::name_of(&contract.name, &column);
                    let note = format!(
                        "{codes} codes of `{column}` stand for something else in other deliveries; ref.{list} has them as the last period says"
                    );
                    report.notes.push(note);
                }
                self.labels.add(&id, report.delivery.period.clone(), &lists);
            }
            self.accepted.push(id.clone());
            self.schema = schema;
        }
        self.aside.extend(aside.map(|rows| SetAside {
            delivery: id,
            file: report.delivery.file.clone(),
            rows,
        }));
        self.reports.push(report);
        Ok(())
    }

    /// Keeps what is published and not superseded; returns it, and the deliveries nothing is left of.
    fn rest(&self, contract: &Contract, draft: &mut Draft) -> Result<(Vec<FileEntry>, Vec<String>), IngestError> {
        if self.accepted.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let parent = draft.parent().cloned();
        let files = || parent.iter().flat_map(|manifest| &manifest.files);
        let superseded = |entry: &&FileEntry| {
            let ours = entry
                .tags
                .delivery
                .as_ref()
                .is_some_and(|id| self.accepted.contains(id) && !self.amended.contains(id));
            let replaced = if contract.period_column.is_some() {
                entry
                    .tags
                    .period
                    .as_ref()
                    .is_some_and(|period| self.values.contains(period))
            } else {
                self.periods.contains_key(&entry.tags.period)
            };
            ours || replaced
        };
        let kept: Vec<FileEntry> = files().filter(|entry| !superseded(entry)).cloned().collect();
        for entry in &kept {
            draft.keep(entry)?;
        }
        let held: BTreeSet<&String> = kept.iter().filter_map(|entry| entry.tags.delivery.as_ref()).collect();
        let gone: BTreeSet<String> = files()
            .filter_map(|entry| entry.tags.delivery.clone())
            .filter(|id| !held.contains(id) && !self.accepted.contains(id))
            .collect();
        Ok((kept, gone.into_iter().collect()))
    }

    /// Files that stay must have the columns of the files that come.
    fn same_schema(&self, draft: &Draft, kept: &[FileEntry]) -> Result<(), IngestError> {
        let (Some(schema), Some(parent)) = (&self.schema, draft.parent()) else {
            return Ok(());
        };
        let shape = |schema: &arrow::datatypes::Schema| -> Vec<(String, arrow::datatypes::DataType)> {
            schema
                .fields()
                .iter()
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect()
        };
        if kept.is_empty() || shape(schema) == shape(&parent.arrow_schema()) {
            return Ok(());
        }
        let ids: BTreeSet<&str> = kept.iter().filter_map(|entry| entry.tags.delivery.as_deref()).collect();
        Err(IngestError::Schema {
            table: parent.table.to_string(),
            deliveries: ids.into_iter().collect::<Vec<_>>().join(", "),
        })
    }
}

/// Contracts in an order in which a table comes before those that refer to it.
pub fn in_order(contracts: &[Contract]) -> Vec<&Contract> {
    let mut ordered: Vec<&Contract> = Vec::new();
    let mut waiting: Vec<&Contract> = contracts.iter().collect();
    while !waiting.is_empty() {
        let free = |contract: &&Contract| {
            contract.references.iter().all(|reference| {
                reference.to == contract.table() || !waiting.iter().any(|other| other.table() == reference.to)
            })
        };
        // Contracts that refer to each other in a circle come in order of name.
        let place = waiting.iter().position(free).unwrap_or(0);
        ordered.push(waiting.remove(place));
    }
    ordered
}
