//! `POST /api/v1/sql`: a query in, its rows out.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use datafusion::common::{ParamValues, ScalarValue};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::body::Encoded;
use super::negotiate;
use super::problem::Problem;
use crate::export::Format;
use crate::model;
use crate::serve::{Asked, Caller, Service};

/// The most bytes of a query.
const MOST_RECEIVED: usize = 1 << 20;
/// How long a query may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A query as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
    /// Values of `$1`, `$2`, ...
    #[serde(default)]
    parameters: Vec<Value>,
}

/// Answers a query: as text, or as JSON with parameters. The format is what the caller accepts.
pub(super) async fn sql(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Query(options): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = timeout(PATIENCE, to_bytes(body, MOST_RECEIVED)).await;
    let body = body.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the query did not come in time"))?;
    let body = body.map_err(|_| too_large())?;
    let named = options.get("format").map(String::as_str);
    let format = negotiate::format(named, &headers).ok_or_else(not_acceptable)?;
    let question = question(&headers, &body)?;
    let parameters = match question.parameters.is_empty() {
        true => None,
        false => {
            let values = question.parameters.iter().map(scalar).collect::<Result<Vec<_>, _>>()?;
            Some(ParamValues::from(values))
        }
    };
    let planned = service.plan(&caller, Asked::Text(question.sql)).await?;
    let tagged = planned.named(&model::output::tagged(planned.plan()));
    let mut answer = service.execute(planned, parameters).await?;
    // what fails at once is told as such, not as a broken answer
    let first = answer.next().await.transpose()?;
    let body = Encoded::new(format, answer, first, &tagged)?;
    let mut response = Body::from_stream(body.into_stream()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(format));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn content_type(format: Format) -> HeaderValue {
    HeaderValue::from_static(match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        other => other.media_type(),
    })
}

fn question(headers: &HeaderMap, body: &[u8]) -> Result<Question, Problem> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
    {
        return serde_json::from_slice(body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            bad(format!(
                "the body is not a question in JSON ({place}): write {{\"sql\": \"...\", \"parameters\": [...]}}"
            ))
        });
    }
    let sql = std::str::from_utf8(body).map_err(|_| bad("the query is not UTF-8"))?;
    if sql.trim().is_empty() {
        return Err(bad(
            "there is no query: put SQL in the body, as text or as JSON {\"sql\": \"...\"}",
        ));
    }
    Ok(Question {
        sql: sql.to_owned(),
        parameters: Vec::new(),
    })
}

fn scalar(value: &Value) -> Result<ScalarValue, Problem> {
    Ok(match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Value::String(value) => ScalarValue::Utf8(Some(value.clone())),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => ScalarValue::Int64(Some(whole)),
            (None, Some(number)) => ScalarValue::Float64(Some(number)),
            _ => return Err(bad("a parameter is a number that cannot be held")),
        },
        Value::Array(_) | Value::Object(_) => return Err(bad("a parameter is a text, a number, true, false or null")),
    })
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

fn too_large() -> Problem {
    let detail = format!("the query is larger than the {MOST_RECEIVED} bytes it may be, or broke off");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn not_acceptable() -> Problem {
    let types: Vec<&str> = Format::ALL.iter().map(|format| format.media_type()).collect();
    let detail = format!("the answer can be had as {}", types.join(", "));
    Problem::new(StatusCode::NOT_ACCEPTABLE, detail)
}
