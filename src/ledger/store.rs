//! The ledger's file.
use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Row};

use super::LedgerError;
use super::holder::Holders;
use super::occurrence::OCCURRENCES;

/// The ledger. One connection, shared by threads; several processes may have it open.
#[derive(Debug)]
pub struct Ledger {
    connection: Mutex<Connection>,
    holders: Holders,
    path: PathBuf,
}

/// How long a process waits for another that is writing.
const BUSY: Duration = Duration::from_secs(10);
/// The format this program writes.
const FORMAT: i64 = 6;
/// What each format added to the one before.
const STEPS: [&str; 6] = [TABLES, CONTRACTS, VERSIONS, DROPPED, OCCURRENCES, SERVICE];

const TABLES: &str = "
create table delivery (
    id text primary key, pipeline text not null, file text not null, content text not null, contract text not null,
    period text, bytes integer not null, rows_in integer not null, rows_staged integer not null,
    rows_quarantined integer not null, status text not null, reason text, table_version integer, run text not null,
    file_stamp text, received_at text not null, finished_at text, duration_ms integer not null, superseded_by text
);
create index delivery_content on delivery (pipeline, content);
create index delivery_file on delivery (pipeline, file);
create table run (
    id text primary key, kind text not null, who text not null, started_at text not null, finished_at text,
    status text not null, detail text not null, version text not null, rows_in integer not null,
    rows_staged integer not null, rows_quarantined integer not null, duration_ms integer not null
);
create index run_started on run (started_at);
create table quarantine_closed (delivery text primary key, how text not null, who text not null, at text not null);
";

const CONTRACTS: &str = "create table contract (fingerprint text primary key, rules text not null);";

const VERSIONS: &str = "alter table delivery add column file_version integer;";

const DROPPED: &str = "
alter table delivery add column rows_dropped integer not null default 0;
alter table run add column rows_dropped integer not null default 0;
";

const SERVICE: &str = "
create table token (
    hash blob primary key, name text not null, role text not null, created_at text not null, created_by text not null,
    expires_at text, revoked_at text, used_at text
);
create index token_name on token (name);
create table access (
    id integer primary key autoincrement, at text not null, who text not null, role text not null, door text not null,
    peer text not null, tables text not null, query text not null, status text not null, rows integer not null,
    duration_ms integer not null
);
create index access_at on access (at);
";

impl Ledger {
    /// Opens the ledger, making it (mode 0600, in a folder with mode 0700) when it is not there.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::Open {
            path: path.to_path_buf(),
            source,
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        if !folder.is_dir() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(failed)?;
        }
        // SQLite gives its write-ahead files the rights of this one.
        let make = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path);
        make.map_err(failed)?;
        let mut connection = Connection::open(path).map_err(LedgerError::reading)?;
        prepare(&mut connection)?;
        let holders = Holders::new(folder.join("runs"));
        Ok(Self {
            connection: Mutex::new(connection),
            holders,
            path: path.to_path_buf(),
        })
    }

    /// The ledger's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements leaves the connection usable: its transaction was rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn holders(&self) -> &Holders {
        &self.holders
    }
}

fn prepare(connection: &mut Connection) -> Result<(), LedgerError> {
    connection.busy_timeout(BUSY).map_err(LedgerError::writing)?;
    connection
        .pragma_update(None, "journal_mode", "wal")
        .map_err(LedgerError::writing)?;
    connection
        .pragma_update(None, "synchronous", "full")
        .map_err(LedgerError::writing)?;
    let version = |connection: &Connection| {
        connection
            .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
            .map_err(LedgerError::reading)
    };
    match version(connection)? {
        FORMAT => return Ok(()),
        found if found > FORMAT => return Err(LedgerError::Newer { found, known: FORMAT }),
        _ => {}
    }
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(LedgerError::writing)?;
    // Another process may have made the tables while this one waited.
    let found = version(&transaction)?;
    if found < FORMAT {
        for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(step).map_err(LedgerError::writing)?;
        }
        transaction
            .pragma_update(None, "user_version", FORMAT)
            .map_err(LedgerError::writing)?;
    }
    transaction.commit().map_err(LedgerError::writing)
}

/// A count as SQLite stores it. Counts over 2^63 do not occur.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

/// A moment as SQLite stores it: RFC 3339 in UTC, which sorts as text.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(super) fn moment_of(row: &Row<'_>, at: usize) -> rusqlite::Result<DateTime<Utc>> {
    row.get::<_, String>(at)?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::<chrono::ParseError>::new(error))
    })
}

pub(super) fn enum_text<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(at)?;
    text.parse()
        .map_err(|error: T::Err| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error)))
}
