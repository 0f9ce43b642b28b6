//! Stretches of the past that somebody asks for.
use chrono::{DateTime, Utc};

use super::Job;
use super::arrival::occurrence;
use super::catch_up::MOST;
use super::span::{shift, text};
use crate::contract::Interval;
use crate::ledger::{Ledger, LedgerError, Occurrence, OccurrenceKind, OccurrenceStatus};

/// Why nothing is filled in.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The stretch ends before it begins.
    #[error("nothing lies between {from} and {to}; give an end after the beginning")]
    Empty {
        /// The beginning.
        from: DateTime<Utc>,
        /// The end.
        to: DateTime<Utc>,
    },
    /// More intervals than are queued at once.
    #[error("that is more than {MOST} intervals; ask for a shorter stretch, or for larger intervals")]
    TooMany,
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Queues occurrences for consecutive intervals of `step` (that of the job without; one whole where that has none), by
/// the job's calendar, from `from` up to `to`; the last may be shorter. Gives how many wait now that did not before:
/// those that are waiting or running are left alone, those that are over are done again.
pub fn backfill(
    ledger: &Ledger,
    job: &Job,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    step: Option<Interval>,
    now: DateTime<Utc>,
) -> Result<usize, BackfillError> {
    let stretches = stretches(job, from, to, step.or(job.interval))?;
    ledger.agenda(|agenda| {
        let mut queued = 0;
        for (from, to) in stretches {
            let key = format!("{}/{}", text(from), text(to));
            let mut asked = occurrence(&job.name, OccurrenceKind::Backfill, &key, (from, to), now);
            asked.kept = true;
            // a stretch that is not over yet is done as far as it goes
            asked.not_before = now;
            if !agenda.insert(&asked)? {
                match agenda.occurrence(&job.name, &asked.key)? {
                    Some(there) if !is_open(&there) => agenda.update(&asked)?,
                    _ => continue,
                }
            }
            queued += 1;
        }
        Ok(queued)
    })
}

fn is_open(occurrence: &Occurrence) -> bool {
    matches!(occurrence.status, OccurrenceStatus::Queued | OccurrenceStatus::Running)
}

type Stretches = Vec<(DateTime<Utc>, DateTime<Utc>)>;

fn stretches(
    job: &Job,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    step: Option<Interval>,
) -> Result<Stretches, BackfillError> {
    if from >= to {
        return Err(BackfillError::Empty { from, to });
    }
    let Some(step) = step else {
        return Ok(vec![(from, to)]);
    };
    let mut stretches = Vec::new();
    let mut start = from;
    for count in 1.. {
        // counted from the beginning, so that months end where they should
        let end = shift(job.zone(), from, step, count).map_or(to, |end| end.min(to));
        if end > start {
            stretches.push((start, end));
        }
        if end >= to {
            break;
        }
        if stretches.len() >= MOST {
            return Err(BackfillError::TooMany);
        }
        start = end;
    }
    Ok(stretches)
}
