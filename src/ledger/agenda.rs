//! The agenda: occurrences and how far each job was looked at, read and changed in one transaction.
//!
//! What the rules are is no matter of the ledger: see [`crate::schedule`].
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::occurrence::{self, Occurrence};
use super::store::{Ledger, moment, moment_of};
use super::{LedgerError, OccurrenceStatus};

/// How far a job was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    /// What made it come due then.
    pub trigger: String,
    /// Up to when.
    pub cursor: DateTime<Utc>,
    /// Up to which change of other jobs.
    pub seen: i64,
    /// Whether somebody has paused it.
    pub paused: bool,
}

/// What a job has going on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    /// Occurrences that run.
    pub running: u32,
    /// Occurrences that wait.
    pub queued: u32,
    /// The key of the one that waits for its first start and gives way to a later one.
    pub waiting: Option<String>,
}

/// The agenda within one transaction.
#[derive(Debug)]
pub struct Agenda<'a> {
    transaction: Transaction<'a>,
}

impl Ledger {
    /// Whether anything can be written: writes what is there already.
    ///
    /// # Errors
    /// When it cannot.
    pub fn probe(&self) -> Result<(), LedgerError> {
        let connection = self.connection();
        let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        let version = version.map_err(LedgerError::reading)?;
        let written = connection.pragma_update(None, "user_version", version);
        written.map_err(LedgerError::writing)
    }

    /// Reads and changes the agenda; nobody else writes meanwhile, and nothing stays of it when `work` fails.
    pub fn agenda<T, E: From<LedgerError>>(&self, work: impl FnOnce(&Agenda<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(LedgerError::writing)?;
        let agenda = Agenda { transaction };
        let done = work(&agenda)?;
        agenda.transaction.commit().map_err(LedgerError::writing)?;
        Ok(done)
    }
}

impl Agenda<'_> {
    /// How far each job was looked at.
    pub fn states(&self) -> Result<HashMap<String, JobState>, LedgerError> {
        let sql = "select job, trigger, cursor, seen, paused from schedule_state";
        let mut statement = self.transaction.prepare_cached(sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map([], |row| {
            let state = JobState {
                trigger: row.get(1)?,
                cursor: moment_of(row, 2)?,
                seen: row.get(3)?,
                paused: row.get(4)?,
            };
            Ok((row.get(0)?, state))
        });
        let rows = rows.map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }

    /// Writes how far a job was looked at.
    pub fn put_state(&self, job: &str, state: &JobState) -> Result<(), LedgerError> {
        let sql = "insert into schedule_state (job, trigger, cursor, seen, paused) values (?1, ?2, ?3, ?4, ?5) \
                   on conflict (job) do update set trigger = ?2, cursor = ?3, seen = ?4, paused = ?5";
        let values = params![job, state.trigger, moment(state.cursor), state.seen, state.paused];
        let written = self.transaction.prepare_cached(sql).and_then(|mut s| s.execute(values));
        written.map(drop).map_err(LedgerError::writing)
    }

    /// What each job has going on.
    pub fn open(&self) -> Result<HashMap<String, Open>, LedgerError> {
        let sql = "select job, sum(status = 'running'), sum(status = 'queued'), \
                   max(case when status = 'queued' and kept = 0 and attempt = 0 then key end) \
                   from occurrence where status in ('queued', 'running') group by job";
        let mut statement = self.transaction.prepare_cached(sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map([], |row| {
            let open = Open {
                running: row.get(1)?,
                queued: row.get(2)?,
                waiting: row.get(3)?,
            };
            Ok((row.get(0)?, open))
        });
        let rows = rows.map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }

    /// Writes an occurrence unless there is one of its job and key; whether it was written.
    pub fn insert(&self, occurrence: &Occurrence) -> Result<bool, LedgerError> {
        occurrence::insert(&self.transaction, occurrence)
    }

    /// Writes what has become of an occurrence.
    pub fn update(&self, occurrence: &Occurrence) -> Result<(), LedgerError> {
        occurrence::update(&self.transaction, occurrence)
    }

    /// One occurrence.
    pub fn occurrence(&self, job: &str, key: &str) -> Result<Option<Occurrence>, LedgerError> {
        let mut found = occurrence::select(&self.transaction, "where job = ?1 and key = ?2", [job, key])?;
        Ok(found.pop())
    }

    /// Every occurrence with that status, in order of when it was due.
    pub fn with_status(&self, status: OccurrenceStatus) -> Result<Vec<Occurrence>, LedgerError> {
        let which = match status {
            // so that SQLite can tell that the index has them
            OccurrenceStatus::Running => "where status = 'running' and status = ?1 order by due_at, job, key",
            OccurrenceStatus::Queued => "where status = 'queued' and status = ?1 order by due_at, job, key",
            _ => "where status = ?1 order by due_at, job, key",
        };
        occurrence::select(&self.transaction, which, [status.as_str()])
    }

    /// How many occurrences run.
    pub fn running(&self) -> Result<u32, LedgerError> {
        let sql = "select count(*) from occurrence where status = 'running'";
        let count = self
            .transaction
            .prepare_cached(sql)
            .and_then(|mut s| s.query_row([], |row| row.get(0)));
        count.map_err(LedgerError::reading)
    }

    /// The first occurrence that may start at `now`, of a job that `may` start: those of the past that somebody asked for
    /// come last, otherwise those that were due first come first.
    pub fn next_to_start(
        &self,
        now: DateTime<Utc>,
        may: impl Fn(&str) -> bool,
    ) -> Result<Option<Occurrence>, LedgerError> {
        for backfill in ["kind <> 'backfill'", "kind = 'backfill'"] {
            // in this order there is an index: nothing is sorted, and the first that may start ends the search
            let sql = format!(
                "select {} from occurrence o where status = 'queued' and {backfill} and not_before <= ?1 \
                 and not exists (select 1 from schedule_state s where s.job = o.job and s.paused) \
                 and not exists (select 1 from occurrence r where r.status = 'running' and r.job = o.job) \
                 order by due_at, job, key",
                occurrence::COLUMNS
            );
            let mut statement = self.transaction.prepare_cached(&sql).map_err(LedgerError::reading)?;
            let mut rows = statement.query([moment(now)]).map_err(LedgerError::reading)?;
            while let Some(row) = rows.next().map_err(LedgerError::reading)? {
                if may(&row.get::<_, String>(0).map_err(LedgerError::reading)?) {
                    return occurrence::from_row(row).map(Some).map_err(LedgerError::reading);
                }
            }
        }
        Ok(None)
    }

    /// Numbers a success that changed something, for jobs that come after it.
    pub fn put_change(&self, job: &str, key: &str) -> Result<(), LedgerError> {
        let sql = "update occurrence set change = (select coalesce(max(change), 0) + 1 from occurrence \
                   where change is not null) where job = ?1 and key = ?2";
        let written = self
            .transaction
            .prepare_cached(sql)
            .and_then(|mut s| s.execute([job, key]));
        written.map(drop).map_err(LedgerError::writing)
    }

    /// The number of the latest change there is.
    pub fn latest_change(&self) -> Result<i64, LedgerError> {
        let sql = "select max(change) from occurrence where change is not null";
        let found = self
            .transaction
            .prepare_cached(sql)
            .and_then(|mut s| s.query_row([], |row| row.get::<_, Option<i64>>(0)));
        Ok(found.map_err(LedgerError::reading)?.unwrap_or(0))
    }

    /// Of each job that changed something after change `seen`, the number of its latest change.
    pub fn changes_since(&self, seen: i64) -> Result<HashMap<String, i64>, LedgerError> {
        let sql = "select job, max(change) from occurrence where change > ?1 group by job";
        let mut statement = self.transaction.prepare_cached(sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map([seen], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows = rows.map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }

    /// How far one job was looked at.
    pub fn state(&self, job: &str) -> Result<Option<JobState>, LedgerError> {
        let sql = "select trigger, cursor, seen, paused from schedule_state where job = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(JobState {
                trigger: row.get(0)?,
                cursor: moment_of(row, 1)?,
                seen: row.get(2)?,
                paused: row.get(3)?,
            })
        };
        let found = self
            .transaction
            .prepare_cached(sql)
            .and_then(|mut s| s.query_row([job], read).optional());
        found.map_err(LedgerError::reading)
    }
}
