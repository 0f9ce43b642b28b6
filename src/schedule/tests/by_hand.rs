//! What people do by hand beside the service, and what changes without any run.
use super::*;
use crate::lake::TableName;

fn tables(names: &[&str]) -> Vec<TableName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn models() -> Job {
    let mut job = job(MODELS, Trigger::After(vec!["a".to_owned(), "mart.own".to_owned()]));
    job.work = Work::Run(Vec::new());
    job
}

fn due(ledger: &Ledger, jobs: &[Job], now: DateTime<Utc>) -> Option<String> {
    tick(ledger, jobs, now).unwrap();
    run_one(ledger, jobs, now, false).map(|claim| format!("{} {}", claim.job.name, claim.kind))
}

#[test]
fn what_is_published_by_hand_lets_jobs_after_it_come_due_once() {
    let (_folder, ledger) = ledger();
    let jobs = [job("a", Trigger::Delivery), models(), by_cron("mart.own", "0 6 1 1 *")];
    let now = at("2026-06-01 04:00");
    let run = ledger.start_run("ingest", "ada", now).unwrap();
    // no service has looked yet
    by_hand(&ledger, &run, &tables(&["staging.a"]), now).unwrap();
    assert!(ledger.occurrences().unwrap().is_empty());
    tick(&ledger, &jobs, now).unwrap();
    for (table, then) in [
        ("staging.a", Some("models after")),
        ("mart.own", Some("models after")),
        ("staging.other", None),
        ("mart.other", None),
    ] {
        let run = ledger.start_run("ingest", "ada", now).unwrap();
        by_hand(&ledger, &run, &tables(&[table]), now).unwrap();
        by_hand(&ledger, &run, &tables(&[table]), now).unwrap();
        assert_eq!(due(&ledger, &jobs, now).as_deref(), then, "{table}");
        assert_eq!(due(&ledger, &jobs, now), None, "{table}");
    }
    let last = ledger.last_occurrences().unwrap();
    let by_hand = last.iter().find(|one| one.job == "a").unwrap();
    assert_eq!(by_hand.note.as_deref(), Some("`sluis ingest` by hand"));
    assert_eq!(by_hand.status, OccurrenceStatus::Succeeded);
}

#[test]
fn a_change_is_seen_by_what_waits_and_asked_for_otherwise() {
    let (_folder, ledger) = ledger();
    let jobs = [job("a", Trigger::Delivery), models()];
    let now = at("2026-06-01 04:00");
    tick(&ledger, &jobs, now).unwrap();
    assert!(changed(&ledger, &jobs[1], now).unwrap());
    assert!(!changed(&ledger, &jobs[1], at("2026-06-01 04:01")).unwrap());
    let later = at("2026-06-01 04:02");
    assert_eq!(due(&ledger, &jobs, later).as_deref(), Some("models definition"));
    assert!(changed(&ledger, &jobs[1], later).unwrap());
}

#[test]
fn the_last_of_a_job_is_what_ran_last_and_one_without_a_process_is_interrupted() {
    let (_folder, ledger) = ledger();
    let jobs = [by_cron("a", "0 6 * * *")];
    let now = at("2026-06-01 04:00");
    tick(&ledger, &jobs, at("2026-06-01 03:00")).unwrap();
    tick(&ledger, &jobs, now).unwrap();
    run_one(&ledger, &jobs, now, false).unwrap();
    let past = (at("2020-01-01 00:00"), at("2021-01-01 00:00"));
    backfill(&ledger, &jobs[0], past, None, now).unwrap();
    let later = at("2026-06-01 05:00");
    run_one(&ledger, &jobs, later, false).unwrap();
    let last = || ledger.last_occurrences().unwrap().remove(0);
    assert_eq!(
        (last().kind, last().status),
        (OccurrenceKind::Backfill, OccurrenceStatus::Succeeded)
    );
    let shown = &overview(&ledger, &jobs, later).unwrap()[0];
    assert_eq!((shown.last, shown.last_kind), (Some(later), Some("backfill")));
    request(&ledger, &jobs[0], later).unwrap();
    ledger.hold_owner("alive").unwrap();
    claim(&ledger, &jobs, "alive", 1, later).unwrap().unwrap();
    assert_eq!(last().status, OccurrenceStatus::Running);
    ledger.release_owner("alive");
    assert_eq!(last().status, OccurrenceStatus::Interrupted);
}
