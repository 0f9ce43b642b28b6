//! The columns of the tables of `ops`.
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::{DateTime, Utc};
use datafusion::error::Result;

use super::disclosure::Withheld;
use crate::contract::column::Tag;
use crate::ledger::{Access, Delivery, Occurrence, Run, Token};
use crate::pseudonym::FIELD_HOLDS;

/// A column: its name, and its values of some rows.
pub(super) type Column<T> = (&'static str, fn(&[T]) -> ArrayRef);

fn text<T>(rows: &[T], value: impl Fn(&T) -> Option<&str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringArray>())
}

fn count<T>(rows: &[T], value: impl Fn(&T) -> Option<u64>) -> ArrayRef {
    let count = |row: &T| value(row).map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    Arc::new(rows.iter().map(count).collect::<Int64Array>())
}

fn time<T>(rows: &[T], value: impl Fn(&T) -> Option<DateTime<Utc>>) -> ArrayRef {
    let micros = rows.iter().map(|row| value(row).map(|t| t.timestamp_micros()));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("+00:00"))
}

pub(super) const DELIVERIES: &[Column<Delivery>] = &[
    ("id", |d| text(d, |d| Some(&d.id))),
    ("pipeline", |d| text(d, |d| Some(&d.pipeline))),
    ("file", |d| text(d, |d| Some(&d.file))),
    ("content", |d| text(d, |d| Some(&d.content))),
    ("contract", |d| text(d, |d| Some(&d.contract))),
    ("period", |d| text(d, |d| d.period.as_deref())),
    ("file_version", |d| count(d, |d| d.file_version)),
    ("status", |d| text(d, |d| Some(d.status.as_str()))),
    ("reason", |d| text(d, |d| d.reason.as_deref())),
    ("bytes", |d| count(d, |d| Some(d.bytes))),
    ("rows_in", |d| count(d, |d| Some(d.rows_in))),
    ("rows_staged", |d| count(d, |d| Some(d.rows_staged))),
    ("rows_quarantined", |d| count(d, |d| Some(d.rows_quarantined))),
    ("rows_dropped", |d| count(d, |d| Some(d.rows_dropped))),
    ("table_version", |d| count(d, |d| d.table_version)),
    ("run", |d| text(d, |d| Some(&d.run))),
    ("received_at", |d| time(d, |d| Some(d.received_at))),
    ("finished_at", |d| time(d, |d| d.finished_at)),
    ("duration_ms", |d| count(d, |d| Some(d.duration_ms))),
    ("superseded_by", |d| text(d, |d| d.superseded_by.as_deref())),
];

pub(super) const RUNS: &[Column<(Run, String)>] = &[
    ("id", |r| text(r, |r| Some(&r.0.id))),
    ("kind", |r| text(r, |r| Some(&r.0.kind))),
    ("who", |r| text(r, |r| Some(&r.0.who))),
    ("status", |r| text(r, |r| Some(&r.0.status))),
    ("started_at", |r| time(r, |r| Some(r.0.started_at))),
    ("finished_at", |r| time(r, |r| r.0.finished_at)),
    ("duration_ms", |r| count(r, |r| Some(r.0.duration_ms))),
    ("rows_in", |r| count(r, |r| Some(r.0.rows_in))),
    ("rows_staged", |r| count(r, |r| Some(r.0.rows_staged))),
    ("rows_quarantined", |r| count(r, |r| Some(r.0.rows_quarantined))),
    ("rows_dropped", |r| count(r, |r| Some(r.0.rows_dropped))),
    ("detail", |r| text(r, |r| Some(&r.1))),
    ("version", |r| text(r, |r| Some(&r.0.version))),
];

pub(super) const ACCESS: &[Column<(Access, String)>] = &[
    ("at", |a| time(a, |a| Some(a.0.at))),
    ("who", |a| text(a, |a| Some(&a.0.who))),
    ("role", |a| text(a, |a| Some(&a.0.role))),
    ("door", |a| text(a, |a| Some(&a.0.door))),
    ("peer", |a| text(a, |a| Some(&a.0.peer))),
    ("tables", |a| text(a, |a| Some(&a.1))),
    ("query", |a| text(a, |a| Some(&a.0.query))),
    ("status", |a| text(a, |a| Some(&a.0.status))),
    ("rows", |a| count(a, |a| Some(a.0.rows))),
    ("duration_ms", |a| count(a, |a| Some(a.0.duration_ms))),
];

pub(super) const TOKENS: &[Column<Token>] = &[
    ("name", |t| text(t, |t| Some(&t.name))),
    ("role", |t| text(t, |t| Some(&t.role))),
    ("created_at", |t| time(t, |t| Some(t.created_at))),
    ("created_by", |t| text(t, |t| Some(&t.created_by))),
    ("expires_at", |t| time(t, |t| t.expires_at)),
    ("revoked_at", |t| time(t, |t| t.revoked_at)),
    ("used_at", |t| time(t, |t| t.used_at)),
];

pub(super) const OCCURRENCES: &[Column<(Occurrence, String)>] = &[
    ("job", |o| text(o, |o| Some(&o.0.job))),
    ("kind", |o| text(o, |o| Some(o.0.kind.as_str()))),
    ("due_at", |o| time(o, |o| Some(o.0.due_at))),
    ("from_at", |o| time(o, |o| Some(o.0.from_at))),
    ("to_at", |o| time(o, |o| Some(o.0.to_at))),
    ("status", |o| text(o, |o| Some(o.0.status.as_str()))),
    ("attempt", |o| count(o, |o| Some(u64::from(o.0.attempt)))),
    ("started_at", |o| time(o, |o| o.0.started_at)),
    ("finished_at", |o| time(o, |o| o.0.finished_at)),
    ("runs", |o| text(o, |o| Some(&o.1))),
    ("note", |o| text(o, |o| o.0.note.as_deref())),
];

pub(super) const DISCLOSURE: &[Column<Withheld>] = &[
    ("mart", |w| text(w, |w| Some(&w.mart))),
    ("version", |w| count(w, |w| Some(w.version))),
    ("published_at", |w| time(w, |w| Some(w.published_at))),
    ("minimum", |w| text(w, |w| w.minimum.as_deref())),
    ("cells", |w| count(w, |w| w.cells)),
    ("withheld", |w| count(w, |w| w.withheld)),
    ("rule", |w| text(w, |w| w.rule.as_deref())),
];

/// Rows as a batch.
pub(super) fn batch<T>(columns: &[Column<T>], rows: &[T]) -> Result<RecordBatch> {
    let columns = columns.iter().map(|(name, values)| (*name, values(rows), true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// The columns without rows.
pub(super) fn schema_of<T>(columns: &[Column<T>]) -> SchemaRef {
    let fields = columns
        .iter()
        .map(|(name, values)| Field::new(*name, values(&[]).data_type().clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Columns of `ops.deliveries`.
pub fn deliveries_schema() -> SchemaRef {
    schema_of(DELIVERIES)
}

/// Columns of `ops.runs`.
pub fn runs_schema() -> SchemaRef {
    schema_of(RUNS)
}

/// Columns of `ops.occurrences`: the runs of each are a JSON list of their ids.
pub fn occurrences_schema() -> SchemaRef {
    schema_of(OCCURRENCES)
}

/// Columns of `ops.quarantine` while nothing was ever quarantined.
pub fn quarantine_schema() -> SchemaRef {
    let names = [
        "delivery",
        "pipeline",
        "file",
        "line",
        "column_name",
        "rule",
        "keys",
        "row",
        "quarantined_at",
    ];
    let field = |name| match name {
        "line" => Field::new(name, DataType::Int64, true),
        // a row, and its pseudonyms as text, say something of a person
        "keys" | "row" => {
            let holds = (FIELD_HOLDS.to_owned(), "true".to_owned());
            let notes = Tag::Personal.note().into_iter().chain([holds]);
            Field::new(name, DataType::Utf8, true).with_metadata(notes.collect())
        }
        _ => Field::new(name, DataType::Utf8, true),
    };
    Arc::new(Schema::new(names.map(field).to_vec()))
}
