//! Stretches of the past, on the path of all others.
use super::*;
use crate::contract::Interval;

fn interval(text: &str) -> Option<Interval> {
    Some(text.parse().unwrap())
}

#[test]
fn a_backfill_runs_every_interval_after_what_is_due_now() {
    let (_folder, ledger) = ledger();
    let mut jobs = [by_cron("a", "0 6 * * *")];
    jobs[0].interval = interval("1 month");
    tick(&ledger, &jobs, at("2026-06-01 03:00")).unwrap();
    let now = at("2026-06-01 04:00");
    // local midnights, also over the change of the clock
    let stretch = (at("2025-12-31 23:00"), at("2026-05-10 22:00"));
    assert_eq!(backfill(&ledger, &jobs[0], stretch, None, now).unwrap(), 5);
    assert_eq!(backfill(&ledger, &jobs[0], stretch, None, now).unwrap(), 0);
    tick(&ledger, &jobs, now).unwrap();
    let mut runs = Vec::new();
    while let Some(claim) = run_one(&ledger, &jobs, now, false) {
        let local = |at: DateTime<Utc>| at.with_timezone(&DEFAULT_ZONE).format("%m-%d %H:%M").to_string();
        runs.push(format!("{} {} - {}", claim.kind, local(claim.from), local(claim.to)));
    }
    assert_eq!(
        runs,
        [
            "cron 05-01 06:00 - 06-01 06:00",
            "backfill 01-01 00:00 - 02-01 00:00",
            "backfill 02-01 00:00 - 03-01 00:00",
            "backfill 03-01 00:00 - 04-01 00:00",
            "backfill 04-01 00:00 - 05-01 00:00",
            "backfill 05-01 00:00 - 05-11 00:00",
        ]
    );
    // what is over can be asked for again
    assert_eq!(backfill(&ledger, &jobs[0], stretch, None, now).unwrap(), 5);
    assert_eq!(cancel(&ledger, "a", now).unwrap(), 5);
    assert_eq!(run_one(&ledger, &jobs, now, false), None);
}

#[test]
fn a_backfill_without_an_interval_is_one_whole_and_too_many_are_refused() {
    let (_folder, ledger) = ledger();
    let job = by_cron("a", "0 6 * * *");
    let (from, to) = (at("2020-01-01 00:00"), at("2026-01-01 00:00"));
    assert_eq!(backfill(&ledger, &job, (from, to), None, to).unwrap(), 1);
    let refused = backfill(&ledger, &job, (from, to), interval("1 day"), to).unwrap_err();
    assert!(refused.to_string().contains("more than 1000 intervals"), "{refused}");
    assert!(matches!(
        backfill(&ledger, &job, (to, from), None, to),
        Err(BackfillError::Empty { .. })
    ));
    assert_eq!(
        backfill(&ledger, &job, (from, to), interval("3 months"), to).unwrap(),
        24
    );
}

#[test]
fn months_end_where_they_should_and_days_are_those_of_the_calendar() {
    let (_folder, ledger) = ledger();
    let job = by_cron("a", "0 6 * * *");
    let ends = |from: &str, to: &str, step: &str| {
        backfill(&ledger, &job, (at(from), at(to)), interval(step), at(to)).unwrap();
        let rows = ledger.occurrences().unwrap();
        cancel(&ledger, "a", at(to)).unwrap();
        let rows = rows.into_iter().filter(|one| one.status == OccurrenceStatus::Queued);
        let local = |at: DateTime<Utc>| at.with_timezone(&DEFAULT_ZONE).format("%m-%d %H:%M").to_string();
        rows.map(|one| local(one.to_at)).collect::<Vec<_>>()
    };
    assert_eq!(
        ends("2026-01-31 00:00 +01:00", "2026-05-01 00:00 +02:00", "1 month"),
        ["02-28 00:00", "03-31 00:00", "04-30 00:00", "05-01 00:00"]
    );
    // 02:30 falls out on the 29th
    assert_eq!(
        ends("2026-03-28 02:30 +01:00", "2026-03-31 02:30 +02:00", "1 day"),
        ["03-29 03:00", "03-30 02:30", "03-31 02:30"]
    );
}
