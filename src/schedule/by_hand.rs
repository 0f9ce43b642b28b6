//! What people do by hand: jobs that come after it come due as if the service had done it.
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::MODELS;
use super::arrival::occurrence;
use crate::lake::TableName;
use crate::ledger::{Ledger, LedgerError, OccurrenceKind, OccurrenceStatus, Run};

/// Writes down that a run that nobody scheduled has published `tables`, as an occurrence that has succeeded of each job that
/// fills one of them. Nothing is written in a project where no service has ever run.
pub fn by_hand<'a>(
    ledger: &Ledger,
    run: &Run,
    tables: impl IntoIterator<Item = &'a TableName>,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    ledger.agenda(|agenda| {
        let known = agenda.states()?;
        if known.is_empty() {
            return Ok(());
        }
        let filler = |table: &TableName| match table.schema.as_str() {
            "staging" => table.table.clone(),
            _ if known.contains_key(&table.to_string()) => table.to_string(),
            _ => MODELS.to_owned(),
        };
        for job in tables.into_iter().map(filler).collect::<BTreeSet<String>>() {
            let mut done = occurrence(
                &job,
                OccurrenceKind::Manual,
                &run.id,
                (run.started_at, run.started_at),
                now,
            );
            done.status = OccurrenceStatus::Succeeded;
            (done.started_at, done.finished_at) = (Some(run.started_at), Some(now));
            done.runs = vec![run.id.clone()];
            done.note = Some(format!("`sluis {}` by hand", run.kind));
            if agenda.insert(&done)? {
                agenda.put_change(&job, &done.key)?;
            }
        }
        Ok(())
    })
}
