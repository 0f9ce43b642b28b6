//! Why a query is not answered, in words that show nothing of the rows.
use datafusion::error::DataFusionError;

use crate::engine::{self, EngineError};

/// A query that is not answered, or not to its end.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct QueryError {
    /// Its kind.
    pub kind: QueryErrorKind,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Where in the query: its 1-based character.
    pub position: Option<usize>,
}

/// Kinds of [`QueryError`], for the codes of each door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// Not SQL.
    Syntax,
    /// No such table.
    UnknownTable,
    /// No such column.
    UnknownColumn,
    /// Anything else that is wrong with the query.
    Plan,
    /// The role may not see it.
    Denied,
    /// It would change something.
    ReadOnly,
    /// It took too long.
    Timeout,
    /// Its answer has too many rows.
    Rows,
    /// It needs too much memory.
    Memory,
    /// Too many queries run already.
    Busy,
    /// Whoever asked does not want it any more.
    Cancelled,
    /// It cannot go on with the rows it came to.
    Execution,
    /// Something is wrong with the service.
    Internal,
}

impl QueryError {
    /// An error without more.
    pub fn new(kind: QueryErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            position: None,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the engine has against `sql`, which is empty when it is not known; `tables` are those that may be seen, for a suggestion.
    pub fn of_query(sql: &str, error: &DataFusionError, tables: &[String]) -> Self {
        let explained = engine::explain(sql, error, tables);
        let kind = match explained.rule {
            "sql-syntax" => QueryErrorKind::Syntax,
            "unknown-table" => QueryErrorKind::UnknownTable,
            "unknown-column" | "ambiguous-column" => QueryErrorKind::UnknownColumn,
            "memory" => QueryErrorKind::Memory,
            "execution" => QueryErrorKind::Execution,
            _ => QueryErrorKind::Plan,
        };
        let before = explained.span.and_then(|span| sql.get(..span.start));
        let before = before.filter(|_| !sql.is_empty());
        Self {
            kind,
            message: explained.message,
            hint: explained.hint,
            position: before.map(|text| text.chars().count() + 1),
        }
    }

    /// What went wrong while rows were worked on.
    pub fn of_rows(error: DataFusionError) -> Self {
        let fault = engine::Fault::of(&error);
        let kind = match fault.kind {
            engine::FaultKind::Memory => QueryErrorKind::Memory,
            _ => QueryErrorKind::Execution,
        };
        Self {
            kind,
            message: fault.what,
            hint: fault.hint.map(str::to_owned),
            position: None,
        }
    }
}

impl From<EngineError> for QueryError {
    fn from(error: EngineError) -> Self {
        let kind = match &error {
            EngineError::ReadOnly { .. } => QueryErrorKind::ReadOnly,
            EngineError::Memory { .. } => QueryErrorKind::Memory,
            EngineError::Query(_) => QueryErrorKind::Plan,
            _ => QueryErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}
