//! Errors as PostgreSQL clients know them.
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};

use crate::serve::{QueryError, QueryErrorKind, Refused};

/// The code of PostgreSQL for a kind of error.
pub fn sqlstate(kind: QueryErrorKind) -> &'static str {
    match kind {
        QueryErrorKind::Syntax => "42601",
        QueryErrorKind::UnknownTable => "42P01",
        QueryErrorKind::UnknownColumn => "42703",
        QueryErrorKind::Plan => "42000",
        QueryErrorKind::Denied => "42501",
        QueryErrorKind::ReadOnly => "25006",
        QueryErrorKind::Timeout | QueryErrorKind::Cancelled => "57014",
        QueryErrorKind::Rows => "54000",
        QueryErrorKind::Memory => "53200",
        QueryErrorKind::Busy => "53300",
        QueryErrorKind::Execution => "22000",
        QueryErrorKind::Internal => "XX000",
    }
}

/// An error of a query, for the client.
pub fn of_query(error: QueryError) -> PgWireError {
    let mut info = info("ERROR", sqlstate(error.kind), error.message);
    info.hint = error.hint;
    info.position = error.position.map(|position| position.to_string());
    PgWireError::UserError(Box::new(info))
}

/// An error of a statement, with the code it has in PostgreSQL.
pub fn error(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(info("ERROR", code, message.into())))
}

/// An error of a statement, with what to do.
pub fn hinted(code: &str, message: impl Into<String>, hint: &str) -> PgWireError {
    let mut info = info("ERROR", code, message.into());
    info.hint = Some(hint.to_owned());
    PgWireError::UserError(Box::new(info))
}

/// An error after which the connection is closed.
pub fn fatal(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(info("FATAL", code, message.into())))
}

/// Somebody is not let in.
pub fn of_refusal(refused: &Refused) -> PgWireError {
    let code = match refused {
        Refused::Credentials => "28P01",
        Refused::TooMany { .. } => "53300",
        Refused::Unavailable => "57P03",
    };
    fatal(code, refused.to_string())
}

/// The client does not want the answer any more.
pub fn cancelled() -> PgWireError {
    error("57014", "canceling statement due to user request")
}

/// Nothing else is possible until the transaction ends.
pub fn aborted() -> PgWireError {
    error(
        "25P02",
        "current transaction is aborted, commands ignored until end of transaction block",
    )
}

/// What a client may hear of `error`: the protocol library's own words could quote what it stumbled on.
pub fn told(error: PgWireError) -> ErrorInfo {
    match error {
        PgWireError::ApiError(_) => info("ERROR", "XX000", "the answer cannot be sent".to_owned()),
        PgWireError::FailedToParseParameter(_) => info(
            "ERROR",
            "22P02",
            "a parameter is not of the type it is given as".to_owned(),
        ),
        other => {
            let mut told = ErrorInfo::from(other);
            told.severity_nonlocalized = Some(told.severity.clone());
            told
        }
    }
}

fn info(severity: &str, code: &str, message: String) -> ErrorInfo {
    let mut info = ErrorInfo::new(severity.to_owned(), code.to_owned(), message);
    info.severity_nonlocalized = Some(severity.to_owned());
    info
}
