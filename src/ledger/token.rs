//! API tokens. Only the hash of a token is stored: who reads the ledger can let nobody in.
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::LedgerError;
use super::store::{Ledger, moment, moment_of};

/// What is known of a token; never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The name of who holds it, the user of a PostgreSQL client.
    pub name: String,
    /// The role, in a word.
    pub role: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops letting anybody in.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last let somebody in.
    pub used_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whether it lets anybody in at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

const COLUMNS: &str = "name, role, created_at, created_by, expires_at, revoked_at, used_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Token> {
    let optional = |at: usize| -> rusqlite::Result<Option<DateTime<Utc>>> {
        row.get::<_, Option<String>>(at)?
            .map(|_| moment_of(row, at))
            .transpose()
    };
    Ok(Token {
        name: row.get(0)?,
        role: row.get(1)?,
        created_at: moment_of(row, 2)?,
        created_by: row.get(3)?,
        expires_at: optional(4)?,
        revoked_at: optional(5)?,
        used_at: optional(6)?,
    })
}

impl Ledger {
    /// Keeps a token by its hash. Gives `false` when a live token of that name exists: nothing is written then.
    pub fn put_token(&self, hash: &[u8; 32], token: &Token) -> Result<bool, LedgerError> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(LedgerError::writing)?;
        let taken = {
            let sql = format!("select {COLUMNS} from token where name = ?1");
            let mut statement = transaction.prepare_cached(&sql).map_err(LedgerError::reading)?;
            let tokens = statement
                .query_map([&token.name], from_row)
                .map_err(LedgerError::reading)?
                .collect::<Result<Vec<_>, _>>()
                .map_err(LedgerError::reading)?;
            tokens.iter().any(|known| known.is_live(token.created_at))
        };
        if taken {
            return Ok(false);
        }
        transaction
            .execute(
                "insert into token (hash, name, role, created_at, created_by, expires_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    hash,
                    token.name,
                    token.role,
                    moment(token.created_at),
                    token.created_by,
                    token.expires_at.map(moment)
                ],
            )
            .map_err(LedgerError::writing)?;
        transaction.commit().map_err(LedgerError::writing)?;
        Ok(true)
    }

    /// The token with this hash, whether it is still good or not.
    pub fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, LedgerError> {
        let sql = format!("select {COLUMNS} from token where hash = ?1");
        self.connection()
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row([hash], from_row).optional())
            .map_err(LedgerError::reading)
    }

    /// Every token there ever was, the oldest first.
    pub fn tokens(&self) -> Result<Vec<Token>, LedgerError> {
        let connection = self.connection();
        let sql = format!("select {COLUMNS} from token order by created_at, rowid");
        let mut statement = connection.prepare_cached(&sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map([], from_row).map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }

    /// Revokes the tokens of this name that are not revoked yet, and gives their number.
    pub fn revoke_tokens(&self, name: &str, now: DateTime<Utc>) -> Result<usize, LedgerError> {
        self.connection()
            .execute(
                "update token set revoked_at = ?2 where name = ?1 and revoked_at is null",
                params![name, moment(now)],
            )
            .map_err(LedgerError::writing)
    }

    /// Notes that a token let somebody in.
    pub fn used_token(&self, hash: &[u8; 32], now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.connection()
            .execute(
                "update token set used_at = ?2 where hash = ?1",
                params![hash, moment(now)],
            )
            .map_err(LedgerError::writing)?;
        Ok(())
    }
}
