//! How every job stands, for people.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Job;
use super::occurrences::next;
use super::span::not_before;
use crate::contract::schedule::Trigger;
use crate::ledger::{Ledger, LedgerError, Occurrence};

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The job.
    pub job: String,
    /// What makes it come due.
    pub trigger: String,
    /// When it is due next, by the clock; for a paused job when it would be.
    pub next: Option<DateTime<Utc>>,
    /// When that may start, jitter included.
    pub not_before: Option<DateTime<Utc>>,
    /// When the one that runs was started, else when the last one was over.
    pub last: Option<DateTime<Utc>>,
    /// What made that one come due: `cron`, `delivery`, `backfill`, ...
    pub last_kind: Option<&'static str>,
    /// The moment for which it was due; for a backfill the end of its stretch.
    pub last_due: Option<DateTime<Utc>>,
    /// How it stands: `running`, `succeeded`, `missed`, ...
    pub last_status: Option<&'static str>,
    /// What there is to say of it.
    pub last_note: Option<String>,
    /// How many wait.
    pub queued: u32,
    /// Whether somebody, or its schedule, has paused it.
    pub paused: bool,
}

/// How every job stands, in the order of `jobs`.
pub fn overview(ledger: &Ledger, jobs: &[Job], now: DateTime<Utc>) -> Result<Vec<Overview>, LedgerError> {
    let (states, open) = ledger.agenda(|agenda| Ok::<_, LedgerError>((agenda.states()?, agenda.open()?)))?;
    let last = ledger.last_occurrences()?.into_iter();
    let mut last: HashMap<String, Occurrence> = last.map(|one| (one.job.clone(), one)).collect();
    let each = jobs.iter().map(|job| {
        let next = match &job.trigger {
            Trigger::Cron { cron, zone } => next(cron, *zone, now),
            Trigger::Delivery | Trigger::After(_) => None,
        };
        let last = last.remove(&job.name);
        Overview {
            job: job.name.clone(),
            trigger: job.trigger_text(),
            next,
            not_before: next.map(|due| not_before(job, due)),
            last: last
                .as_ref()
                .map(|one| one.finished_at.or(one.started_at).unwrap_or(one.due_at)),
            last_kind: last.as_ref().map(|one| one.kind.as_str()),
            last_due: last.as_ref().map(|one| one.due_at),
            last_status: last.as_ref().map(|one| one.status.as_str()),
            last_note: last.and_then(|one| one.note),
            queued: open.get(&job.name).map_or(0, |open| open.queued),
            paused: job.policy.paused || states.get(&job.name).is_some_and(|state| state.paused),
        }
    });
    Ok(each.collect())
}
