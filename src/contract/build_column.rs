//! Columns of a contract, checked.
use std::collections::HashMap;

use regex::bytes::Regex;
use toml::{Spanned, Value};

use super::Contract;
use super::build::{Findings, distinct, is_name};
use super::codes::CodeLists;
use super::column::{Column, Kind, Origin, Tag};
use super::date::DateFormat;
use super::raw::{RawColumn, RawContract};

mod code;
mod kind;
mod origin;
mod person_key;
mod reason;
mod unpack;
mod unpivot;
mod words;

pub use kind::KINDS;
use kind::kind;
use origin::origin;
pub use unpivot::mark_values;

/// Checks `raw`'s columns and how they are unpivoted, and adds them to the contract.
pub fn columns(raw: &RawContract, contract: &mut Contract, lists: &CodeLists, findings: &mut Findings<'_>) {
    let parts = unpivot::parts(raw, findings);
    let names: HashMap<&str, usize> = raw
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| (column.get_ref().name.get_ref().as_str(), place))
        .collect();
    for column in &raw.columns {
        let context = Context {
            contract,
            names: &names,
            parts: &parts,
            item_width: raw.unpack.as_ref().map(|unpack| *unpack.get_ref().width.get_ref()),
            lists,
        };
        let column = column_of(column, &context, findings);
        contract.columns.push(column);
    }
    reason::reasons(raw, contract, findings);
    if raw.columns.is_empty() {
        findings
            .add(0..0, "columns", "the contract names no columns")
            .hint("add [[columns]]");
    }
    contract.unpivot = unpivot::unpivot(raw, &names, parts, findings);
    contract.unpack = unpack::unpack(raw, contract, findings);
    super::rules::derived(raw, contract, findings);
    distinct(contract, findings, raw);
}

/// What a column can refer to.
struct Context<'a> {
    contract: &'a Contract,
    names: &'a HashMap<&'a str, usize>,
    parts: &'a [String],
    /// Bytes of an item, when a packed field holds items.
    item_width: Option<u32>,
    lists: &'a CodeLists,
}

fn column_of(spanned: &Spanned<RawColumn>, context: &Context<'_>, findings: &mut Findings<'_>) -> Column {
    let raw = spanned.get_ref();
    if !is_name(raw.name.get_ref()) {
        findings.add(
            raw.name.span(),
            "name",
            format!("`{}` is not lower snake case", raw.name.get_ref()),
        );
    }
    let kind = kind(raw, context, findings);
    let texts = |texts: &[String]| texts.iter().map(|text| text.clone().into_bytes()).collect::<Vec<_>>();
    let numbered = matches!(
        kind,
        Kind::Integer | Kind::BigInt | Kind::Decimal { .. } | Kind::Date(_)
    );
    let range = raw
        .range
        .as_ref()
        .filter(|_| !matches!(kind, Kind::Double { .. }))
        .and_then(|range| {
            let bounds = bounds(range.get_ref(), &kind).filter(|_| numbered);
            if bounds.is_none() {
                findings.add(
                    range.span(),
                    "range",
                    "a range is [smallest, largest] of the column's own type",
                );
                findings.hint("numbers for integer, bigint and decimal; \"2019-01-01\" for dates");
            }
            bounds
        });
    Column {
        name: raw.name.get_ref().clone(),
        origin: origin(raw, context, findings),
        kind,
        nullable: raw.nullable,
        missing: texts(&raw.missing),
        missing_pattern: raw
            .missing_pattern
            .as_ref()
            .and_then(|pattern| whole(pattern, "missing_pattern", findings)),
        suppressed: texts(&raw.suppressed),
        range,
        map: raw
            .map
            .iter()
            .map(|(from, to)| (from.clone().into_bytes(), to.clone().into_bytes()))
            .collect(),
        case: raw
            .case
            .as_ref()
            .and_then(|word| findings.word(word, "a case", &["upper", "lower"])),
        trim: raw.trim.unwrap_or(true),
        not_a_person_key: not_a_person_key(raw.not_a_person_key.as_ref(), raw.kind.get_ref(), findings),
        tag: tag(raw.tag.as_ref(), findings),
        unit: raw.unit.clone(),
        description: raw.description.clone(),
        store: raw.store,
        labels: raw.labels.as_ref().is_some_and(|labels| *labels.get_ref()),
    }
}

/// A regular expression for a whole value.
fn whole(pattern: &Spanned<String>, key: &'static str, findings: &mut Findings<'_>) -> Option<Regex> {
    Regex::new(&format!("^(?:{})$", pattern.get_ref()))
        .map_err(|error| findings.add(pattern.span(), key, format!("not a regular expression: {error}")))
        .ok()
}

/// A sensitivity tag; public when none is given.
pub fn tag(raw: Option<&Spanned<String>>, findings: &mut Findings<'_>) -> Tag {
    raw.and_then(|word| findings.word(word, "a tag", &["public", "personal", "sensitive"]))
        .unwrap_or(Tag::Public)
}

/// The reason why a column of this type holds no person keys.
pub fn not_a_person_key(raw: Option<&Spanned<String>>, kind: &str, findings: &mut Findings<'_>) -> Option<String> {
    let reason = raw?;
    let message = match kind {
        "person_key" => "a column of type person_key holds person keys",
        _ if reason.get_ref().trim().is_empty() => "say what the numbers are, if no person keys",
        _ => return Some(reason.get_ref().clone()),
    };
    findings.add(reason.span(), "not_a_person_key", message);
    None
}

#[allow(clippy::cast_possible_truncation)] // bounds beyond 2^127 are not numbers of this domain
fn bounds(values: &[Value], kind: &Kind) -> Option<(i128, i128)> {
    let one = |value: &Value| match (kind, value) {
        (Kind::Date(_), Value::String(text)) => DateFormat::parse("%Y-%m-%d")?.days(text.as_bytes()).map(i128::from),
        (Kind::Decimal { scale, .. }, Value::Integer(number)) => {
            Some(i128::from(*number) * 10i128.checked_pow(u32::from(*scale))?)
        }
        (Kind::Decimal { scale, .. }, Value::Float(number)) => {
            Some((number * 10f64.powi(i32::from(*scale))).round() as i128)
        }
        (Kind::Integer | Kind::BigInt, Value::Integer(number)) => Some(i128::from(*number)),
        _ => None,
    };
    match values {
        [low, high] => Some((one(low)?, one(high)?)).filter(|(low, high)| low <= high),
        _ => None,
    }
}
