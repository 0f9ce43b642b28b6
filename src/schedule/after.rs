//! Jobs that come after others.
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::arrival::{arrive, occurrence};
use super::span::start;
use super::{Job, Ticked};
use crate::ledger::{Agenda, JobState, LedgerError, OccurrenceKind, Open};

/// Changes of other jobs after which a cursor is brought up to date although none of them matters.
const STALE: i64 = 1_000;

/// What goes on around the jobs that come after others.
pub(super) struct Around<'a> {
    /// Jobs whose waiting occurrences start at some time: not those that are paused or gone.
    moving: BTreeSet<&'a str>,
    open: HashMap<String, Open>,
}

impl<'a> Around<'a> {
    pub fn new(jobs: &'a [Job], states: &HashMap<String, JobState>, open: HashMap<String, Open>) -> Self {
        let paused = |job: &Job| job.policy.paused || states.get(&job.name).is_some_and(|state| state.paused);
        let waits = |job: &&Job| open.contains_key(&job.name) && !paused(job);
        Self {
            moving: jobs.iter().filter(waits).map(|job| job.name.as_str()).collect(),
            open,
        }
    }

    /// Lets a job come due when one of `names` has changed something since it last did, and none of them is going on.
    pub fn come_after(
        &mut self,
        agenda: &Agenda<'_>,
        job: &'a Job,
        names: &[String],
        state: &JobState,
        now: DateTime<Utc>,
        ticked: &mut Ticked,
    ) -> Result<(), LedgerError> {
        let changes = agenda.changes_since(state.seen)?;
        let Some(change) = names.iter().filter_map(|name| changes.get(name)).max().copied() else {
            let latest = changes.values().max().copied().unwrap_or(state.seen);
            if latest - state.seen > STALE {
                let seen = JobState {
                    seen: latest,
                    ..state.clone()
                };
                agenda.put_state(&job.name, &seen)?;
            }
            return Ok(());
        };
        if names.iter().any(|name| self.is_going_on(name)) {
            return Ok(());
        }
        let own = self.open.entry(job.name.clone()).or_default();
        // one that has not started yet will see it
        let is_seen = own.waiting.is_some();
        if !is_seen {
            let from = start(job, now, state.cursor);
            let mut occurrence = occurrence(&job.name, OccurrenceKind::After, &change.to_string(), (from, now), now);
            if arrive(agenda, job.policy.overlap, own, &mut occurrence, now)? {
                ticked.count(occurrence.status);
            }
            self.moving.insert(&job.name);
        }
        let seen = JobState {
            cursor: if is_seen { state.cursor } else { now },
            seen: change,
            ..state.clone()
        };
        agenda.put_state(&job.name, &seen)
    }

    fn is_going_on(&self, name: &str) -> bool {
        let waits = |open: &Open| open.queued > 0 && self.moving.contains(name);
        self.open.get(name).is_some_and(|open| open.running > 0 || waits(open))
    }
}
