//! What goes wrong, as clients of gRPC are told it. Never with the text of an error of the engine.
use std::fmt::Display;

use arrow_flight::sql::Command;
use tonic::{Code, Status};

use crate::serve::{QueryError, QueryErrorKind, Refused};

/// Why somebody is not let in.
pub(super) fn refused(refused: &Refused) -> Status {
    let code = match refused {
        // drivers tell a resource that is exhausted as an error within the service
        Refused::Credentials | Refused::TooMany { .. } => Code::Unauthenticated,
        Refused::Unavailable => Code::Unavailable,
    };
    Status::new(code, refused.to_string())
}

/// A call that was let in has a caller: without one nothing is answered.
pub(super) fn nobody() -> Status {
    Status::unauthenticated("give an API token: authorization: Bearer TOKEN")
}

/// Why a query does not give its rows.
pub(super) fn query(error: &QueryError) -> Status {
    Status::new(code(error.kind), error.to_string())
}

pub(super) fn code(kind: QueryErrorKind) -> Code {
    match kind {
        QueryErrorKind::Syntax
        | QueryErrorKind::UnknownTable
        | QueryErrorKind::UnknownColumn
        | QueryErrorKind::Plan
        | QueryErrorKind::ReadOnly
        | QueryErrorKind::Execution => Code::InvalidArgument,
        QueryErrorKind::Denied => Code::PermissionDenied,
        QueryErrorKind::Timeout => Code::DeadlineExceeded,
        QueryErrorKind::Rows | QueryErrorKind::Memory | QueryErrorKind::Busy => Code::ResourceExhausted,
        QueryErrorKind::Cancelled => Code::Cancelled,
        QueryErrorKind::Internal => Code::Internal,
    }
}

/// A query that was stopped because its client asked for it.
pub(super) fn cancelled() -> Status {
    Status::cancelled("the query was cancelled")
}

/// A ticket or prepared statement that is not there, or not the caller's.
pub(super) fn gone(what: &str) -> Status {
    Status::not_found(format!(
        "this {what} is not known, or no longer: ask for the query again"
    ))
}

/// Everything that would change something.
pub(super) fn read_only() -> Status {
    Status::invalid_argument("this service is read only: statements that change something are refused; use SELECT")
}

/// Transactions and savepoints.
pub(super) fn no_transactions() -> Status {
    Status::unimplemented("there are no transactions: a query sees one publication of each table; turn autocommit on")
}

/// Commands and actions that are not offered.
pub(super) fn unknown(what: impl Display) -> Status {
    Status::unimplemented(format!("{what} is not offered; queries are sent as SQL text"))
}

/// A message that is not what Flight SQL says it is.
pub(super) fn malformed(what: &str) -> Status {
    Status::invalid_argument(format!("{what} cannot be read; check the version of the driver"))
}

/// Something of ours that does not work; the reason is for the log, which has no cells either.
pub(super) fn internal(what: &'static str) -> Status {
    tracing::error!(door = "flight", "{what}");
    Status::internal(what)
}

/// Commands that are understood and refused.
pub(super) fn not_here(command: &Command) -> Status {
    match command {
        Command::CommandStatementUpdate(_)
        | Command::CommandPreparedStatementUpdate(_)
        | Command::CommandStatementIngest(_) => read_only(),
        Command::CommandStatementQuery(_) => {
            Status::invalid_argument("a ticket does not carry a statement: ask for its FlightInfo first")
        }
        other => {
            let url = other.type_url();
            unknown(url.rsplit('.').next().unwrap_or(url))
        }
    }
}
