//! The heartbeat: what has come due since the last one is written down.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Job;
use super::after::Around;
use super::arrival::{arrive, occurrence, pass};
use super::catch_up::{Fate, MOST, Untold, catch_up};
use super::clock::moment;
use super::occurrences::previous;
use super::span::{not_before, start, text};
use crate::contract::schedule::{Expression, Trigger};
use crate::ledger::{Agenda, JobState, Ledger, LedgerError, OccurrenceKind, OccurrenceStatus, Open};

/// What a tick wrote down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Occurrences that wait for their turn now.
    pub queued: usize,
    /// Occurrences that were found too late.
    pub missed: usize,
    /// Occurrences that came due while another of their job was going on, or together with a later one.
    pub skipped: usize,
}

impl Ticked {
    /// Counts an occurrence.
    pub(super) fn count(&mut self, status: OccurrenceStatus) {
        match status {
            OccurrenceStatus::Missed => self.missed += 1,
            OccurrenceStatus::Skipped => self.skipped += 1,
            _ => self.queued += 1,
        }
    }
}

/// Writes down what has come due, in one transaction. A job that was never seen before, or comes due by another rule than
/// before, starts now; a paused one stands still, and is looked at again from there when it resumes.
pub fn tick(ledger: &Ledger, jobs: &[Job], now: DateTime<Utc>) -> Result<Ticked, LedgerError> {
    ledger.agenda(|agenda| {
        let mut ticked = Ticked::default();
        let mut states = agenda.states()?;
        let mut open = agenda.open()?;
        let seen = agenda.latest_change()?;
        for job in jobs {
            let rule = job.cursor_of();
            let known = states.get(&job.name);
            if known.is_some_and(|state| state.trigger == rule) {
                continue;
            }
            // a cursor by the clock is an occurrence: the stretch of the next one begins there
            let before = match &job.trigger {
                Trigger::Cron { cron, zone } => previous(cron, *zone, moment(now.timestamp() + 1)),
                Trigger::Delivery | Trigger::After(_) => None,
            };
            let state = JobState {
                trigger: rule,
                cursor: before.unwrap_or(now),
                seen,
                paused: known.is_some_and(|state| state.paused),
            };
            agenda.put_state(&job.name, &state)?;
            states.insert(job.name.clone(), state);
        }
        let stands = |job: &Job, states: &HashMap<String, JobState>| {
            job.policy.paused || states.get(&job.name).is_some_and(|state| state.paused)
        };
        for job in jobs.iter().filter(|job| !stands(job, &states)) {
            let (Trigger::Cron { cron, zone }, Some(state)) = (&job.trigger, states.get(&job.name)) else {
                continue;
            };
            // nearly always there is nothing, and nothing to look up
            let mut none = Open::default();
            let going_on = match open.contains_key(&job.name) {
                true => open.entry(job.name.clone()).or_default(),
                false => &mut none,
            };
            by_the_clock(agenda, job, (cron, *zone), state, going_on, now, &mut ticked)?;
            if none != Open::default() {
                open.insert(job.name.clone(), none);
            }
        }
        // after the others: what comes due now is waited for
        let mut around = Around::new(jobs, &states, open);
        for job in jobs.iter().filter(|job| !stands(job, &states)) {
            if let (Trigger::After(names), Some(state)) = (&job.trigger, states.get(&job.name)) {
                around.come_after(agenda, job, names, state, now, &mut ticked)?;
            }
        }
        Ok(ticked)
    })
}

fn by_the_clock(
    agenda: &Agenda<'_>,
    job: &Job,
    (cron, zone): (&Expression, Tz),
    state: &JobState,
    open: &mut Open,
    now: DateTime<Utc>,
    ticked: &mut Ticked,
) -> Result<(), LedgerError> {
    let room = MOST.saturating_sub(usize::try_from(open.queued).unwrap_or(MOST));
    let found = catch_up(cron, zone, &job.policy, (state.cursor, now), room);
    let Some(last) = found.last().map(|one| one.due) else {
        return Ok(());
    };
    for one in found {
        let from = start(job, one.due, one.previous);
        let mut occurrence = occurrence(&job.name, OccurrenceKind::Cron, &text(one.due), (from, one.due), now);
        occurrence.not_before = not_before(job, one.due);
        occurrence.kept = one.fate == Fate::Kept;
        let untold = match one.untold {
            Untold::Exactly(0) => None,
            Untold::Exactly(count) => Some(format!("and {count} before it")),
            Untold::MoreThan(count) => Some(format!("and more than {count} before it")),
        };
        let written = match one.fate {
            Fate::Due | Fate::Kept => {
                occurrence.note = untold;
                arrive(agenda, job.policy.overlap, open, &mut occurrence, now)?
            }
            Fate::Missed => {
                pass(&mut occurrence, OccurrenceStatus::Missed, untold, now);
                agenda.insert(&occurrence)?
            }
            Fate::Passed => {
                let note = untold.unwrap_or_else(|| "found together with a later one".to_owned());
                pass(&mut occurrence, OccurrenceStatus::Skipped, Some(note), now);
                agenda.insert(&occurrence)?
            }
        };
        if written {
            ticked.count(occurrence.status);
        }
    }
    let state = JobState {
        cursor: last,
        ..state.clone()
    };
    agenda.put_state(&job.name, &state)
}
