//! A month at speed.
use std::collections::BTreeMap;

use chrono::{Datelike, TimeDelta, Timelike};

use super::*;

/// When a job should come due, said without cron.
type Reference = fn(weekday: u32, day: u32, hour: u32, minute: u32) -> bool;

const JOBS: [(&str, &str, Reference); 5] = [
    ("daily", "30 6 * * *", |_, _, hour, minute| (hour, minute) == (6, 30)),
    ("workdays", "0 7 * * 1-5", |weekday, _, hour, minute| {
        weekday < 5 && (hour, minute) == (7, 0)
    }),
    ("monthly", "15 4 1 * *", |_, day, hour, minute| {
        (day, hour, minute) == (1, 4, 15)
    }),
    ("hourly", "0 * * * *", |_, _, _, minute| minute == 0),
    ("halves", "*/30 8-17 * * *", |_, _, hour, minute| {
        (8..18).contains(&hour) && minute % 30 == 0
    }),
];

#[test]
fn a_month_with_a_change_of_the_clock_has_what_a_reference_has() {
    let (_folder, ledger) = ledger();
    let jobs: Vec<Job> = JOBS.iter().map(|(name, cron, _)| by_cron(name, cron)).collect();
    // October 2026 in Amsterdam, and a minute before
    let (start, end) = (at("2026-09-30 23:59 +02:00"), at("2026-10-31 23:59 +01:00"));
    let mut now = start;
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    tick(&ledger, &jobs, now).unwrap();
    while now < end {
        // ticks at no regular moments, always within the grace
        now = (now + TimeDelta::seconds(1_021 + i64::from(now.minute()) * 13)).min(end);
        tick(&ledger, &jobs, now).unwrap();
        while let Some(claim) = run_one(&ledger, &jobs, now, false) {
            *runs.entry(claim.job.name).or_default() += 1;
        }
    }
    let rows = ledger.occurrences().unwrap();
    let otherwise = |one: &&Occurrence| one.status != OccurrenceStatus::Succeeded || one.attempt != 1;
    assert_eq!(rows.iter().find(otherwise), None);
    let counts: Vec<_> = JOBS.iter().map(|(name, ..)| runs[*name]).collect();
    // 31 days, 22 of them from Monday to Friday; 745 hours; 10 hours with two halves a day
    assert_eq!(counts, [31, 22, 1, 745, 620]);
    let mut expected: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
    let mut minute = start + TimeDelta::minutes(1);
    while minute <= end {
        let wall = minute.with_timezone(&DEFAULT_ZONE);
        let (weekday, day) = (wall.weekday().num_days_from_monday(), wall.day());
        for (name, _, is_due) in JOBS {
            if is_due(weekday, day, wall.hour(), wall.minute()) {
                expected.entry(name).or_default().push(minute);
            }
        }
        minute += TimeDelta::minutes(1);
    }
    for (name, expected) in expected {
        let found = rows.iter().filter(|one| one.job == name).map(|one| one.due_at);
        assert_eq!(found.collect::<Vec<_>>(), expected, "{name}");
    }
}
