//! Who read which tables, when, through which door.
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};
use serde::Serialize;

use super::LedgerError;
use super::store::{Ledger, count, moment, moment_of, number};

/// One query, from the moment it is about to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// A number of its own.
    pub id: i64,
    /// When it came.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub who: String,
    /// As what.
    pub role: String,
    /// `http`, `postgres` or `flight`.
    pub door: String,
    /// From which address.
    pub peer: String,
    /// The tables that it reads, sorted, as `schema.table`.
    pub tables: Vec<String>,
    /// The query, every literal a `?`.
    pub query: String,
    /// `running`, `succeeded`, `failed`, `cancelled`, `denied` or `interrupted`.
    pub status: String,
    /// Rows that were given.
    pub rows: u64,
    /// How long it took.
    pub duration_ms: u64,
}

const COLUMNS: &str = "id, at, who, role, door, peer, tables, query, status, rows, duration_ms";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Access> {
    let tables: String = row.get(6)?;
    Ok(Access {
        id: row.get(0)?,
        at: moment_of(row, 1)?,
        who: row.get(2)?,
        role: row.get(3)?,
        door: row.get(4)?,
        peer: row.get(5)?,
        tables: tables
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        query: row.get(7)?,
        status: row.get(8)?,
        rows: count(row, 9)?,
        duration_ms: count(row, 10)?,
    })
}

impl Ledger {
    /// Writes a query before any row of its answer is given, and gives its number. `id` of `access` is not looked at.
    pub fn begin_access(&self, access: &Access) -> Result<i64, LedgerError> {
        let connection = self.connection();
        let values = params![
            moment(access.at),
            access.who,
            access.role,
            access.door,
            access.peer,
            access.tables.join(" "),
            access.query,
            access.status,
            number(access.rows),
            number(access.duration_ms),
        ];
        let sql = "insert into access (at, who, role, door, peer, tables, query, status, rows, duration_ms) \
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.insert(values))
            .map_err(LedgerError::writing)
    }

    /// Writes how a query ended.
    pub fn end_access(&self, id: i64, status: &str, rows: u64, duration_ms: u64) -> Result<(), LedgerError> {
        self.connection()
            .prepare_cached("update access set status = ?2, rows = ?3, duration_ms = ?4 where id = ?1")
            .and_then(|mut statement| statement.execute(params![id, status, number(rows), number(duration_ms)]))
            .map_err(LedgerError::writing)?;
        Ok(())
    }

    /// Every query that is kept, the newest first.
    pub fn accesses(&self) -> Result<Vec<Access>, LedgerError> {
        let connection = self.connection();
        let sql = format!("select {COLUMNS} from access order by id desc");
        let mut statement = connection.prepare_cached(&sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map([], from_row).map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }

    /// Forgets queries from before `before`, and marks as interrupted those that began before `stale` and never ended: no
    /// query takes so long, so its process is gone.
    pub fn tidy_access(&self, before: DateTime<Utc>, stale: DateTime<Utc>) -> Result<(), LedgerError> {
        let connection = self.connection();
        connection
            .execute("delete from access where at < ?1", [moment(before)])
            .map_err(LedgerError::writing)?;
        connection
            .execute(
                "update access set status = 'interrupted' where status = 'running' and at < ?1",
                [moment(stale)],
            )
            .map_err(LedgerError::writing)?;
        Ok(())
    }
}
