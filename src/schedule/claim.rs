//! The next occurrence that may start goes to exactly one process.
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::Job;
use crate::ledger::{Ledger, LedgerError, OccurrenceKind, OccurrenceStatus};

/// An occurrence that a process has taken on. It is to be handed to [`super::finish`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is to be done, and how.
    pub job: Job,
    /// Which of its occurrences.
    pub key: String,
    /// What made it come due.
    pub kind: OccurrenceKind,
    /// When.
    pub due: DateTime<Utc>,
    /// The beginning of the stretch of time it is about.
    pub from: DateTime<Utc>,
    /// The end of that stretch.
    pub to: DateTime<Utc>,
    /// How many times it was started, with this time.
    pub attempt: u32,
    /// Who has taken it on.
    pub owner: String,
}

/// Takes the next occurrence that may start, if any: its time has come, its job is among `jobs`, does not run and is not
/// paused, and fewer than `limit` occurrences run, whoever runs them. `owner` is a process that holds its lock
/// ([`Ledger::hold_owner`]).
pub fn claim(
    ledger: &Ledger,
    jobs: &[Job],
    owner: &str,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Option<Claim>, LedgerError> {
    let by_name: HashMap<&str, &Job> = jobs
        .iter()
        .filter(|job| !job.policy.paused)
        .map(|job| (job.name.as_str(), job))
        .collect();
    ledger.agenda(|agenda| {
        if usize::try_from(agenda.running()?).is_ok_and(|running| running >= limit) {
            return Ok(None);
        }
        let Some(mut occurrence) = agenda.next_to_start(now, |job| by_name.contains_key(job))? else {
            return Ok(None);
        };
        let Some(job) = by_name.get(occurrence.job.as_str()) else {
            return Ok(None);
        };
        occurrence.status = OccurrenceStatus::Running;
        occurrence.attempt += 1;
        occurrence.owner = Some(owner.to_owned());
        occurrence.started_at = Some(now);
        agenda.update(&occurrence)?;
        Ok(Some(Claim {
            job: (*job).clone(),
            key: occurrence.key,
            kind: occurrence.kind,
            due: occurrence.due_at,
            from: occurrence.from_at,
            to: occurrence.to_at,
            attempt: occurrence.attempt,
            owner: owner.to_owned(),
        }))
    })
}
