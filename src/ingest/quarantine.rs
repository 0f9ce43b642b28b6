//! Rows set aside: what is kept of them, and the table `ops.quarantine`.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::cast::KeyCaster;
use super::faults::{Fault, Rule};
use super::job::Job;
use super::rows::View;
use crate::contract::column::{Kind, Origin, Tag};
use crate::contract::format::Encoding;
use crate::pseudonym::FIELD_HOLDS;
use crate::pseudonym::Pseudonym;
use crate::source::encoding::decode;

/// One row set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line within the segment until the segment is placed, then line of the file from 1.
    pub line: u64,
    /// The column, or none for the row as a whole.
    pub column: Option<String>,
    /// The rule's name.
    pub rule: String,
    /// The row's person keys, pseudonymised.
    pub keys: Option<String>,
    /// The row as JSON, its tagged columns masked; none when the record has no fields to tell apart.
    pub row: Option<String>,
}

/// The columns of `ops.quarantine`.
pub fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    // of a row, and of its pseudonyms as text, no smallest and largest value may stand in footers and manifests
    let holds = (FIELD_HOLDS.to_owned(), "true".to_owned());
    let notes = Tag::Personal.note().into_iter().chain([holds]);
    let notes: HashMap<String, String> = notes.collect();
    let tagged = |name: &str| text(name, true).with_metadata(notes.clone());
    Arc::new(Schema::new(vec![
        text("delivery", false),
        text("file", false),
        Field::new("line", DataType::Int64, false),
        text("column_name", true),
        text("rule", false),
        tagged("keys"),
        tagged("row"),
        text("quarantined_at", false),
        text("pipeline", false),
    ]))
}

/// The columns a delivery's rows have while they wait in the spill folder: without what the delivery tells.
pub fn rows_schema() -> SchemaRef {
    let names = ["line", "column_name", "rule", "keys", "row"];
    let fields = schema();
    Arc::new(Schema::new(
        fields
            .fields()
            .iter()
            .filter(|field| names.contains(&field.name().as_str()))
            .cloned()
            .collect::<Vec<_>>(),
    ))
}

/// Rows as a batch of [`rows_schema`].
///
/// # Errors
/// When Arrow refuses the batch.
pub fn batch(rows: &[Rejected]) -> Result<RecordBatch, ArrowError> {
    let lines = rows.iter().map(|row| i64::try_from(row.line).unwrap_or(i64::MAX));
    let texts = |of: fn(&Rejected) -> Option<&str>| Arc::new(StringArray::from_iter(rows.iter().map(of))) as ArrayRef;
    let columns = vec![
        Arc::new(Int64Array::from_iter_values(lines)) as ArrayRef,
        texts(|row| row.column.as_deref()),
        texts(|row| Some(&row.rule)),
        texts(|row| row.keys.as_deref()),
        texts(|row| row.row.as_deref()),
    ];
    RecordBatch::try_new(rows_schema(), columns)
}

/// A batch of [`rows_schema`] with what the delivery tells, as in the files of the table (without `pipeline`).
///
/// # Errors
/// When Arrow refuses the batch.
pub fn of_delivery(rows: &RecordBatch, delivery: &str, file: &str, at: &str) -> Result<RecordBatch, ArrowError> {
    let same = |text: &str| Arc::new(StringArray::from(vec![text; rows.num_rows()])) as ArrayRef;
    let fields = schema();
    let in_files = Arc::new(Schema::new(
        fields
            .fields()
            .iter()
            .take(fields.fields().len() - 1)
            .cloned()
            .collect::<Vec<_>>(),
    ));
    let around = [
        vec![same(delivery), same(file)],
        rows.columns().to_vec(),
        vec![same(at)],
    ];
    RecordBatch::try_new(in_files, around.concat())
}

/// What is kept of a faulty row.
///
/// `views` are those of the contract's columns.
pub fn rejected(job: &Job, fault: &Fault, line: u64, views: &[View<'_>], casters: &[Option<KeyCaster>]) -> Rejected {
    let row = fault.row as usize;
    let mut keys = Vec::new();
    let mut shown = serde_json::Map::new();
    for (place, column) in job.contract.columns.iter().enumerate() {
        let field = views[place].get(row);
        if let (Kind::PersonKey(rule), Some(caster)) = (&column.kind, &casters[place]) {
            let register = rule.register.map_or(&b""[..], |register| views[register].get(row));
            let version = job
                .pseudonymisers
                .get(&place)
                .map_or(0, crate::pseudonym::Pseudonymiser::version);
            let text = match caster.pseudonym(rule.id, register, field) {
                Ok(pseudonym) => Pseudonym(pseudonym).text(version),
                Err(_) => "invalid".to_owned(),
            };
            keys.push(format!("{}={text}", column.name));
            continue;
        }
        // Digits that stand together in an item stay together: its parts could be those of a key.
        let key_in_item = views[place].item(row).is_some_and(like_a_key);
        let value = match column.origin {
            _ if key_in_item => "***".into(),
            // Told by the delivery or its headers, not by the row of a person.
            Origin::Period | Origin::File | Origin::Part => String::from_utf8_lossy(field).into_owned().into(),
            _ => shown_value(field, column.tag, views[place].encoding),
        };
        shown.insert(column.name.clone(), value);
    }
    let rule = match fault.rule {
        Rule::Fixed(name) => name.to_owned(),
        Rule::Check(place) => job.contract.checks[usize::from(place)].name.clone(),
    };
    Rejected {
        line,
        column: fault.column.map(|place| job.column_name(place).to_owned()),
        rule,
        keys: (!keys.is_empty()).then(|| keys.join(" ")),
        row: Some(serde_json::Value::Object(shown).to_string()),
    }
}

/// Whether as many digits stand together as in a person key.
fn like_a_key(item: &[u8]) -> bool {
    item.split(|byte| !byte.is_ascii_digit())
        .any(|digits| digits.len() >= 8)
}

/// A field as it may be shown: tagged columns are masked, and so is anything that could be a person key in the wrong place.
fn shown_value(field: &[u8], tag: Tag, encoding: Encoding) -> serde_json::Value {
    if field.is_empty() {
        return serde_json::Value::Null;
    }
    let digits = field.iter().filter(|byte| byte.is_ascii_digit()).count();
    if tag != Tag::Public || digits >= 8 {
        return "***".into();
    }
    let mut text = Vec::new();
    match decode(encoding, field, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text)
            .chars()
            .take(200)
            .collect::<String>()
            .into(),
        Err(fault) => format!("({})", fault.rule()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_be_a_key_is_shown() {
        let show = |field: &[u8], tag| shown_value(field, tag, Encoding::Utf8).to_string();
        assert_eq!(show(b"Assen", Tag::Public), "\"Assen\"");
        assert_eq!(show(b"Assen", Tag::Personal), "\"***\"");
        assert_eq!(show(b"1234.56.782", Tag::Public), "\"***\"");
        assert_eq!(show(b"", Tag::Sensitive), "null");
    }
}
