//! Rows that a client fetches bit by bit.
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::QueryResponse;
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::types::format::FormatOptions;
use tokio::sync::Mutex;

use super::error::error;
use super::rows::{self, Rows};
use super::session::Session;
use super::types;

/// The most cursors of a connection: the query of each goes on until it is closed or out of time.
const MOST: usize = 16;

/// A cursor.
pub struct Cursor {
    rows: Arc<Mutex<Rows>>,
    schema: SchemaRef,
    binary: bool,
    /// Whether it outlives the transaction.
    pub hold: bool,
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("hold", &self.hold)
            .finish_non_exhaustive()
    }
}

impl Cursor {
    /// A cursor over `rows`.
    pub fn new(rows: Rows, binary: bool, hold: bool) -> Self {
        Self {
            schema: rows.schema(),
            rows: Arc::new(Mutex::new(rows)),
            binary,
            hold,
        }
    }

    /// Its columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next `most` rows.
    pub async fn fetch(
        &self,
        most: Option<usize>,
        format: &Format,
        options: &Arc<FormatOptions>,
    ) -> PgWireResult<QueryResponse> {
        let format = if self.binary { &Format::UnifiedBinary } else { format };
        let fields = types::columns(&self.schema, format, options)?;
        let rows = Arc::clone(&self.rows).lock_owned().await;
        let mut response = rows::response(rows, fields, most);
        response.set_command_tag("FETCH");
        Ok(response)
    }
}

impl Session {
    /// The cursor of that name.
    pub fn cursor(&self, name: &str) -> PgWireResult<Arc<Cursor>> {
        let found = self.cursors().get(name).cloned();
        found.ok_or_else(|| no_cursor(name))
    }

    /// Whether there is a place for another cursor, called `name`.
    pub fn may_declare(&self, name: &str) -> PgWireResult<()> {
        let cursors = self.cursors();
        if cursors.contains_key(name) {
            return Err(error("42P03", format!("cursor \"{name}\" already exists")));
        }
        if cursors.len() >= MOST {
            let message = format!("a connection has at most {MOST} cursors; close one");
            return Err(error("53400", message));
        }
        Ok(())
    }

    /// Closes a cursor, or all.
    pub fn close_cursor(&self, name: Option<&str>) -> PgWireResult<()> {
        let mut cursors = self.cursors();
        match name {
            None => cursors.clear(),
            Some(name) if cursors.remove(name).is_none() => return Err(no_cursor(name)),
            Some(_) => {}
        }
        Ok(())
    }
}

fn no_cursor(name: &str) -> PgWireError {
    error("34000", format!("cursor \"{name}\" does not exist"))
}
