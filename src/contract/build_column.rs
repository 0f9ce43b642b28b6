//! Columns of a contract, checked.
use std::collections::HashMap;
use std::sync::Arc;

use regex::bytes::Regex;
use toml::{Spanned, Value};

use super::build::{Findings, distinct, is_name};
use super::codes::CodeLists;
use super::column::{Case, Codes, Column, KeyRule, Kind, OnInvalid, Origin, Tag};
use super::date::DateFormat;
use super::format::Format;
use super::header::{HeaderPattern, fold};
use super::raw::{RawColumn, RawContract};
use super::{Contract, Unpivot};
use crate::pseudonym::{IdType, Repairs};

const KINDS: [&str; 9] = [
    "text",
    "integer",
    "bigint",
    "decimal",
    "date",
    "schooljaar",
    "boolean",
    "code",
    "person_key",
];

pub fn columns(raw: &RawContract, contract: &mut Contract, lists: &CodeLists, findings: &mut Findings<'_>) {
    let parts = unpivot_parts(raw, findings);
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
            lists,
        };
        let column = column_of(column, &context, findings);
        contract.columns.push(column);
    }
    if raw.columns.is_empty() {
        findings
            .add(0..0, "columns", "the contract names no columns")
            .hint("add [[columns]]");
    }
    contract.unpivot = unpivot(raw, &names, parts, findings);
    super::rules::derived(raw, contract, findings);
    distinct(contract, findings, raw);
}

struct Context<'a> {
    contract: &'a Contract,
    names: &'a HashMap<&'a str, usize>,
    parts: &'a [String],
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
    let range = raw.range.as_ref().and_then(|range| {
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
        tag: tag(raw.tag.as_ref(), findings),
        unit: raw.unit.clone(),
        description: raw.description.clone(),
        store: raw.store,
    }
}

/// A sensitivity tag; public when none is given.
pub fn tag(raw: Option<&Spanned<String>>, findings: &mut Findings<'_>) -> Tag {
    raw.and_then(|word| findings.word(word, "a tag", &["public", "personal", "sensitive"]))
        .unwrap_or(Tag::Public)
}

impl std::str::FromStr for Tag {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "public" => Ok(Self::Public),
            "personal" => Ok(Self::Personal),
            "sensitive" => Ok(Self::Sensitive),
            _ => Err(()),
        }
    }
}

impl std::str::FromStr for Case {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "upper" => Ok(Self::Upper),
            "lower" => Ok(Self::Lower),
            _ => Err(()),
        }
    }
}

impl std::str::FromStr for OnInvalid {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "quarantine" => Ok(Self::Quarantine),
            "null" => Ok(Self::Null),
            _ => Err(()),
        }
    }
}

fn origin(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Origin {
    let name = raw.name.get_ref();
    if let Some(from) = &raw.constant_from {
        return match from.get_ref().as_str() {
            "period" => Origin::Period,
            "file" => Origin::File,
            other => {
                findings.unknown(
                    from.span(),
                    "value",
                    "a constant of a delivery",
                    other,
                    &["period", "file"],
                );
                Origin::File
            }
        };
    }
    if context.parts.contains(name) {
        return Origin::Part;
    }
    if let Format::Fixed { record_length, .. } = &context.contract.format {
        let (Some(start), Some(width)) = (raw.start, raw.width) else {
            findings.add(
                raw.name.span(),
                "width",
                format!("`{name}` has no start and width, in bytes from 1"),
            );
            return Origin::Bytes(0, 0);
        };
        if start == 0 || width == 0 || start - 1 + width > *record_length {
            findings.add(
                raw.name.span(),
                "width",
                format!("`{name}` does not lie within a record of {record_length} bytes"),
            );
        }
        return Origin::Bytes(start.saturating_sub(1) as usize, width as usize);
    }
    if raw.start.is_some() || raw.width.is_some() {
        findings.add(
            raw.name.span(),
            "width",
            "start and width belong to the format \"fixed\"",
        );
    }
    let headers = raw
        .header
        .clone()
        .map_or_else(|| vec![name.clone()], super::raw::OneOrMany::into_vec);
    Origin::Header(headers.iter().map(|header| fold(header)).collect())
}

fn kind(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
    let byte = |raw: &Option<Spanned<String>>, findings: &mut Findings<'_>| {
        let text = raw.as_ref()?;
        match text.get_ref().as_bytes() {
            [one] if one.is_ascii() => Some(*one),
            _ => {
                findings.add(text.span(), "value", "must be one ASCII character");
                None
            }
        }
    };
    let owned = |texts: &Option<Vec<String>>, default: &[&str]| match texts {
        Some(texts) => texts.iter().map(|text| text.clone().into_bytes()).collect(),
        None => default.iter().map(|text| text.as_bytes().to_vec()).collect(),
    };
    match raw.kind.get_ref().as_str() {
        "text" => Kind::Text(raw.pattern.as_ref().and_then(|pattern| {
            let whole = format!("^(?:{})$", pattern.get_ref());
            Regex::new(&whole)
                .map_err(|error| findings.add(pattern.span(), "pattern", format!("not a regular expression: {error}")))
                .ok()
        })),
        "integer" => Kind::Integer,
        "bigint" => Kind::BigInt,
        "decimal" => {
            let (precision, scale) = (raw.precision.unwrap_or(18), raw.scale.unwrap_or(0));
            if precision == 0 || precision > 38 || scale > precision {
                findings.add(
                    raw.kind.span(),
                    "precision",
                    "precision is 1 to 38 and scale at most the precision",
                );
            }
            if raw.decimal_sign.is_none() && scale > 0 {
                findings.add(raw.kind.span(), "decimal_sign", "the decimal sign is not declared");
                findings.hint("signs are never guessed: add decimal_sign = \",\" or \".\"");
            }
            let sign = byte(&raw.decimal_sign, findings).unwrap_or(b'.');
            Kind::Decimal {
                precision,
                scale,
                sign,
                thousands: byte(&raw.thousands_sign, findings),
            }
        }
        "date" => {
            let format = raw.format.as_ref().map_or("%Y-%m-%d", |format| format.get_ref());
            let parsed = DateFormat::parse(format).or_else(|| {
                let span = raw.format.as_ref().map_or(raw.kind.span(), Spanned::span);
                findings.add(span, "format", format!("`{format}` is not a date format"));
                findings.hint("%Y, %m and %d once each, with ASCII signs between them");
                DateFormat::parse("%Y-%m-%d")
            });
            parsed.map_or(Kind::Text(None), Kind::Date)
        }
        "schooljaar" => Kind::SchoolYear,
        "boolean" => Kind::Boolean {
            yes: owned(&raw.true_values, &["true", "1"]),
            no: owned(&raw.false_values, &["false", "0"]),
        },
        "code" => code(raw, context, findings),
        "person_key" => person_key(raw, context, findings),
        other => {
            findings.unknown(raw.kind.span(), "type", "a column type", other, &KINDS);
            Kind::Text(None)
        }
    }
}

fn code(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
    if let Some(codes) = &raw.codes {
        let index = (0u32..)
            .zip(codes)
            .map(|(place, code)| (code.clone().into_bytes(), place))
            .collect();
        return Kind::Code(Codes {
            index,
            list: None,
            lookup: Vec::new(),
        });
    }
    let nothing = Kind::Code(Codes {
        index: HashMap::new(),
        list: None,
        lookup: Vec::new(),
    });
    let Some(name) = &raw.code_list else {
        findings.add(
            raw.kind.span(),
            "code_list",
            "a code column needs `codes` or `code_list`",
        );
        return nothing;
    };
    let Some(list) = context.lists.get(name.get_ref()) else {
        let known: Vec<&str> = context.lists.names().collect();
        findings.unknown(
            name.span(),
            "code_list",
            "a code list of config/reference",
            name.get_ref(),
            &known,
        );
        return nothing;
    };
    let known: Vec<&str> = list.columns.iter().map(String::as_str).collect();
    let mut place = |word: &Spanned<String>| {
        let place = list.column(word.get_ref());
        if place.is_none() {
            findings.unknown(
                word.span(),
                "code_list",
                &format!("a column of ref.{}", list.name),
                word.get_ref(),
                &known,
            );
        }
        place
    };
    let column = raw.code_column.as_ref().map_or(Some(0), &mut place).unwrap_or(0);
    let lookup = raw
        .lookup
        .iter()
        .filter_map(|(name, word)| Some((name.clone(), place(word)?)))
        .collect();
    Kind::Code(Codes {
        index: list.index(column),
        list: Some(Arc::clone(list)),
        lookup,
    })
}

fn person_key(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
    let known = ["bsn", "onderwijsnummer", "rin"];
    let id = match &raw.key {
        Some(word) => findings
            .word(word, "a kind of person key", &known)
            .unwrap_or(IdType::Bsn),
        None => {
            findings
                .add(raw.kind.span(), "key", "which person key is it?")
                .hint("key = \"bsn\", \"onderwijsnummer\" or \"rin\"");
            IdType::Bsn
        }
    };
    let register = raw.register.as_ref().and_then(|word| {
        let place = context.names.get(word.get_ref().as_str()).copied();
        if place.is_none() {
            let known: Vec<&str> = context.names.keys().copied().collect();
            findings.unknown(
                word.span(),
                "register",
                "a column of this contract",
                word.get_ref(),
                &known,
            );
        }
        place
    });
    if id == IdType::Rin && raw.register.is_none() {
        findings
            .add(raw.kind.span(), "register", "a rin counts only with its register")
            .hint("register = \"rinpersoons\"");
    }
    let blank = |text: &String| text.trim().is_empty();
    if raw.legal_basis.as_ref().is_none_or(blank) || raw.purpose.iter().all(blank) {
        findings.add(
            raw.name.span(),
            "legal_basis",
            "a person key needs a legal basis and a purpose",
        );
        findings.hint("legal_basis = \"...\" and purpose = [\"...\"]: why may it be here?");
    }
    let mut repairs = Repairs::default();
    for repair in &raw.repairs {
        match repair.get_ref().as_str() {
            "leading_zero" => repairs.leading_zero = true,
            "trailing_decimal" => repairs.trailing_decimal = true,
            other => {
                let known = ["leading_zero", "trailing_decimal"];
                findings.unknown(repair.span(), "repairs", "a repair", other, &known);
            }
        }
    }
    let on_invalid = raw
        .on_invalid
        .as_ref()
        .and_then(|word| findings.word(word, "a policy", &["quarantine", "null"]));
    Kind::PersonKey(KeyRule {
        id,
        register,
        on_invalid: on_invalid.unwrap_or(OnInvalid::Quarantine),
        repairs,
        legal_basis: raw.legal_basis.clone().unwrap_or_default(),
        purpose: raw.purpose.clone(),
    })
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

fn unpivot_parts(raw: &RawContract, findings: &mut Findings<'_>) -> Vec<String> {
    let Some(unpivot) = &raw.unpivot else { return Vec::new() };
    let mut parts: Vec<String> = Vec::new();
    for pattern in unpivot.get_ref().values.values() {
        match HeaderPattern::parse(pattern.get_ref()) {
            Ok(parsed) => {
                let mut named = parsed.parts.clone();
                named.sort();
                if parts.is_empty() {
                    parts = named;
                } else if parts != named {
                    findings.add(
                        pattern.span(),
                        "unpivot",
                        "all header patterns must have the same parts",
                    );
                }
            }
            Err(message) => {
                findings
                    .add(pattern.span(), "unpivot", message)
                    .hint("as \"AANTAL {schooljaar} - {geslacht}\"");
            }
        }
    }
    parts
}

fn unpivot(
    raw: &RawContract,
    names: &HashMap<&str, usize>,
    parts: Vec<String>,
    findings: &mut Findings<'_>,
) -> Option<Unpivot> {
    let spanned = raw.unpivot.as_ref()?;
    let mut place = |name: &str, what: &str| {
        let place = names.get(name).copied();
        if place.is_none() {
            findings.add(
                spanned.span(),
                "unpivot",
                format!("the {what} `{name}` is not among [[columns]]"),
            );
            findings.hint(format!("declare it: [[columns]] name = \"{name}\" with its type"));
        }
        place
    };
    let values = spanned.get_ref().values.iter();
    let values = values
        .filter_map(|(name, text)| Some((place(name, "value")?, HeaderPattern::parse(text.get_ref()).ok()?)))
        .collect();
    let parts = parts
        .into_iter()
        .filter_map(|name| Some((place(&name, "part")?, name)))
        .collect();
    Some(Unpivot {
        skip_blank: spanned.get_ref().skip_blank,
        values,
        parts,
    })
}

/// Marks the value columns of an unpivot: they have no header of their own.
pub fn mark_values(contract: &mut Contract) {
    let places: Vec<usize> = contract
        .unpivot
        .iter()
        .flat_map(|unpivot| unpivot.values.iter().map(|value| value.0))
        .collect();
    for place in places {
        contract.columns[place].origin = Origin::Value;
    }
}
