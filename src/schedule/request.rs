//! Occurrences that come due because something happened or somebody asked.
use chrono::{DateTime, Utc};

use super::Job;
use super::arrival::{arrive, occurrence};
use super::span::{start, text};
use crate::contract::schedule::Overlap;
use crate::ledger::{JobState, Ledger, LedgerError, OccurrenceKind};

/// Files for a pipeline have arrived. `key` is a digest of the files found: the same files come due once. A delivery that
/// waits already gives way to this one, which takes in the files of both. Whether this one is new.
pub fn delivered(ledger: &Ledger, job: &Job, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let overlap = Overlap::QueueOne;
    add(ledger, job, OccurrenceKind::Delivery, key, overlap, now)
}

/// Somebody asks for a job now. Whether that is a new occurrence: it is not when the same was asked at the same moment.
pub fn request(ledger: &Ledger, job: &Job, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let overlap = job.policy.overlap;
    add(ledger, job, OccurrenceKind::Manual, &text(now), overlap, now)
}

/// What a job builds may be another than before. One that waits already sees it.
pub fn changed(ledger: &Ledger, job: &Job, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let open = ledger.agenda(|agenda| agenda.open())?;
    match open.get(&job.name).is_some_and(|open| open.waiting.is_some()) {
        true => Ok(false),
        false => add(
            ledger,
            job,
            OccurrenceKind::Definition,
            &text(now),
            Overlap::QueueOne,
            now,
        ),
    }
}

fn add(
    ledger: &Ledger,
    job: &Job,
    kind: OccurrenceKind,
    key: &str,
    overlap: Overlap,
    now: DateTime<Utc>,
) -> Result<bool, LedgerError> {
    ledger.agenda(|agenda| {
        let state = agenda.state(&job.name)?;
        let before = state.as_ref().map_or(now, |state| state.cursor);
        let mut occurrence = occurrence(&job.name, kind, key, (start(job, now, before), now), now);
        let mut open = agenda.open()?.remove(&job.name).unwrap_or_default();
        let is_new = arrive(agenda, overlap, &mut open, &mut occurrence, now)?;
        if is_new && kind == OccurrenceKind::Delivery {
            let state = state.unwrap_or(JobState {
                trigger: job.cursor_of(),
                cursor: now,
                seen: 0,
                paused: false,
            });
            agenda.put_state(&job.name, &JobState { cursor: now, ..state })?;
        }
        Ok(is_new)
    })
}
