//! Many jobs, and many processes.
use std::collections::BTreeSet;
use std::sync::Mutex;

use super::*;

#[test]
fn ten_thousand_schedules_in_one_tick_come_due_once_each() {
    let (_folder, ledger) = ledger();
    // croner takes a quarter of a millisecond to read an expression
    let one = by_cron("job", "0 6 * * *");
    let named = |n: u32| Job {
        name: format!("job_{n:05}"),
        ..one.clone()
    };
    let jobs: Vec<Job> = (0..10_000).map(named).collect();
    tick(&ledger, &jobs, at("2026-06-01 12:00")).unwrap();
    let ticked = tick(&ledger, &jobs, at("2026-06-02 04:00")).unwrap();
    assert_eq!((ticked.queued, ticked.missed, ticked.skipped), (10_000, 0, 0));
    assert_eq!(tick(&ledger, &jobs, at("2026-06-02 04:00")).unwrap(), Ticked::default());
    let rows = ledger.occurrences().unwrap();
    let names: BTreeSet<_> = rows.iter().map(|one| one.job.as_str()).collect();
    assert_eq!((rows.len(), names.len()), (10_000, 10_000));
    assert!(rows.iter().all(|one| one.due_at == at("2026-06-02 04:00")));
}

#[test]
fn processes_on_one_ledger_find_and_run_each_occurrence_once() {
    let (_folder, ledger) = ledger();
    let jobs: Vec<Job> = (0..40).map(|n| by_cron(&format!("job_{n}"), "* * * * *")).collect();
    tick(&ledger, &jobs, at("2026-06-01 00:00")).unwrap();
    let claimed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for process in 0..4 {
            let (path, jobs, claimed) = (ledger.path(), &jobs, &claimed);
            scope.spawn(move || {
                let ledger = Ledger::open(path).unwrap();
                let owner = format!("process-{process}");
                for minute in 1..=5 {
                    let now = at(&format!("2026-06-01 00:0{minute}"));
                    tick(&ledger, jobs, now).unwrap();
                    while let Some(claim) = claim(&ledger, jobs, &owner, 100, now).unwrap() {
                        claimed.lock().unwrap().push((claim.job.name.clone(), claim.due));
                        let runs = Vec::new();
                        let ended = Attempt::succeeded(runs, true);
                        assert_eq!(
                            finish(&ledger, &claim, ended, now).unwrap(),
                            Some(OccurrenceStatus::Succeeded)
                        );
                    }
                }
            });
        }
    });
    let claimed = claimed.into_inner().unwrap();
    let unique: BTreeSet<_> = claimed.iter().cloned().collect();
    assert_eq!(claimed.len(), unique.len());
    let rows = ledger.occurrences().unwrap();
    // a process that lags finds nothing that was not found; one that is ahead may take the place of what waits
    let ran = rows
        .iter()
        .filter(|one| one.status == OccurrenceStatus::Succeeded)
        .count();
    let skipped = rows
        .iter()
        .filter(|one| one.status == OccurrenceStatus::Skipped)
        .count();
    assert_eq!((rows.len(), ran), (200, claimed.len()));
    assert_eq!(ran + skipped, 200);
}

#[test]
fn no_more_run_at_once_than_the_limit_whoever_runs_them() {
    let (_folder, ledger) = ledger();
    let jobs: Vec<Job> = (0..5).map(|n| by_cron(&format!("job_{n}"), "0 6 * * *")).collect();
    tick(&ledger, &jobs, at("2026-06-01 03:00")).unwrap();
    let now = at("2026-06-01 04:00");
    tick(&ledger, &jobs, now).unwrap();
    let other = Ledger::open(ledger.path()).unwrap();
    let first = claim(&ledger, &jobs, "a", 2, now).unwrap().unwrap();
    assert!(claim(&other, &jobs, "b", 2, now).unwrap().is_some());
    assert_eq!(claim(&ledger, &jobs, "a", 2, now).unwrap(), None);
    finish(&ledger, &first, Attempt::succeeded(Vec::new(), false), now).unwrap();
    assert!(claim(&other, &jobs, "b", 2, now).unwrap().is_some());
}
