//! A job never runs twice at a time.
use chrono::TimeDelta;

use super::*;

/// A job for each minute; the occurrence of 00:01 runs, and three more minutes pass.
fn during_a_run(overlap: Overlap) -> (tempfile::TempDir, Ledger, [Job; 1], Claim) {
    let (folder, ledger) = ledger();
    let jobs = [with(by_cron("a", "* * * * *"), |policy| policy.overlap = overlap)];
    tick(&ledger, &jobs, at("2026-06-01 00:00")).unwrap();
    tick(&ledger, &jobs, at("2026-06-01 00:01")).unwrap();
    let running = claim(&ledger, &jobs, GONE, 9, at("2026-06-01 00:01")).unwrap().unwrap();
    for minute in 2..5 {
        let now = at(&format!("2026-06-01 00:0{minute}"));
        tick(&ledger, &jobs, now).unwrap();
        assert_eq!(claim(&ledger, &jobs, GONE, 9, now).unwrap(), None);
    }
    (folder, ledger, jobs, running)
}

#[test]
fn one_waits_and_a_later_one_takes_its_place() {
    let (_folder, ledger, jobs, running) = during_a_run(Overlap::QueueOne);
    let line = |minute, status| format!("a 01 00:0{minute} {status}");
    assert_eq!(
        told(&ledger),
        [
            line(1, "running"),
            line(2, "skipped"),
            line(3, "skipped"),
            line(4, "queued")
        ]
    );
    let now = at("2026-06-01 00:04");
    finish(&ledger, &running, Attempt::without_trace(Ended::Interrupted), now).unwrap();
    // what has begun goes first, and is not pushed out by what comes later
    tick(&ledger, &jobs, at("2026-06-01 00:05")).unwrap();
    let first = run_one(&ledger, &jobs, at("2026-06-01 00:05"), false).unwrap();
    let second = run_one(&ledger, &jobs, at("2026-06-01 00:05"), false).unwrap();
    assert_eq!((first.due, first.attempt), (at("2026-06-01 00:01"), 2));
    assert_eq!(second.due, at("2026-06-01 00:05"));
    assert_eq!(run_one(&ledger, &jobs, at("2026-06-01 00:05"), false), None);
}

#[test]
fn what_comes_due_during_a_run_is_skipped() {
    let (_folder, ledger, jobs, running) = during_a_run(Overlap::Skip);
    let line = |minute, status| format!("a 01 00:0{minute} {status}");
    assert_eq!(
        told(&ledger),
        [
            line(1, "running"),
            line(2, "skipped"),
            line(3, "skipped"),
            line(4, "skipped")
        ]
    );
    let now = at("2026-06-01 00:05");
    finish(&ledger, &running, Attempt::succeeded(Vec::new(), false), now).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
}

#[test]
fn a_delivery_comes_due_once_and_is_never_lost() {
    let (_folder, ledger) = ledger();
    let jobs = [job("a", Trigger::Delivery)];
    let now = at("2026-06-01 12:00");
    tick(&ledger, &jobs, now).unwrap();
    assert!(delivered(&ledger, &jobs[0], "x", now).unwrap());
    assert!(!delivered(&ledger, &jobs[0], "x", now).unwrap());
    let running = claim(&ledger, &jobs, GONE, 9, now).unwrap().unwrap();
    let later = now + TimeDelta::minutes(5);
    assert!(!delivered(&ledger, &jobs[0], "x", later).unwrap());
    assert!(delivered(&ledger, &jobs[0], "xy", later).unwrap());
    assert!(delivered(&ledger, &jobs[0], "xyz", later).unwrap());
    finish(&ledger, &running, Attempt::succeeded(vec!["r".into()], true), later).unwrap();
    let next = run_one(&ledger, &jobs, later, true).unwrap();
    assert_eq!(
        (next.kind, next.key.as_str()),
        (OccurrenceKind::Delivery, "delivery:xyz")
    );
    assert_eq!(run_one(&ledger, &jobs, later, true), None);
    assert_eq!(ledger.occurrence("a", "delivery:x").unwrap().unwrap().runs, ["r"]);
}

#[test]
fn somebody_asks() {
    let (_folder, ledger) = ledger();
    let jobs = [by_cron("a", "0 6 1 1 *")];
    let now = at("2026-06-01 12:00");
    assert!(request(&ledger, &jobs[0], now).unwrap());
    assert!(!request(&ledger, &jobs[0], now).unwrap());
    let claim = run_one(&ledger, &jobs, now, false).unwrap();
    assert_eq!((claim.kind, claim.due), (OccurrenceKind::Manual, now));
}
