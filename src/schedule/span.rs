//! Stretches of time that occurrences are about, and how long their start is put off.
use chrono::{DateTime, Days, Months, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

use super::Job;
use super::clock::moment_of_wall;
use crate::contract::schedule::{Interval, IntervalUnit};

/// `count` intervals after a moment (before it where negative), by the calendar of a zone: a day later is the same time of
/// day, however long that day was.
pub(super) fn shift(zone: Tz, at: DateTime<Utc>, interval: Interval, count: i64) -> Option<DateTime<Utc>> {
    let many = count.checked_mul(i64::from(interval.count))?;
    let wall = at.with_timezone(&zone).naive_local();
    let size = many.unsigned_abs();
    let months = |each: u64| u32::try_from(size.checked_mul(each)?).ok().map(Months::new);
    let days = |each: u64| size.checked_mul(each).map(Days::new);
    let by_months = |months| match many < 0 {
        true => wall.checked_sub_months(months),
        false => wall.checked_add_months(months),
    };
    let by_days = |days| match many < 0 {
        true => wall.checked_sub_days(days),
        false => wall.checked_add_days(days),
    };
    let shifted = match interval.unit {
        IntervalUnit::Minute => return at.checked_add_signed(TimeDelta::try_minutes(many)?),
        IntervalUnit::Hour => return at.checked_add_signed(TimeDelta::try_hours(many)?),
        IntervalUnit::Day => by_days(days(1)?),
        IntervalUnit::Week => by_days(days(7)?),
        IntervalUnit::Month => by_months(months(1)?),
        IntervalUnit::Year => by_months(months(12)?),
    }?;
    Some(moment_of_wall(zone, shifted))
}

/// Where the stretch of an occurrence begins: its interval before `due`, or else at `before`.
pub(super) fn start(job: &Job, due: DateTime<Utc>, before: DateTime<Utc>) -> DateTime<Utc> {
    let own = job.interval.and_then(|interval| shift(job.zone(), due, interval, -1));
    own.unwrap_or(before)
}

/// When an occurrence that is due by the clock may start: the same for whoever asks, spread over the jitter.
pub(super) fn not_before(job: &Job, due: DateTime<Utc>) -> DateTime<Utc> {
    let Some(jitter) = job.policy.jitter else { return due };
    let digest = blake3::hash(format!("{}\n{}", job.name, text(due)).as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    let delay = u64::from_le_bytes([a, b, c, d, e, f, g, h]) % (jitter.as_secs() + 1);
    let delay = TimeDelta::try_seconds(i64::try_from(delay).unwrap_or(0)).unwrap_or_default();
    due.checked_add_signed(delay).unwrap_or(due)
}

/// A moment as keys have it.
pub(super) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
