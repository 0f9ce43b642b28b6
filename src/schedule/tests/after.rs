//! Jobs that come after others.
use chrono::TimeDelta;

use super::*;

fn after(name: &str, names: &[&str]) -> Job {
    job(
        name,
        Trigger::After(names.iter().map(|name| (*name).to_owned()).collect()),
    )
}

fn names(ledger: &Ledger, status: OccurrenceStatus) -> Vec<String> {
    let mut rows = ledger.occurrences().unwrap();
    rows.retain(|one| one.status == status);
    rows.into_iter().map(|one| one.job).collect()
}

/// The first of the jobs, started at 06:00 in Amsterdam.
fn started(ledger: &Ledger, jobs: &[Job]) -> (Claim, DateTime<Utc>) {
    tick(ledger, jobs, at("2026-06-01 03:00")).unwrap();
    let now = at("2026-06-01 04:00");
    tick(ledger, jobs, now).unwrap();
    (claim(ledger, jobs, GONE, 9, now).unwrap().unwrap(), now)
}

#[test]
fn a_job_comes_after_what_changed_and_several_are_one() {
    let (_folder, ledger) = ledger();
    let jobs = [
        by_cron("a", "0 6 * * *"),
        by_cron("b", "0 6 * * *"),
        after("c", &["a", "b"]),
        after("d", &["c"]),
    ];
    tick(&ledger, &jobs, at("2026-06-01 03:00")).unwrap();
    let mut now = at("2026-06-01 04:00");
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 2);
    run_one(&ledger, &jobs, now, true).unwrap();
    // b waits: c waits for it
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    let b = claim(&ledger, &jobs, GONE, 9, now).unwrap().unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    finish(&ledger, &b, Attempt::succeeded(Vec::new(), true), now).unwrap();
    now += TimeDelta::minutes(1);
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
    assert_eq!(names(&ledger, OccurrenceStatus::Queued), ["c"]);
    // it changes nothing: what comes after it does not come due
    run_one(&ledger, &jobs, now, false).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    request(&ledger, &jobs[2], now).unwrap();
    run_one(&ledger, &jobs, now, true).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
    assert_eq!(names(&ledger, OccurrenceStatus::Queued), ["d"]);
}

#[test]
fn a_failure_and_a_run_without_change_bring_nothing_about() {
    let (_folder, ledger) = ledger();
    let jobs = [by_cron("a", "0 6 * * *"), after("c", &["a"])];
    let (claim, now) = started(&ledger, &jobs);
    let ended = Attempt::without_trace(Ended::Failed {
        reason: "no".into(),
        worth_retrying: false,
    });
    finish(&ledger, &claim, ended, now).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    request(&ledger, &jobs[0], now).unwrap();
    run_one(&ledger, &jobs, now, false).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
}

#[test]
fn what_a_run_that_failed_in_part_has_published_is_followed() {
    let (_folder, ledger) = ledger();
    let jobs = [by_cron("a", "0 6 * * *"), after("c", &["a"])];
    let (claim, now) = started(&ledger, &jobs);
    let attempt = Attempt {
        ended: Ended::Failed {
            reason: "one of two deliveries was rejected".into(),
            worth_retrying: false,
        },
        runs: vec!["r".into()],
        changed: true,
        note: None,
    };
    finish(&ledger, &claim, attempt, now).unwrap();
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
}

#[test]
fn a_paused_job_and_one_that_is_gone_are_not_waited_for() {
    let (_folder, ledger) = ledger();
    let all = [
        by_cron("a", "0 6 * * *"),
        by_cron("b", "0 6 * * *"),
        by_cron("gone", "0 6 * * *"),
        after("c", &["a", "b", "gone"]),
    ];
    tick(&ledger, &all, at("2026-06-01 03:00")).unwrap();
    let now = at("2026-06-01 04:00");
    tick(&ledger, &all, now).unwrap();
    run_one(&ledger, &all, now, true).unwrap();
    pause(&ledger, "b", now).unwrap();
    let jobs = [all[0].clone(), all[1].clone(), all[3].clone()];
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 1);
    // what came before a job was there is nothing to it
    let late = [all[0].clone(), after("new", &["a"])];
    assert_eq!(tick(&ledger, &late, now).unwrap(), Ticked::default());
}

#[test]
fn changes_during_a_run_bring_about_one_more_run() {
    let (_folder, ledger) = ledger();
    let jobs = [job("a", Trigger::Delivery), after("c", &["a"])];
    let now = at("2026-06-01 04:00");
    tick(&ledger, &jobs, now).unwrap();
    let deliver = |key: &str| {
        delivered(&ledger, &jobs[0], key, now).unwrap();
        run_one(&ledger, &jobs[..1], now, true).map(|_| tick(&ledger, &jobs, now).unwrap())
    };
    assert_eq!(deliver("1").unwrap().queued, 1);
    let running = claim(&ledger, &jobs, GONE, 9, now).unwrap().unwrap();
    assert_eq!(running.job.name, "c");
    let deliver = |key: &str| {
        delivered(&ledger, &jobs[0], key, now).unwrap();
        let claim = claim(&ledger, &jobs[..1], GONE, 9, now).unwrap().unwrap();
        finish(&ledger, &claim, Attempt::succeeded(Vec::new(), true), now).unwrap();
        tick(&ledger, &jobs, now).unwrap().queued
    };
    assert_eq!([deliver("2"), deliver("3")], [1, 0]);
    finish(&ledger, &running, Attempt::succeeded(Vec::new(), true), now).unwrap();
    assert_eq!(run_one(&ledger, &jobs, now, true).unwrap().job.name, "c");
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    assert_eq!(run_one(&ledger, &jobs, now, true), None);
}
