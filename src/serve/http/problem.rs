//! What is wrong, as problem details (RFC 9457).
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::serve::{QueryError, QueryErrorKind, Refused};

/// An answer that is none.
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    hint: Option<String>,
    position: Option<usize>,
    // boxed: an error is carried through many results
    headers: Box<HeaderMap>,
}

impl Problem {
    /// A problem of this status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            hint: None,
            position: None,
            headers: Box::default(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(hint) = self.hint {
            body["hint"] = hint.into();
        }
        if let Some(position) = self.position {
            body["position"] = position.into();
        }
        let kind = HeaderValue::from_static("application/problem+json");
        self.headers.insert(CONTENT_TYPE, kind);
        (self.status, *self.headers, format!("{body}\n")).into_response()
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let status = match error.kind {
            QueryErrorKind::Syntax
            | QueryErrorKind::UnknownTable
            | QueryErrorKind::UnknownColumn
            | QueryErrorKind::Plan
            | QueryErrorKind::ReadOnly => StatusCode::BAD_REQUEST,
            QueryErrorKind::Denied => StatusCode::FORBIDDEN,
            QueryErrorKind::Timeout => StatusCode::REQUEST_TIMEOUT,
            QueryErrorKind::Rows | QueryErrorKind::Memory | QueryErrorKind::Execution => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            QueryErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            QueryErrorKind::Cancelled | QueryErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            hint: error.hint,
            position: error.position,
            ..Self::new(status, error.message)
        }
    }
}

/// Somebody is not let in.
pub(super) fn refused(refused: &Refused) -> Problem {
    let status = match refused {
        Refused::Credentials => StatusCode::UNAUTHORIZED,
        Refused::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refused::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut problem = Problem::new(status, refused.to_string());
    match refused {
        Refused::Credentials => {
            let challenge = HeaderValue::from_static("Bearer realm=\"sluis\"");
            problem.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        Refused::TooMany { retry_after } => {
            problem
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        Refused::Unavailable => {}
    }
    problem
}

/// The call names another machine than this one.
pub(super) fn foreign_host() -> Problem {
    let mut problem = Problem::new(
        StatusCode::FORBIDDEN,
        "without credentials only calls to localhost or 127.0.0.1 are answered",
    );
    problem.hint = Some("use that name, or a token".to_owned());
    problem
}

/// There is nothing here.
pub(super) async fn not_found() -> Problem {
    let mut problem = Problem::new(StatusCode::NOT_FOUND, "there is nothing here");
    problem.hint = Some("POST a query to /api/v1/sql".to_owned());
    problem
}

/// A query that is asked for like a page.
pub(super) async fn to_be_posted() -> Problem {
    let mut problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "a query is sent with POST, in the body");
    let example = "curl -H \"Authorization: Bearer $TOKEN\" -d 'select 1' http://ADDRESS/api/v1/sql";
    problem.hint = Some(format!("for example: {example}"));
    problem
}

/// Something that is only to be read.
pub(super) async fn to_be_read() -> Problem {
    let mut problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this is only to be read");
    problem.hint = Some("ask for it with GET".to_owned());
    problem
}
