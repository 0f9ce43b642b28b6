//! The type of a column, with the settings that belong to it.
use toml::Spanned;

use super::code::code;
use super::person_key::person_key;
use super::{Context, Findings, Kind, whole};
use crate::contract::date::DateFormat;
use crate::contract::raw::RawColumn;

/// The types of a column; all but the last may be those of a derived one.
pub const KINDS: [&str; 9] = [
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

/// What a column must be.
pub fn kind(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
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
        "text" => Kind::Text(
            raw.pattern
                .as_ref()
                .and_then(|pattern| whole(pattern, "pattern", findings)),
        ),
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
