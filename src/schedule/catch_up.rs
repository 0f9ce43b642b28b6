//! What becomes of the occurrences that have come due since a job was last looked at.
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::clock::moment;
use super::occurrences::{before, due, previous};
use crate::contract::schedule::{Expression, Missed, Policy};

/// Most occurrences of a job that are written down at once.
pub(super) const MOST: usize = 1_000;
/// Most that are counted beyond those.
const COUNTED: usize = 10_000;

/// What becomes of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is due.
    Due,
    /// It is due, and keeps its place when later ones come.
    Kept,
    /// It was found too late.
    Missed,
    /// It was found in time, together with a later one.
    Passed,
}

/// An occurrence that has come due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub due: DateTime<Utc>,
    /// The occurrence before it.
    pub previous: DateTime<Utc>,
    pub fate: Fate,
    /// How many before it are not told one by one.
    pub untold: Untold,
}

/// A number of occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untold {
    Exactly(usize),
    MoreThan(usize),
}

/// What has come due after `cursor`, itself an occurrence, up to and with `now`, in order. With `run_all` these are at most the `room` oldest:
/// the next call gives more, from the last of these.
pub(super) fn catch_up(
    cron: &Expression,
    zone: Tz,
    policy: &Policy,
    (cursor, now): (DateTime<Utc>, DateTime<Utc>),
    room: usize,
) -> Vec<Found> {
    let grace = TimeDelta::from_std(policy.grace).unwrap_or(TimeDelta::MAX);
    let is_late = |at: DateTime<Utc>| now - at > grace;
    let (times, untold) = match policy.missed {
        Missed::RunAll => (due(cron, zone, cursor, now).take(room).collect(), Untold::Exactly(0)),
        Missed::RunLast | Missed::Skip => latest(cron, zone, cursor, now),
    };
    let mut found: Vec<Found> = Vec::with_capacity(times.len());
    for (at, due) in times.iter().copied().enumerate() {
        let fate = match (policy.missed, is_late(due), at + 1 == times.len()) {
            (Missed::RunAll, false, true) if times.len() < room => Fate::Due,
            (Missed::RunAll, ..) => Fate::Kept,
            (_, false, true) | (Missed::RunLast, true, true) => Fate::Due,
            (_, true, _) => Fate::Missed,
            (_, false, false) => Fate::Passed,
        };
        let untold_before = at == 0 && untold != Untold::Exactly(0);
        let before = match found.last() {
            Some(one) => one.due,
            None if untold_before => previous(cron, zone, due).unwrap_or(cursor),
            None => cursor,
        };
        found.push(Found {
            due,
            previous: before,
            fate,
            untold: if at == 0 { untold } else { Untold::Exactly(0) },
        });
    }
    found
}

/// The latest occurrences, in order, and how many came due before them.
fn latest(cron: &Expression, zone: Tz, cursor: DateTime<Utc>, now: DateTime<Utc>) -> (Vec<DateTime<Utc>>, Untold) {
    // nearly always there is none, or one
    let forwards: Vec<_> = due(cron, zone, cursor, now).take(2).collect();
    if forwards.len() < 2 {
        return (forwards, Untold::Exactly(0));
    }
    let mut backwards = before(cron, zone, moment(now.timestamp() + 1)).take_while(|at| *at > cursor);
    let mut times: Vec<_> = backwards.by_ref().take(MOST).collect();
    times.reverse();
    let untold = match backwards.take(COUNTED + 1).count() {
        counted if counted > COUNTED => Untold::MoreThan(COUNTED),
        counted => Untold::Exactly(counted),
    };
    (times, untold)
}
