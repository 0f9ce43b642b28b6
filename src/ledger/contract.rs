//! What contracts said when deliveries were read under them.
use rusqlite::{OptionalExtension, params};

use super::LedgerError;
use super::store::Ledger;

impl Ledger {
    /// Keeps the rules of a contract by its fingerprint.
    pub fn put_contract(&self, fingerprint: &str, rules: &str) -> Result<(), LedgerError> {
        self.connection()
            .execute(
                "insert or ignore into contract (fingerprint, rules) values (?1, ?2)",
                params![fingerprint, rules],
            )
            .map_err(LedgerError::writing)?;
        Ok(())
    }

    /// The rules of the contract with this fingerprint, if a delivery was ever read under it.
    pub fn contract(&self, fingerprint: &str) -> Result<Option<String>, LedgerError> {
        self.connection()
            .query_row(
                "select rules from contract where fingerprint = ?1",
                [fingerprint],
                |row| row.get(0),
            )
            .optional()
            .map_err(LedgerError::reading)
    }
}
