//! Which quarantined deliveries have been dealt with. The rows themselves are in the lake, `ops.quarantine`.
use chrono::{DateTime, Utc};
use rusqlite::params;
use serde::Serialize;

use super::LedgerError;
use super::store::{Ledger, moment, moment_of};

/// A delivery whose quarantined rows need no more attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosedQuarantine {
    /// The delivery's id.
    pub delivery: String,
    /// `replayed` or `discarded`.
    pub how: String,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Ledger {
    /// Records that the quarantined rows of a delivery were replayed or discarded.
    pub fn close_quarantine(
        &self,
        delivery: &str,
        how: &str,
        who: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.connection()
            .execute(
                "insert or replace into quarantine_closed (delivery, how, who, at) values (?1, ?2, ?3, ?4)",
                params![delivery, how, who, moment(now)],
            )
            .map_err(LedgerError::writing)?;
        Ok(())
    }

    /// Opens a delivery's quarantine again: the same delivery was read once more and has rows set aside.
    pub fn reopen_quarantine(&self, delivery: &str) -> Result<(), LedgerError> {
        self.connection()
            .execute("delete from quarantine_closed where delivery = ?1", [delivery])
            .map_err(LedgerError::writing)?;
        Ok(())
    }

    /// All closed quarantines, in the order they were closed.
    pub fn closed_quarantines(&self) -> Result<Vec<ClosedQuarantine>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("select delivery, how, who, at from quarantine_closed order by at, delivery")
            .map_err(LedgerError::reading)?;
        let rows = statement
            .query_map([], |row| {
                Ok(ClosedQuarantine {
                    delivery: row.get(0)?,
                    how: row.get(1)?,
                    who: row.get(2)?,
                    at: moment_of(row, 3)?,
                })
            })
            .map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }
}
