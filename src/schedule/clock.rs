//! When the clocks of a time zone jump.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

const DAY: i64 = 86_400;

/// A stretch of time, at most a year, in which the clock does not jump. Everything is in seconds: moments since 1970 in
/// UTC, offsets of the wall clock, and wall times as if they were UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The first moment.
    pub from: i64,
    /// The first moment after it.
    pub to: i64,
    /// Wall time less UTC.
    pub offset: i64,
    /// The offset just before: another one where the clock jumps at `from`.
    pub before: i64,
}

impl Stretch {
    /// The stretch that a moment is in.
    pub fn of(zone: Tz, at: i64) -> Self {
        let year = moment(at).year();
        let jumps = jumps(zone, year);
        let next = jumps.partition_point(|jump| *jump <= at);
        let from = next.checked_sub(1).map_or_else(|| start_of(year), |last| jumps[last]);
        Self {
            from,
            to: jumps.get(next).copied().unwrap_or_else(|| start_of(year + 1)),
            offset: offset(zone, at),
            before: offset(zone, from - 1),
        }
    }

    /// Wall times that the jump at its start leaves out (forward) or repeats (back): from the first up to but without the
    /// last; empty without a jump.
    pub fn jump(&self) -> (i64, i64) {
        let (one, other) = (self.from + self.before, self.from + self.offset);
        (one.min(other), one.max(other))
    }
}

/// A moment from its seconds; the ends of time are as good as beyond them.
pub(super) fn moment(seconds: i64) -> DateTime<Utc> {
    let end = if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    DateTime::from_timestamp(seconds, 0).unwrap_or(end)
}

/// The moment at which the clock shows `wall`: the first of two; the end of the gap where it never does.
pub(super) fn moment_of_wall(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let utc = match zone.from_local_datetime(&wall) {
        chrono::LocalResult::Single(at) | chrono::LocalResult::Ambiguous(at, _) => return at.with_timezone(&Utc),
        chrono::LocalResult::None => wall.and_utc().timestamp(),
    };
    // the jump is less than a day from there, whatever the offset
    let stretch = Stretch::of(zone, utc + DAY);
    let stretch = if stretch.jump().0 > utc {
        Stretch::of(zone, stretch.from - 1)
    } else {
        stretch
    };
    moment(stretch.from)
}

fn offset(zone: Tz, at: i64) -> i64 {
    let offset = zone.offset_from_utc_datetime(&moment(at).naive_utc());
    i64::from(offset.fix().local_minus_utc())
}

fn start_of(year: i32) -> i64 {
    let start = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX);
    start.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// The jumps of a year, found by halving between days with different offsets, and kept.
fn jumps(zone: Tz, year: i32) -> Arc<[i64]> {
    type Kept = Mutex<HashMap<(Tz, i32), Arc<[i64]>>>;
    static KEPT: LazyLock<Kept> = LazyLock::new(Kept::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let jumps = kept.entry((zone, year)).or_insert_with(|| {
        let mut jumps = Vec::new();
        let (mut day, end) = (start_of(year), start_of(year + 1));
        while day < end {
            let (mut low, mut high) = (day - 1, (day + DAY).min(end) - 1);
            let (before, after) = (offset(zone, low), offset(zone, high));
            while before != after && high - low > 1 {
                let middle = low.midpoint(high);
                if offset(zone, middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            if before != after {
                jumps.push(high);
            }
            day += DAY;
        }
        jumps.into()
    });
    Arc::clone(jumps)
}
