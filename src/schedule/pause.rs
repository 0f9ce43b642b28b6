//! Jobs that stand still for a while, and occurrences that are taken back.
use chrono::{DateTime, Utc};

use super::arrival::pass;
use crate::ledger::{JobState, Ledger, LedgerError, OccurrenceStatus};

/// Pauses a job, until [`resume`], also over a restart: nothing of it starts. What comes due by the clock meanwhile is
/// missed when it resumes; deliveries wait. Whether it was not paused before.
pub fn pause(ledger: &Ledger, job: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    set(ledger, job, true, now)
}

/// Lets a job go on. Whether it was paused; one whose schedule says `paused` still stands still.
pub fn resume(ledger: &Ledger, job: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    set(ledger, job, false, now)
}

/// Takes back every occurrence of a job that waits; how many.
pub fn cancel(ledger: &Ledger, job: &str, now: DateTime<Utc>) -> Result<usize, LedgerError> {
    ledger.agenda(|agenda| {
        let mut cancelled = 0;
        for mut occurrence in agenda.with_status(OccurrenceStatus::Queued)? {
            if occurrence.job == job {
                let note = occurrence.note.take();
                pass(&mut occurrence, OccurrenceStatus::Cancelled, note, now);
                agenda.update(&occurrence)?;
                cancelled += 1;
            }
        }
        Ok(cancelled)
    })
}

fn set(ledger: &Ledger, job: &str, paused: bool, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    ledger.agenda(|agenda| {
        // the next tick completes the state of a job that was never looked at
        let state = agenda.state(job)?.unwrap_or(JobState {
            trigger: String::new(),
            cursor: now,
            seen: 0,
            paused: false,
        });
        if state.paused == paused {
            return Ok(false);
        }
        agenda.put_state(job, &JobState { paused, ..state })?;
        Ok(true)
    })
}
