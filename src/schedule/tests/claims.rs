//! What becomes of occurrences that were started.
use std::time::Duration;

use chrono::TimeDelta;

use super::*;

fn failed(worth_retrying: bool) -> Attempt {
    Attempt::without_trace(Ended::Failed {
        reason: "the disk is full".to_owned(),
        worth_retrying,
    })
}

/// A job that has come due at 06:00, and the moment.
fn due(job: Job) -> (tempfile::TempDir, Ledger, [Job; 1], DateTime<Utc>) {
    let (folder, ledger) = ledger();
    let jobs = [job];
    tick(&ledger, &jobs, at("2026-06-01 05:00 +02:00")).unwrap();
    let now = at("2026-06-01 06:00 +02:00");
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
    (folder, ledger, jobs, now)
}

fn only(ledger: &Ledger) -> Occurrence {
    let mut rows = ledger.occurrences().unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn a_failure_that_is_worth_it_is_tried_again_later_each_time() {
    let (_folder, ledger, jobs, mut now) = due(by_cron("a", "0 6 * * *"));
    for wait in [1, 2] {
        let attempt = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
        assert_eq!(
            finish(&ledger, &attempt, failed(true), now).unwrap(),
            Some(OccurrenceStatus::Queued)
        );
        assert_eq!(only(&ledger).note.as_deref(), Some("the disk is full"));
        let again = now + TimeDelta::minutes(wait);
        assert_eq!(
            claim(&ledger, &jobs, GONE, 1, again - TimeDelta::seconds(1)).unwrap(),
            None
        );
        now = again;
    }
    let last = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
    assert_eq!(last.attempt, 3);
    assert_eq!(
        finish(&ledger, &last, failed(true), now).unwrap(),
        Some(OccurrenceStatus::Failed)
    );
    assert_eq!(claim(&ledger, &jobs, GONE, 1, now + TimeDelta::days(1)).unwrap(), None);
}

#[test]
fn a_failure_that_is_not_worth_it_is_final_and_so_is_one_without_retries() {
    let (_folder, ledger, jobs, now) = due(by_cron("a", "0 6 * * *"));
    let attempt = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
    assert_eq!(
        finish(&ledger, &attempt, failed(false), now).unwrap(),
        Some(OccurrenceStatus::Failed)
    );
    let without = with(by_cron("a", "0 6 * * *"), |policy| {
        policy.retries = 0;
        policy.timeout = Some(Duration::from_secs(7_200));
    });
    let (_folder, ledger, jobs, now) = due(without);
    let attempt = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
    assert_eq!(
        finish(&ledger, &attempt, Attempt::without_trace(Ended::TimedOut), now).unwrap(),
        Some(OccurrenceStatus::Failed)
    );
    assert_eq!(only(&ledger).note.as_deref(), Some("took longer than 2 hours"));
}

#[test]
fn a_crash_between_start_and_end_is_found_and_runs_once_more() {
    let (_folder, ledger, jobs, now) = due(by_cron("a", "0 6 * * *"));
    let other = Ledger::open(ledger.path()).unwrap();
    other.hold_owner("serve-1").unwrap();
    let lost = claim(&other, &jobs, "serve-1", 4, now).unwrap().unwrap();
    let alive = |owner: &str| ledger.owner_alive(owner);
    assert_eq!(orphans(&ledger, alive, now).unwrap(), []);
    // the process is gone, and its lock with it
    drop(other);
    let found = orphans(&ledger, alive, now).unwrap();
    assert_eq!(
        (found.len(), found[0].status, found[0].interruptions),
        (1, OccurrenceStatus::Queued, 1)
    );
    assert_eq!(orphans(&ledger, alive, now).unwrap(), []);
    let again = run_one(&ledger, &jobs, now, false).unwrap();
    assert_eq!((again.key.clone(), again.attempt), (lost.key.clone(), 2));
    assert_eq!(run_one(&ledger, &jobs, now, false), None);
    // what the lost one might still say comes too late
    assert_eq!(finish(&ledger, &lost, failed(true), now).unwrap(), None);
    assert_eq!(only(&ledger).status, OccurrenceStatus::Succeeded);
}

#[test]
fn interruptions_use_up_no_retry_but_deaths_do_not_go_on_for_ever() {
    let (_folder, ledger, jobs, mut now) = due(by_cron("a", "0 6 * * *"));
    for _ in 0..5 {
        let stopped = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
        assert_eq!(
            finish(&ledger, &stopped, Attempt::without_trace(Ended::Interrupted), now).unwrap(),
            Some(OccurrenceStatus::Queued)
        );
    }
    for _ in 0..2 {
        let attempt = claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
        assert_eq!(
            finish(&ledger, &attempt, failed(true), now).unwrap(),
            Some(OccurrenceStatus::Queued)
        );
        now += TimeDelta::hours(1);
    }
    for death in 1..=4 {
        claim(&ledger, &jobs, GONE, 1, now).unwrap().unwrap();
        let expected = if death <= 3 {
            OccurrenceStatus::Queued
        } else {
            OccurrenceStatus::Failed
        };
        assert_eq!(orphans(&ledger, |_| false, now).unwrap()[0].status, expected);
    }
    assert!(only(&ledger).note.unwrap().contains("4 times"));
}

#[test]
fn a_paused_job_stands_still_also_after_a_restart() {
    let (_folder, ledger, jobs, now) = due(by_cron("a", "0 6 * * *"));
    assert!(pause(&ledger, "a", now).unwrap());
    assert!(!pause(&ledger, "a", now).unwrap());
    let path = ledger.path().to_path_buf();
    drop(ledger);
    let ledger = Ledger::open(&path).unwrap();
    let later = now + TimeDelta::days(3);
    assert_eq!(tick(&ledger, &jobs, later).unwrap(), Ticked::default());
    assert_eq!(claim(&ledger, &jobs, GONE, 1, later).unwrap(), None);
    assert!(overview(&ledger, &jobs, later).unwrap()[0].paused);
    assert!(resume(&ledger, "a", later).unwrap());
    // what waited gives way to the last that came due meanwhile
    tick(&ledger, &jobs, later).unwrap();
    assert_eq!(
        told(&ledger),
        [
            "a 01 04:00 skipped",
            "a 02 04:00 missed",
            "a 03 04:00 missed",
            "a 04 04:00 queued"
        ]
    );
    let declared = [with(jobs[0].clone(), |policy| policy.paused = true)];
    assert_eq!(claim(&ledger, &declared, GONE, 1, later).unwrap(), None);
    assert!(claim(&ledger, &jobs, GONE, 1, later).unwrap().is_some());
    let gone = [by_cron("other", "0 6 * * *")];
    assert_eq!(claim(&ledger, &gone, GONE, 9, later).unwrap(), None);
}

#[test]
fn jitter_puts_the_start_off_and_changes_nothing_else() {
    let spread = |name: &str| {
        with(by_cron(name, "0 6 * * *"), |policy| {
            policy.jitter = Some(Duration::from_secs(600))
        })
    };
    let (_folder, ledger, _, now) = due(by_cron("other", "0 6 * * *"));
    let jobs: Vec<Job> = (0..20).map(|n| spread(&format!("job_{n}"))).collect();
    tick(&ledger, &jobs, now - TimeDelta::hours(1)).unwrap();
    tick(&ledger, &jobs, now).unwrap();
    let mut rows = ledger.occurrences().unwrap();
    rows.retain(|one| one.job != "other");
    assert!(
        rows.iter()
            .all(|one| one.due_at == now && one.key == "cron:2026-06-01T04:00:00Z")
    );
    let delays: std::collections::BTreeSet<_> = rows.iter().map(|one| (one.not_before - now).num_seconds()).collect();
    assert!(
        delays.len() > 10 && delays.iter().all(|delay| (0..=600).contains(delay)),
        "{delays:?}"
    );
    let shown = overview(&ledger, &jobs, now - TimeDelta::seconds(1)).unwrap();
    let row = rows.iter().find(|one| one.job == "job_0").unwrap();
    assert_eq!((shown[0].next, shown[0].not_before), (Some(now), Some(row.not_before)));
}
