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
use crate::source::cells::Cell;
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
    // where the keys stand that are keys, and whether the others show that cells stand in the wrong columns
    let (mut sound, mut displaced): (Vec<Cell>, bool) = (Vec::new(), false);
    for (place, column) in job.contract.columns.iter().enumerate() {
        let field = views[place].get(row);
        if let (Kind::PersonKey(rule), Some(caster)) = (&column.kind, &casters[place]) {
            let register = rule.register.map_or(&b""[..], |register| views[register].get(row));
            let version = job
                .pseudonymisers
                .get(&place)
                .map_or(0, crate::pseudonym::Pseudonymiser::version);
            let text = match caster.pseudonym(rule.id, register, field) {
                Ok(pseudonym) => {
                    sound.push(views[place].cell(row));
                    Pseudonym(pseudonym).text(version)
                }
                Err(_) => {
                    // in a record of fixed places a wrong key may be part of one
                    displaced |= matches!(column.origin, Origin::Bytes(..)) || !key_shaped(field);
                    "invalid".to_owned()
                }
            };
            keys.push(format!("{}={text}", column.name));
        }
    }
    for (place, column) in job.contract.columns.iter().enumerate() {
        if matches!(column.kind, Kind::PersonKey(_)) && casters[place].is_some() {
            continue;
        }
        let view = &views[place];
        let value = match column.origin {
            // Told by the delivery or its headers, not by the row of a person.
            Origin::Period | Origin::File | Origin::Part => String::from_utf8_lossy(view.get(row)).into_owned().into(),
            _ if view.get(row).is_empty() => serde_json::Value::Null,
            _ if displaced || part_of_key(view.bytes, view.cell(row), &sound) => MASK.into(),
            _ => shown_value(view.get(row), column.tag, view.encoding),
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

/// Whether a wrong key is blank or as long as one, so that only digits of it are wrong.
fn key_shaped(field: &[u8]) -> bool {
    let digits = field.iter().filter(|byte| byte.is_ascii_digit()).count();
    let others = field.iter().all(|byte| byte.is_ascii_digit() || b" .-".contains(byte));
    others && (digits == 0 || (7..=10).contains(&digits))
}

/// What stands for a value that is not shown.
const MASK: &str = "***";

/// Whether digits of a cell go on in the bytes before or behind it, as many together as in a person key: a record that is
/// shifted, or cut into other fields than it was made of. Digits of keys that are `sound` are told apart from those.
fn part_of_key(bytes: &[u8], cell: Cell, sound: &[Cell]) -> bool {
    let (start, end) = (cell.start as usize, cell.start as usize + cell.len as usize);
    let within = |at: usize, key: &Cell| (key.start as usize..key.start as usize + key.len as usize).contains(&at);
    let goes_on = |at: &usize| {
        let digit = bytes.get(*at).is_some_and(u8::is_ascii_digit);
        digit && !sound.iter().any(|key| within(*at, key))
    };
    let before = (0..start).rev().take_while(goes_on).count();
    let behind = (end..bytes.len()).take_while(goes_on).count();
    let first = (start..end).take_while(goes_on).count();
    let last = (start..end).rev().take_while(goes_on).count();
    let whole = if first == end - start {
        before + first + behind
    } else {
        0
    };
    let left = if before > 0 && first > 0 { before + first } else { 0 };
    let right = if behind > 0 && last > 0 { last + behind } else { 0 };
    [whole, left, right].into_iter().any(|digits| digits >= 8)
}

/// A field as it may be shown: tagged columns are masked, and so is anything that could be a person key in the wrong place.
fn shown_value(field: &[u8], tag: Tag, encoding: Encoding) -> serde_json::Value {
    if field.is_empty() {
        return serde_json::Value::Null;
    }
    if tag != Tag::Public {
        return MASK.into();
    }
    let mut text = Vec::new();
    match decode(encoding, field, &mut text) {
        Ok(()) => {
            let text = String::from_utf8_lossy(&text);
            match text.chars().filter(|letter| letter.is_numeric()).count() >= 8 {
                true => MASK.into(),
                false => text.chars().take(200).collect::<String>().into(),
            }
        }
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
        assert_eq!(show("７４０８５６４７９".as_bytes(), Tag::Public), "\"***\"");
        assert_eq!(show(b"", Tag::Sensitive), "null");
    }

    #[test]
    fn digits_that_go_on_in_the_next_cell_are_no_value_of_their_own() {
        let record = b"x 7041 05718AX01 19900504";
        let part = |start: u32, len: u32, sound: &[Cell]| part_of_key(record, Cell { start, len }, sound);
        assert!(!part(2, 4, &[]) && !part(11, 4, &[]));
        let record = b"a704105718199690AX01 1990";
        let part = |start: u32, len: u32, sound: &[Cell]| part_of_key(record, Cell { start, len }, sound);
        assert!(part(1, 4, &[]) && part(5, 4, &[]) && part(13, 4, &[]));
        assert!(!part(0, 1, &[]) && !part(17, 3, &[]) && !part(21, 4, &[]));
        // a key that is in its place ends what stands before the next field
        let key = Cell { start: 1, len: 9 };
        assert!(!part(10, 4, &[key]));
    }
}
