//! An occurrence that comes due finds what its job has going on.
use chrono::{DateTime, Utc};

use crate::contract::schedule::Overlap;
use crate::ledger::{Agenda, LedgerError, Occurrence, OccurrenceKind, OccurrenceStatus, Open};

/// An occurrence that waits from now on, of the stretch of time up to when it is due.
pub(super) fn occurrence(
    job: &str,
    kind: OccurrenceKind,
    key: &str,
    (from, due): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Occurrence {
    Occurrence {
        job: job.to_owned(),
        key: format!("{kind}:{key}"),
        kind,
        due_at: due,
        from_at: from,
        to_at: due,
        not_before: due,
        status: OccurrenceStatus::Queued,
        attempt: 0,
        interruptions: 0,
        deaths: 0,
        kept: false,
        owner: None,
        queued_at: now,
        started_at: None,
        finished_at: None,
        runs: Vec::new(),
        note: None,
    }
}

/// Makes an occurrence one that never runs.
pub(super) fn pass(occurrence: &mut Occurrence, status: OccurrenceStatus, note: Option<String>, now: DateTime<Utc>) {
    occurrence.status = status;
    occurrence.finished_at = Some(now);
    occurrence.note = note;
}

/// Writes an occurrence that is due, by the overlap policy; whether it is a new one. One that is kept waits whatever there
/// is; of the others one waits, and the later takes the place of the earlier.
pub(super) fn arrive(
    agenda: &Agenda<'_>,
    overlap: Overlap,
    open: &mut Open,
    occurrence: &mut Occurrence,
    now: DateTime<Utc>,
) -> Result<bool, LedgerError> {
    if overlap == Overlap::Skip && !occurrence.kept && (open.running > 0 || open.waiting.is_some()) {
        let note = "another of this job was going on".to_owned();
        pass(occurrence, OccurrenceStatus::Skipped, Some(note), now);
        return agenda.insert(occurrence);
    }
    if !agenda.insert(occurrence)? {
        return Ok(false);
    }
    open.queued += 1;
    if occurrence.kept {
        return Ok(true);
    }
    let earlier = open.waiting.replace(occurrence.key.clone());
    if let Some(mut earlier) = earlier
        .map(|key| agenda.occurrence(&occurrence.job, &key))
        .transpose()?
        .flatten()
    {
        let note = "a later one took its place".to_owned();
        pass(&mut earlier, OccurrenceStatus::Skipped, Some(note), now);
        agenda.update(&earlier)?;
        open.queued = open.queued.saturating_sub(1);
    }
    Ok(true)
}
