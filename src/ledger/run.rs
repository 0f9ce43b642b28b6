//! Runs: one row for each time sluis did something to the lake.
use std::fmt;

use chrono::{DateTime, Utc};
use rusqlite::{Row, TransactionBehavior, params};
use serde::Serialize;

use super::LedgerError;
use super::store::{Ledger, count, moment, moment_of, number};

/// How a run stands; as text in [`Run::status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Going on.
    Running,
    /// Did what it should.
    Succeeded,
    /// Did not, or not all.
    Failed,
    /// Stopped by a user or killed.
    Interrupted,
}

impl RunStatus {
    /// As in the database and in `ops.runs`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// `r-<yyyymmddThhmmssZ>-<4 hexadecimal digits>`
    pub id: String,
    /// `ingest`, `run`, `demo`, ...
    pub kind: String,
    /// Who started it.
    pub who: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// `running`, `succeeded`, `failed` or `interrupted`.
    pub status: String,
    /// What it did: counts and names, never values of persons.
    pub detail: serde_json::Value,
    /// The version of sluis.
    pub version: String,
    /// Rows delivered.
    pub rows_in: u64,
    /// Rows staged.
    pub rows_staged: u64,
    /// Rows set aside.
    pub rows_quarantined: u64,
    /// Rows that contracts drop.
    pub rows_dropped: u64,
    /// How long it took.
    pub duration_ms: u64,
}

impl Run {
    /// A run that is not in the ledger: nothing is written in it.
    pub fn unrecorded(kind: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: id(now, kind, 0),
            kind: kind.to_owned(),
            who: String::new(),
            started_at: now,
            finished_at: None,
            status: RunStatus::Running.as_str().to_owned(),
            detail: serde_json::Value::Null,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rows_in: 0,
            rows_staged: 0,
            rows_quarantined: 0,
            rows_dropped: 0,
            duration_ms: 0,
        }
    }

    /// Ends the run: sets status, end and duration. Write it with [`Ledger::finish_run`].
    pub fn end(&mut self, status: RunStatus, now: DateTime<Utc>) {
        self.status = status.as_str().to_owned();
        self.finished_at = Some(now);
        self.duration_ms = u64::try_from((now - self.started_at).num_milliseconds()).unwrap_or(0);
    }
}

const COLUMNS: &str = "id, kind, who, started_at, finished_at, status, detail, version, rows_in, rows_staged, \
    rows_quarantined, duration_ms, rows_dropped";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Run> {
    let detail: String = row.get(6)?;
    Ok(Run {
        id: row.get(0)?,
        kind: row.get(1)?,
        who: row.get(2)?,
        started_at: moment_of(row, 3)?,
        finished_at: row
            .get::<_, Option<String>>(4)?
            .map(|_| moment_of(row, 4))
            .transpose()?,
        status: row.get(5)?,
        detail: serde_json::from_str(&detail).unwrap_or(serde_json::Value::Null),
        version: row.get(7)?,
        rows_in: count(row, 8)?,
        rows_staged: count(row, 9)?,
        rows_quarantined: count(row, 10)?,
        duration_ms: count(row, 11)?,
        rows_dropped: count(row, 12)?,
    })
}

impl Ledger {
    /// Starts a run and writes it. While this ledger lives the run counts as alive; a killed process's does not.
    pub fn start_run(&self, kind: &str, who: &str, now: DateTime<Utc>) -> Result<Run, LedgerError> {
        let mut run = Run::unrecorded(kind, now);
        run.who = who.to_owned();
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(LedgerError::writing)?;
        for attempt in 0u32.. {
            run.id = id(now, kind, attempt);
            let exists = transaction
                .prepare_cached("select 1 from run where id = ?1")
                .and_then(|mut s| s.exists([&run.id]));
            if !exists.map_err(LedgerError::reading)? {
                break;
            }
        }
        // Held before the row is visible, so that nobody takes the run for a dead one.
        self.holders().hold(&run.id)?;
        insert(&transaction, &run)?;
        transaction.commit().map_err(LedgerError::writing)?;
        Ok(run)
    }

    /// Writes the end of a run, or what it has done so far.
    pub fn finish_run(&self, run: &Run) -> Result<(), LedgerError> {
        insert(&self.connection(), run)?;
        if run.finished_at.is_some() {
            self.holders().release(&run.id);
        }
        Ok(())
    }

    /// The latest runs, newest first; `limit` 0 is all. A run whose process is gone is shown as interrupted.
    pub fn runs(&self, limit: usize) -> Result<Vec<Run>, LedgerError> {
        let sql = format!("select {COLUMNS} from run order by started_at desc, rowid desc limit ?1");
        let limit = if limit == 0 {
            -1
        } else {
            i64::try_from(limit).unwrap_or(-1)
        };
        let mut runs: Vec<Run> = {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(&sql).map_err(LedgerError::reading)?;
            let rows = statement.query_map([limit], from_row).map_err(LedgerError::reading)?;
            rows.collect::<Result<_, _>>().map_err(LedgerError::reading)?
        };
        for run in runs.iter_mut().filter(|run| run.status == RunStatus::Running.as_str()) {
            if !self.holders().alive(&run.id) {
                run.status = RunStatus::Interrupted.as_str().to_owned();
            }
        }
        Ok(runs)
    }
}

fn insert(connection: &rusqlite::Connection, run: &Run) -> Result<(), LedgerError> {
    let sql = format!(
        "insert into run ({COLUMNS}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
         on conflict (id) do update set finished_at = ?5, status = ?6, detail = ?7, rows_in = ?9, rows_staged = ?10, \
         rows_quarantined = ?11, duration_ms = ?12, rows_dropped = ?13"
    );
    let values = params![
        run.id,
        run.kind,
        run.who,
        moment(run.started_at),
        run.finished_at.map(moment),
        run.status,
        run.detail.to_string(),
        run.version,
        number(run.rows_in),
        number(run.rows_staged),
        number(run.rows_quarantined),
        number(run.duration_ms),
        number(run.rows_dropped),
    ];
    connection
        .prepare_cached(&sql)
        .and_then(|mut s| s.execute(values))
        .map_err(LedgerError::writing)?;
    Ok(())
}

/// Digits from time, kind and attempt: no randomness, and still one id a run.
fn id(now: DateTime<Utc>, kind: &str, attempt: u32) -> String {
    let nanos = now.timestamp_nanos_opt().unwrap_or(0);
    let digits = blake3::hash(format!("{nanos} {kind} {attempt}").as_bytes()).to_hex();
    format!("r-{}-{}", now.format("%Y%m%dT%H%M%SZ"), &digits.as_str()[..4])
}
