//! What a human should know before trusting a draft.
use super::census::Census;
use super::dialect::Dialect;
use super::draft::grouped;
use super::table::{Misshapen, Table};

/// Remarks on the bytes of a text, a line each
pub fn of_bytes(census: &Census, dialect: &Dialect) -> Vec<String> {
    let mut notes = Vec::new();
    let ends = [
        ("LF", census.line_feeds),
        ("CR LF", census.pairs),
        ("lone CR", census.lone_returns),
    ];
    let ends: Vec<String> = ends
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{} {name}", grouped(*count)))
        .collect();
    notes.push(format!(
        "line ends: {}",
        if ends.is_empty() {
            "none".to_owned()
        } else {
            ends.join(", ")
        }
    ));
    if census.byte_order_mark {
        notes.push("begins with the byte-order mark of UTF-8, which is dropped".to_owned());
    }
    if dialect.quoted == 0 && census.quotes > 0 && dialect.format.quote.is_none() {
        notes.push(format!(
            "{} double quotes stand inside fields, so they do not quote",
            grouped(census.quotes)
        ));
    }
    for (what, count) in [
        ("NUL", census.nuls),
        ("0x1A", census.end_marks),
        ("other control", census.controls),
    ] {
        if count.number > 0 {
            let (number, first) = (grouped(count.number), grouped(count.first));
            notes.push(format!(
                "{number} {what} bytes, the first at offset {first}: findings at ingest"
            ));
        }
    }
    notes
}

/// Remarks on records and headers, a line each
pub fn findings(misshapen: &Misshapen, table: &Table, headers: &[Option<String>]) -> Vec<String> {
    let mut notes = Vec::new();
    for (rule, (count, line)) in misshapen {
        notes.push(format!(
            "{} records break `{rule}`, the first at line {}",
            grouped(*count),
            grouped(*line)
        ));
    }
    if table.format.header {
        let blank: Vec<String> = headers
            .iter()
            .zip(1..)
            .filter(|(header, _)| header.is_none())
            .map(|(_, place)| place.to_string())
            .collect();
        if !blank.is_empty() {
            notes.push(format!("the header has no name for column {}", blank.join(", ")));
        }
        let mut folded: Vec<String> = headers
            .iter()
            .flatten()
            .map(|header| header.trim().to_lowercase())
            .collect();
        folded.sort_unstable();
        let all = folded.len();
        folded.dedup();
        if folded.len() < all {
            notes.push("the header names a column twice, which a delivery may not: ask the supplier".to_owned());
        }
    } else {
        notes.push("no header was recognised: columns go by position".to_owned());
    }
    notes
}
