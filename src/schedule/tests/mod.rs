//! Time is an argument everywhere: nothing here waits.
use chrono::{DateTime, Utc};

use super::*;
use crate::contract::schedule::{DEFAULT_ZONE, Expression, Missed, Overlap, Policy, Trigger};
use crate::ledger::{Ledger, Occurrence, OccurrenceKind, OccurrenceStatus};

mod after;
mod backfill;
mod by_hand;
mod claims;
mod clocks;
mod crowds;
mod declared;
mod gap;
mod month;
mod overlap;
mod regular;

fn ledger() -> (tempfile::TempDir, Ledger) {
    // in memory where that can be: some tests commit thousands of times
    let memory = std::path::Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let folder = folder.unwrap();
    let ledger = Ledger::open(&folder.path().join(".sluis/ledger.db")).unwrap();
    (folder, ledger)
}

/// A moment: `2026-03-29 00:30` in UTC, or with a zone's offset `2026-03-29 02:30 +02:00`.
fn at(text: &str) -> DateTime<Utc> {
    let text = text.replacen(' ', "T", 1).replace(' ', "");
    let text = match text.len() {
        16 => format!("{text}:00Z"),
        22 => format!("{}:00{}", &text[..16], &text[16..]),
        _ => text,
    };
    text.parse().unwrap()
}

fn expression(cron: &str) -> Expression {
    cron.parse().unwrap()
}

fn job(name: &str, trigger: Trigger) -> Job {
    Job {
        name: name.to_owned(),
        work: Work::Ingest(name.to_owned()),
        trigger,
        policy: Policy::default(),
        interval: None,
    }
}

fn by_cron(name: &str, cron: &str) -> Job {
    let cron = expression(cron);
    job(
        name,
        Trigger::Cron {
            cron,
            zone: DEFAULT_ZONE,
        },
    )
}

fn with(job: Job, change: impl FnOnce(&mut Policy)) -> Job {
    let mut job = job;
    change(&mut job.policy);
    job
}

const GONE: &str = "nobody";

/// Starts the next occurrence and ends it well.
fn run_one(ledger: &Ledger, jobs: &[Job], now: DateTime<Utc>, changed: bool) -> Option<Claim> {
    let claim = claim(ledger, jobs, GONE, 1, now).unwrap()?;
    let runs = vec!["r-1".to_owned()];
    finish(ledger, &claim, Attempt::succeeded(runs, changed), now).unwrap();
    Some(claim)
}

/// Status and moment of each occurrence, in order.
fn told(ledger: &Ledger) -> Vec<String> {
    let line = |one: Occurrence| format!("{} {} {}", one.job, one.due_at.format("%d %H:%M"), one.status);
    ledger.occurrences().unwrap().into_iter().map(line).collect()
}
