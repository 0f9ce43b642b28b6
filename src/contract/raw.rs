//! The contract file as it is written: every key that may occur, nothing interpreted yet.
use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A whole contract file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawContract {
    pub description: String,
    pub owner: String,
    pub source: String,
    #[serde(default)]
    pub partition: Vec<Spanned<String>>,
    #[serde(default)]
    pub sort: Vec<Spanned<String>>,
    pub max_rejected: Option<Spanned<RawBudget>>,
    pub rows: Option<RawRows>,
    #[serde(default)]
    pub unique: Vec<Spanned<Vec<String>>>,
    pub retention: Option<RawRetention>,
    pub schedule: Option<Spanned<RawSchedule>>,
    pub interval: Option<Spanned<String>>,
    pub period: Option<RawPeriodColumn>,
    #[serde(default)]
    pub files: Vec<Spanned<RawFiles>>,
    pub format: Spanned<RawFormat>,
    #[serde(default)]
    pub drift: RawDrift,
    #[serde(default)]
    pub columns: Vec<Spanned<RawColumn>>,
    #[serde(default)]
    pub derived: Vec<Spanned<RawDerived>>,
    pub unpivot: Option<Spanned<RawUnpivot>>,
    pub unpack: Option<Spanned<RawUnpack>>,
    #[serde(default)]
    pub checks: Vec<Spanned<RawCheck>>,
    #[serde(default)]
    pub references: Vec<Spanned<RawReference>>,
}

/// `max_rejected`: a count or a share such as `"0.1%"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawBudget {
    Count(u64),
    Share(String),
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRows {
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRetention {
    pub years: u32,
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSchedule {
    pub cron: Option<Spanned<String>>,
    pub zone: Option<Spanned<String>>,
    pub on: Option<Spanned<String>>,
    pub after: Option<Spanned<Vec<String>>>,
    pub missed: Option<Spanned<String>>,
    pub grace: Option<Spanned<String>>,
    pub overlap: Option<Spanned<String>>,
    pub retries: Option<u32>,
    pub backoff: Option<Spanned<String>>,
    pub timeout: Option<Spanned<String>>,
    pub jitter: Option<Spanned<String>>,
    #[serde(default)]
    pub paused: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPeriodColumn {
    pub column: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFiles {
    pub glob: Spanned<String>,
    #[serde(default)]
    pub ignore_case: bool,
    pub period: Option<Spanned<RawPeriodName>>,
    pub version: Option<Spanned<String>>,
    pub compression: Option<Spanned<String>>,
    pub encoding: Option<Spanned<String>>,
    pub format: Option<Spanned<RawFormat>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPeriodName {
    pub pattern: String,
    #[serde(rename = "as")]
    pub kind: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFormat {
    #[serde(rename = "type")]
    pub kind: Spanned<String>,
    pub delimiter: Option<Spanned<String>>,
    pub quote: Option<Spanned<String>>,
    pub escape: Option<Spanned<String>>,
    #[serde(default)]
    pub quoted_newlines: bool,
    pub header: Option<bool>,
    #[serde(default)]
    pub skip_lines: u32,
    pub encoding: Option<Spanned<String>>,
    pub record_length: Option<u32>,
    pub records: Option<String>,
    pub sheet: Option<Spanned<RawSheet>>,
    pub header_row: Option<Spanned<u32>>,
    pub header_rows: Option<Spanned<Vec<u32>>>,
    pub header_separator: Option<Spanned<String>>,
    pub header_fill: Option<Spanned<String>>,
    pub units_row: Option<Spanned<u32>>,
    pub first_row: Option<Spanned<u32>>,
    pub last_row: Option<Spanned<u32>>,
    pub until: Option<Spanned<String>>,
    pub first_column: Option<Spanned<RawColumnMark>>,
    pub columns: Option<Spanned<String>>,
}

/// `sheet = "Blad1"` or `sheet = 2`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawSheet {
    Number(u32),
    Name(String),
}

/// `first_column = "B"` or `first_column = 2`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawColumnMark {
    Number(u32),
    Letters(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDrift {
    pub missing_column: Option<Spanned<String>>,
    pub extra_column: Option<Spanned<String>>,
    pub changed_order: Option<Spanned<String>>,
    pub duplicate_header: Option<Spanned<String>>,
    pub missing_final_newline: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawColumn {
    pub name: Spanned<String>,
    pub header: Option<OneOrMany>,
    pub header_pattern: Option<Spanned<String>>,
    pub start: Option<u32>,
    pub width: Option<u32>,
    pub item_start: Option<u32>,
    pub item_width: Option<u32>,
    #[serde(rename = "type")]
    pub kind: Spanned<String>,
    #[serde(default)]
    pub nullable: bool,
    #[serde(default)]
    pub missing: Vec<String>,
    pub missing_pattern: Option<Spanned<String>>,
    #[serde(default)]
    pub suppressed: Vec<String>,
    pub pattern: Option<Spanned<String>>,
    pub range: Option<Spanned<Vec<toml::Value>>>,
    pub precision: Option<u8>,
    pub scale: Option<u8>,
    pub decimal_sign: Option<Spanned<String>>,
    pub thousands_sign: Option<Spanned<String>>,
    pub format: Option<Spanned<String>>,
    pub true_values: Option<Vec<String>>,
    pub false_values: Option<Vec<String>>,
    pub codes: Option<Vec<String>>,
    pub code_list: Option<Spanned<String>>,
    pub code_column: Option<Spanned<String>>,
    #[serde(default)]
    pub lookup: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    pub case: Option<Spanned<String>>,
    pub trim: Option<bool>,
    pub key: Option<Spanned<String>>,
    pub register: Option<Spanned<String>>,
    pub on_other_register: Option<Spanned<String>>,
    pub on_invalid: Option<Spanned<String>>,
    #[serde(default)]
    pub repairs: Vec<Spanned<String>>,
    pub legal_basis: Option<String>,
    #[serde(default)]
    pub purpose: Vec<String>,
    pub not_a_person_key: Option<Spanned<String>>,
    pub tag: Option<Spanned<String>>,
    pub unit: Option<String>,
    pub description: Option<String>,
    #[serde(default = "yes")]
    pub store: bool,
    pub constant_from: Option<Spanned<String>>,
    pub labels: Option<Spanned<bool>>,
    pub missing_reason: Option<Spanned<bool>>,
}

fn yes() -> bool {
    true
}

/// `header = "X"` or `header = ["X", "Y"]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDerived {
    pub name: Spanned<String>,
    pub expression: Spanned<String>,
    #[serde(rename = "type")]
    pub kind: Spanned<String>,
    pub precision: Option<u8>,
    pub scale: Option<u8>,
    #[serde(default)]
    pub nullable: bool,
    pub not_a_person_key: Option<Spanned<String>>,
    pub tag: Option<Spanned<String>>,
    pub unit: Option<String>,
    pub description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawUnpivot {
    #[serde(default)]
    pub skip_blank: bool,
    pub values: BTreeMap<String, Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawUnpack {
    pub column: Spanned<String>,
    pub width: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCheck {
    pub name: String,
    pub expression: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawReference {
    pub columns: Vec<Spanned<String>>,
    pub to: Spanned<String>,
    pub to_columns: Option<Vec<String>>,
    pub severity: Option<Spanned<String>>,
}
