//! The occurrences of a cron expression in a time zone: a pure function, forwards and backwards.
//!
//! Where the clock jumps, an expression that names the hour before and the hour after keeps its rhythm in real time: what
//! the clock leaves out is left out, what it shows twice happens twice. The times of any other expression are names, and
//! each happens exactly once: at the first of two moments with that name, or at the end of the gap that its name fell in.
//! In Europe/Amsterdam, 2026:
//!
//! | expression | 29 March, 02:00-03:00 left out | 25 October, 02:00-03:00 twice |
//! |---|---|---|
//! | `30 2 * * *` | 03:00 | the first 02:30 |
//! | `0 3 * * *` | 03:00 | 03:00 |
//! | `0 2,14 * * *` | 03:00, 14:00 | the first 02:00, 14:00 |
//! | `0 * * * *` | 23 times | 25 times |
//! | `*/15 * * * *` | 01:45, 03:00 | 02:45, 02:00, ..., 02:45, 03:00 |
//!
//! croner is asked about wall time only, as if clocks never jumped. By itself it does the same for one fixed time and for
//! `*/15`, but takes anything with a list, a range or a step for a rhythm: `0 2,14 * * *` and `0 */2 * * *` would come due
//! twice at 02:00 in October, and in March not at all.
use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::clock::{Stretch, moment};
use crate::contract::schedule::Expression;

/// Stretches looked through for an occurrence: more than a hundred years, with four jumps a year.
const STRETCHES: usize = 500;

/// The occurrences after `after`, up to and with `until`, in order.
pub fn due(
    cron: &Expression,
    zone: Tz,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> impl Iterator<Item = DateTime<Utc>> {
    let following = move |at: &DateTime<Utc>| next(cron, zone, *at).filter(|next| *next <= until);
    std::iter::successors(following(&after), following)
}

/// The occurrences before `before`, the latest first.
pub fn before(cron: &Expression, zone: Tz, before: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(previous(cron, zone, before), move |at| previous(cron, zone, *at))
}

/// The first occurrence after a moment.
pub fn next(cron: &Expression, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let after = after.timestamp();
    let mut stretch = Stretch::of(zone, after);
    let (mut wall, mut or_at) = (after + stretch.offset, false);
    // what croner found last, looking from which wall time
    let mut found: Option<(i64, i64)> = None;
    for _ in 0..STRETCHES {
        let first = first_wall(cron, &stretch);
        if wall < first {
            (wall, or_at) = (first, true);
        }
        let named = match found {
            Some((from, named)) if from <= wall && wall <= named => named,
            _ => cron.next(moment(wall), or_at)?.timestamp(),
        };
        found = Some((wall + i64::from(!or_at), named));
        if named - stretch.offset < stretch.to {
            return Some(moment(named - stretch.offset));
        }
        stretch = Stretch::of(zone, stretch.to);
        if in_gap(cron, &stretch, named) {
            return Some(moment(stretch.from));
        }
        (wall, or_at) = (stretch.from + stretch.offset, true);
    }
    None
}

/// The last occurrence before a moment.
pub fn previous(cron: &Expression, zone: Tz, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // occurrences are on whole seconds
    let before = before.timestamp() + i64::from(before.nanosecond() > 0);
    let mut stretch = Stretch::of(zone, before - 1);
    let mut wall = before + stretch.offset;
    for _ in 0..STRETCHES {
        let named = cron.previous(moment(wall))?.timestamp();
        if named >= first_wall(cron, &stretch) {
            return Some(moment(named - stretch.offset));
        }
        if in_gap(cron, &stretch, named) {
            return Some(moment(stretch.from));
        }
        let earlier = Stretch::of(zone, stretch.from - 1);
        stretch = earlier;
        wall = earlier.to + earlier.offset;
    }
    None
}

/// The first wall time of a stretch that counts: times shown for the second time do not, except to a rhythm.
fn first_wall(cron: &Expression, stretch: &Stretch) -> i64 {
    if stretch.offset < stretch.before && !is_rhythm(cron, stretch) {
        stretch.from + stretch.before
    } else {
        stretch.from + stretch.offset
    }
}

/// Whether a named time lies in the gap before a stretch, and so happens at the end of the gap.
fn in_gap(cron: &Expression, stretch: &Stretch, named: i64) -> bool {
    let (first, end) = stretch.jump();
    stretch.offset > stretch.before && (first..end).contains(&named) && !is_rhythm(cron, stretch)
}

/// Whether an expression goes on in real time over the jump at the start of a stretch.
fn is_rhythm(cron: &Expression, stretch: &Stretch) -> bool {
    let (first, end) = stretch.jump();
    cron.names_hour(moment(first - 1).hour()) && cron.names_hour(moment(end).hour())
}
