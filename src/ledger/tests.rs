use chrono::{DateTime, TimeDelta, Utc};

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + seconds)
}

fn delivery(file: &str, content: &str, received: i64) -> Delivery {
    Delivery {
        id: Delivery::id_of("duo_vestigingen", content),
        pipeline: "duo_vestigingen".into(),
        file: file.into(),
        content: content.into(),
        contract: "c1".into(),
        period: Some("2019-2020".into()),
        file_version: Some(3),
        bytes: 12,
        rows_in: 7,
        rows_staged: 2,
        rows_quarantined: 1,
        rows_dropped: 4,
        status: DeliveryStatus::Published,
        reason: None,
        table_version: Some(1),
        run: "r-1".into(),
        file_stamp: Some("12:1:2".into()),
        received_at: at(received),
        finished_at: Some(at(received + 1)),
        duration_ms: 1000,
        superseded_by: None,
    }
}

fn ledger() -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join(".sluis/ledger.db")).unwrap();
    (folder, ledger)
}

#[test]
fn deliveries_come_back_as_written() {
    let (_folder, ledger) = ledger();
    let first = delivery("a.csv", &"ab".repeat(32), 0);
    let second = delivery("b.csv", &"cd".repeat(32), 5);
    ledger.put_delivery(&second).unwrap();
    ledger.put_delivery(&first).unwrap();
    assert_eq!(ledger.deliveries(None).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(ledger.deliveries(Some("other")).unwrap(), []);
    assert_eq!(
        ledger.find("duo_vestigingen", &second.content).unwrap(),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        ledger.find_stamp("duo_vestigingen", "a.csv", "12:1:2").unwrap(),
        std::slice::from_ref(&first)
    );
    assert_eq!(ledger.find_stamp("duo_vestigingen", "a.csv", "13:1:2").unwrap(), []);
    ledger
        .mark_superseded(std::slice::from_ref(&first.id), &second.id)
        .unwrap();
    let now = ledger.delivery(&first.id).unwrap().unwrap();
    assert_eq!(
        (now.status, now.superseded_by.as_deref()),
        (DeliveryStatus::Superseded, Some(second.id.as_str()))
    );
}

#[test]
fn an_id_depends_on_content_and_pipeline() {
    let content = "0123456789abcdef0123456789abcdef";
    let id = Delivery::id_of("a", content);
    assert!(id.starts_with("d-0123456789abcdef-") && id.len() == 23, "{id}");
    assert_ne!(id, Delivery::id_of("b", content));
}

#[test]
fn a_run_begins_and_ends() {
    let (_folder, ledger) = ledger();
    let mut run = ledger.start_run("ingest", "anna", at(0)).unwrap();
    let same_moment = ledger.start_run("ingest", "anna", at(0)).unwrap();
    assert_ne!(run.id, same_moment.id);
    assert!(
        run.id.starts_with("r-20231114T221320Z-") && run.id.len() == 23,
        "{}",
        run.id
    );
    assert_eq!(ledger.runs(1).unwrap()[0].status, "running");
    run.rows_in = 3;
    run.detail = serde_json::json!({ "files": 1 });
    run.end(RunStatus::Succeeded, at(2));
    ledger.finish_run(&run).unwrap();
    assert_eq!(run.duration_ms, 2000);
    assert!(ledger.runs(0).unwrap().contains(&run));
}

#[test]
fn a_dead_run_is_interrupted() {
    let (folder, ledger) = ledger();
    let run = ledger.start_run("run", "anna", at(0)).unwrap();
    let other = Ledger::open(ledger.path()).unwrap();
    assert_eq!(other.runs(0).unwrap()[0].status, "running");
    drop(ledger);
    let found = &other.runs(0).unwrap()[0];
    assert_eq!(
        (found.id.as_str(), found.status.as_str()),
        (run.id.as_str(), "interrupted")
    );
    drop(folder);
}

#[test]
fn quarantines_are_closed_and_opened() {
    let (_folder, ledger) = ledger();
    ledger.close_quarantine("d-1", "discarded", "anna", at(0)).unwrap();
    let closed = ClosedQuarantine {
        delivery: "d-1".into(),
        how: "discarded".into(),
        who: "anna".into(),
        at: at(0),
    };
    assert_eq!(ledger.closed_quarantines().unwrap(), [closed]);
    ledger.reopen_quarantine("d-1").unwrap();
    assert_eq!(ledger.closed_quarantines().unwrap(), []);
}

#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, ledger) = ledger();
    ledger.close_quarantine("d-1", "discarded", "anna", at(0)).unwrap();
    for entry in std::fs::read_dir(folder.path().join(".sluis")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            assert_eq!(
                entry.metadata().unwrap().permissions().mode() & 0o077,
                0,
                "{:?}",
                entry.path()
            );
        }
    }
}

#[test]
fn a_later_format_is_refused() {
    let (folder, ledger) = ledger();
    let path = ledger.path().to_path_buf();
    drop(ledger);
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(Ledger::open(&path), Err(LedgerError::Newer { found: 99, .. })));
    drop(folder);
}

#[test]
fn an_earlier_format_is_brought_up_to_date() {
    let (folder, ledger) = ledger();
    let path = ledger.path().to_path_buf();
    ledger.put_delivery(&delivery("a.csv", &"0".repeat(64), 1)).unwrap();
    drop(ledger);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(
        "drop table occurrence; drop table schedule_state; drop table token; drop table access; drop table contract; alter table delivery drop column file_version; \
         alter table delivery drop column rows_dropped; alter table run drop column rows_dropped; \
         pragma user_version = 1",
    )
    .unwrap();
    drop(old);
    let ledger = Ledger::open(&path).unwrap();
    let kept = ledger.deliveries(None).unwrap();
    assert_eq!((kept.len(), kept[0].rows_in, kept[0].file_version), (1, 7, None));
    assert_eq!(ledger.contract("f").unwrap(), None);
    for rules in ["a = 1", "a = 2"] {
        ledger.put_contract("f", rules).unwrap();
    }
    assert_eq!(ledger.contract("f").unwrap().as_deref(), Some("a = 1"));
    drop(folder);
}

#[test]
fn two_ledgers_write_at_once() {
    let (_folder, ledger) = ledger();
    let path = ledger.path().to_path_buf();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let ledger = Ledger::open(path).unwrap();
                for n in 0..10 {
                    ledger
                        .put_delivery(&delivery("a.csv", &format!("{thread:032}{n:032}"), n))
                        .unwrap();
                    ledger.start_run("ingest", "anna", at(0)).unwrap();
                }
            });
        }
    });
    assert_eq!(ledger.runs(0).unwrap().len(), 40);
}
