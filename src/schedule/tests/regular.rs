//! It does not matter when one looks.
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

type Found = BTreeSet<(String, String, DateTime<Utc>, DateTime<Utc>)>;

fn found(minutes: &[i64]) -> Found {
    let (_folder, ledger) = ledger();
    let jobs = [
        ("a", "0 * * * *"),
        ("b", "30 2 * * *"),
        ("c", "*/20 1-4 * * *"),
        ("d", "15 2,14 * * 6,0"),
    ];
    let jobs = jobs.map(|(name, cron)| {
        with(by_cron(name, cron), |policy| {
            policy.missed = Missed::RunAll;
            policy.grace = Duration::from_secs(100 * 365 * 86_400);
        })
    });
    let start = at("2026-10-24 12:07");
    tick(&ledger, &jobs, start).unwrap();
    for minute in minutes {
        tick(&ledger, &jobs, start + TimeDelta::minutes(*minute)).unwrap();
    }
    let rows = ledger.occurrences().unwrap();
    assert!(rows.iter().all(|one| one.status != OccurrenceStatus::Missed));
    rows.into_iter()
        .map(|one| (one.job, one.key, one.from_at, one.to_at))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ticks_at_any_moments_find_what_one_tick_finds(mut minutes in proptest::collection::vec(0i64..3_000, 0..30)) {
        let at_once = found(&[3_000]);
        prop_assert!(at_once.len() > 70);
        // not even in order: a clock may be set back
        minutes.push(3_000);
        prop_assert_eq!(&found(&minutes), &at_once);
        minutes.sort_unstable();
        prop_assert_eq!(&found(&minutes), &at_once);
    }
}
