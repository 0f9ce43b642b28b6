//! What became of an occurrence that was taken on.
use chrono::{DateTime, Utc};

use super::Claim;
use crate::contract::schedule::duration_text;
use crate::ledger::{Ledger, LedgerError, Occurrence, OccurrenceStatus};

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub ended: Ended,
    /// Its runs, as in `ops.runs`.
    pub runs: Vec<String>,
    /// Whether anything is different from before: then jobs that come after it are due, also when it failed in part.
    pub changed: bool,
    /// What it did, for people; of one that failed the reason is kept instead.
    pub note: Option<String>,
}

impl Attempt {
    /// It did what it should.
    pub fn succeeded(runs: Vec<String>, changed: bool) -> Self {
        Self {
            ended: Ended::Succeeded,
            runs,
            changed,
            note: None,
        }
    }

    /// It ended like that, and left no trace.
    pub fn without_trace(ended: Ended) -> Self {
        Self {
            ended,
            runs: Vec::new(),
            changed: false,
            note: None,
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed {
        /// Why: never with a value of a person or a credential.
        reason: String,
        /// Whether it may go better another time.
        worth_retrying: bool,
    },
    /// It took longer than its job's timeout, and was stopped. It may go better another time.
    TimedOut,
    /// It was stopped for no fault of its own, as when the service stops: it waits for its turn again.
    Interrupted,
}

/// Writes how an attempt ended, and how the occurrence stands now: queued where it is tried again. None when it is not the
/// claim's any more, because its owner was taken for gone.
pub fn finish(
    ledger: &Ledger,
    claim: &Claim,
    attempt: Attempt,
    now: DateTime<Utc>,
) -> Result<Option<OccurrenceStatus>, LedgerError> {
    ledger.agenda(|agenda| {
        let found = agenda.occurrence(&claim.job.name, &claim.key)?;
        let is_ours = |one: &Occurrence| {
            one.status == OccurrenceStatus::Running
                && one.attempt == claim.attempt
                && one.owner.as_deref() == Some(claim.owner.as_str())
        };
        let Some(mut occurrence) = found.filter(is_ours) else {
            return Ok(None);
        };
        occurrence.owner = None;
        occurrence.runs.extend(attempt.runs);
        match attempt.ended {
            Ended::Succeeded => {
                occurrence.status = OccurrenceStatus::Succeeded;
                occurrence.finished_at = Some(now);
                // that there were others before it, but not how an earlier attempt ended
                let before = occurrence.note.take().filter(|_| occurrence.attempt == 1);
                let notes: Vec<String> = attempt.note.into_iter().chain(before).collect();
                occurrence.note = (!notes.is_empty()).then(|| notes.join("; "));
            }
            Ended::Failed { reason, worth_retrying } => fail(&mut occurrence, claim, reason, worth_retrying, now),
            Ended::TimedOut => {
                let limit = claim.job.policy.timeout.map_or("its time".to_owned(), duration_text);
                fail(&mut occurrence, claim, format!("took longer than {limit}"), true, now);
            }
            Ended::Interrupted => {
                occurrence.interruptions += 1;
                occurrence.status = OccurrenceStatus::Queued;
                occurrence.not_before = now;
                occurrence.note = Some(format!("attempt {} was interrupted", claim.attempt));
            }
        }
        agenda.update(&occurrence)?;
        if attempt.changed {
            agenda.put_change(&occurrence.job, &occurrence.key)?;
        }
        Ok(Some(occurrence.status))
    })
}

fn fail(occurrence: &mut Occurrence, claim: &Claim, reason: String, worth_retrying: bool, now: DateTime<Utc>) {
    let policy = &claim.job.policy;
    let failures = occurrence.attempt.saturating_sub(occurrence.interruptions);
    let again = (worth_retrying && failures <= policy.retries)
        .then(|| chrono::TimeDelta::from_std(policy.wait(failures)).ok())
        .flatten()
        .and_then(|wait| now.checked_add_signed(wait));
    occurrence.note = Some(reason);
    match again {
        Some(at) => {
            occurrence.status = OccurrenceStatus::Queued;
            occurrence.not_before = at;
        }
        None => {
            occurrence.status = OccurrenceStatus::Failed;
            occurrence.finished_at = Some(now);
        }
    }
}
