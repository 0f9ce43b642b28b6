//! The process was down over a change of the clock.
use super::*;

/// Down from 01:10 on 29 March, when it was last looked, to 13:00: with a job for 02:30 each night and one for each hour.
fn after_standstill(missed: Missed) -> Vec<String> {
    let (_folder, ledger) = ledger();
    let jobs = ["30 2 * * *", "0 * * * *"].map(|cron| {
        let name = if cron.starts_with('3') { "nightly" } else { "hourly" };
        with(by_cron(name, cron), |policy| policy.missed = missed)
    });
    tick(&ledger, &jobs, at("2026-03-29 01:10 +01:00")).unwrap();
    assert_eq!(told(&ledger), Vec::<String>::new());
    let now = at("2026-03-29 13:20 +02:00");
    tick(&ledger, &jobs, now).unwrap();
    let first = told(&ledger);
    // once found, they are not found again
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    assert_eq!(told(&ledger), first);
    first
}

#[test]
fn of_what_was_missed_the_last_runs() {
    let told = after_standstill(Missed::RunLast);
    let nightly: Vec<_> = told.iter().filter(|line| line.starts_with("nightly")).collect();
    assert_eq!(nightly, ["nightly 29 01:00 queued"]);
    // 03:00 to 13:00 local time: the newest was found within its hour
    let hourly: Vec<_> = told.iter().filter(|line| line.starts_with("hourly")).collect();
    assert_eq!((hourly.len(), hourly[10].as_str()), (11, "hourly 29 11:00 queued"));
    assert!(hourly[..10].iter().all(|line| line.ends_with("missed")));
}

#[test]
fn all_that_was_missed_runs_oldest_first() {
    let told = after_standstill(Missed::RunAll);
    assert_eq!(told.len(), 12);
    assert!(told.iter().all(|line| line.ends_with("queued")), "{told:?}");
}

#[test]
fn what_was_missed_is_left_but_what_is_only_late_runs() {
    let told = after_standstill(Missed::Skip);
    let queued: Vec<_> = told.iter().filter(|line| line.ends_with("queued")).collect();
    assert_eq!(queued, ["hourly 29 11:00 queued"]);
    assert_eq!(told.iter().filter(|line| line.ends_with("missed")).count(), 11);
}

#[test]
fn a_catch_up_runs_oldest_first_and_each_is_about_its_own_stretch() {
    let (_folder, ledger) = ledger();
    let jobs = [with(by_cron("hourly", "0 * * * *"), |policy| {
        policy.missed = Missed::RunAll
    })];
    tick(&ledger, &jobs, at("2026-10-24 23:30")).unwrap();
    let now = at("2026-10-25 09:30");
    tick(&ledger, &jobs, now).unwrap();
    let mut end = at("2026-10-24 23:00");
    let mut runs = 0;
    while let Some(claim) = run_one(&ledger, &jobs, now, false) {
        assert_eq!((claim.from, claim.to), (end, claim.due));
        end = claim.to;
        runs += 1;
    }
    assert_eq!((runs, end), (10, at("2026-10-25 09:00")));
}

#[test]
fn a_year_of_seconds_is_bounded() {
    let (_folder, ledger) = ledger();
    let every_second = |name: &str, missed| with(by_cron(name, "* * * * * *"), |policy| policy.missed = missed);
    let jobs = [
        every_second("last", Missed::RunLast),
        every_second("all", Missed::RunAll),
    ];
    tick(&ledger, &jobs, at("2025-06-01 00:00")).unwrap();
    let now = at("2026-06-01 00:00");
    tick(&ledger, &jobs, now).unwrap();
    let rows = ledger.occurrences().unwrap();
    let (last, all): (Vec<_>, Vec<_>) = rows.into_iter().partition(|one| one.job == "last");
    assert_eq!((last.len(), all.len()), (1_000, 1_000));
    assert_eq!(last[0].note.as_deref(), Some("and more than 10000 before it"));
    assert_eq!((last[999].due_at, last[999].status), (now, OccurrenceStatus::Queued));
    assert!(all.iter().all(|one| one.status == OccurrenceStatus::Queued));
    assert_eq!(all[0].due_at, at("2025-06-01 00:00") + chrono::TimeDelta::seconds(1));
    // nothing of `run_all` is lost: there is room for as many as have run
    assert_eq!(tick(&ledger, &jobs, now).unwrap(), Ticked::default());
    let only_all = &jobs[1..];
    for _ in 0..3 {
        run_one(&ledger, only_all, now, false).unwrap();
    }
    assert_eq!(tick(&ledger, &jobs, now).unwrap().queued, 3);
    let rows = ledger.occurrences().unwrap();
    let newest = rows.iter().filter(|one| one.job == "all").map(|one| one.due_at).max();
    assert_eq!(newest, Some(at("2025-06-01 00:00") + chrono::TimeDelta::seconds(1_003)));
}

#[test]
fn a_new_job_and_one_with_other_times_start_now() {
    let (_folder, ledger) = ledger();
    let now = at("2026-06-01 12:00");
    tick(&ledger, &[by_cron("a", "0 6 * * *")], now).unwrap();
    let later = [by_cron("a", "0 13 * * *"), by_cron("b", "* * * * *")];
    assert_eq!(
        tick(&ledger, &later, at("2026-06-01 12:30")).unwrap(),
        Ticked::default()
    );
    assert_eq!(tick(&ledger, &later, at("2026-06-02 11:00")).unwrap().queued, 2);
}
