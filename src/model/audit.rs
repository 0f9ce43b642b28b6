//! Audits: what must hold of a table before a version of it is published.
use std::fmt;
use std::ops::Range;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::{Spanned, Value};

use super::header::Word;
use crate::diagnostic::Severity;
use crate::lake::TableName;

/// One audit of a model.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Its name in reports: given, or made from the rule.
    pub name: String,
    /// What must hold.
    pub rule: AuditRule,
    /// Whether failing rows stop the publication.
    pub severity: Severity,
    /// Its place in the file.
    pub span: Range<usize>,
}

/// What must hold.
#[derive(Debug, Clone)]
pub enum AuditRule {
    /// The columns are never null.
    NotNull(Vec<Word>),
    /// No two rows have the same values in the columns (two nulls are the same).
    Unique(Vec<Word>),
    /// The column is null or one of the values.
    Accepted {
        /// The column.
        column: Word,
        /// The values, as SQL literals.
        values: Vec<String>,
    },
    /// The values of the columns, unless one is null, occur in another table.
    Relation {
        /// Columns of this table.
        columns: Vec<Word>,
        /// The other table.
        to: Word,
        /// As parsed.
        table: TableName,
        /// Its columns.
        to_columns: Vec<Word>,
    },
    /// The expression is true, or unknown, in every row.
    Expression(Word),
    /// The table has so many rows.
    Rows {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditText {
    not_null: Option<Columns>,
    unique: Option<Columns>,
    accepted: Option<AcceptedText>,
    relation: Option<RelationText>,
    expression: Option<Spanned<String>>,
    rows: Option<RowsText>,
    name: Option<String>,
    #[serde(default)]
    severity: SeverityText,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum SeverityText {
    #[default]
    Error,
    Warning,
}

/// A column or a list of columns, which keeps the place of each (an untagged enum of serde would lose it).
pub(super) struct Columns(Spanned<OneOrMore>);

enum OneOrMore {
    One(String),
    More(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Spanned::deserialize(input).map(Columns)
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = OneOrMore;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name or a list of column names")
            }
            fn visit_str<E>(self, word: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore::One(word.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<OneOrMore, A::Error> {
                let mut all = Vec::new();
                while let Some(word) = words.next_element()? {
                    all.push(word);
                }
                Ok(OneOrMore::More(all))
            }
        }
        input.deserialize_any(Words)
    }
}

impl Columns {
    /// Each column with its place.
    pub(super) fn words(self) -> Vec<Word> {
        let span = self.0.span();
        match self.0.into_inner() {
            OneOrMore::One(text) => vec![Word { text, span }],
            OneOrMore::More(words) => words.into_iter().map(Word::from).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptedText {
    column: Spanned<String>,
    values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationText {
    #[serde(alias = "column")]
    columns: Columns,
    to: Spanned<String>,
    #[serde(alias = "to_column")]
    to_columns: Option<Columns>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsText {
    min: Option<u64>,
    max: Option<u64>,
}

const RULES: &str = "an audit has one of not_null, unique, accepted, relation, expression, rows";

impl AuditText {
    /// The audit, or what is wrong with it and a hint.
    pub(super) fn check(self, span: Range<usize>) -> Result<Audit, (String, String)> {
        let severity = match self.severity {
            SeverityText::Error => Severity::Error,
            SeverityText::Warning => Severity::Warning,
        };
        let mut rules = Vec::new();
        rules.extend(self.not_null.map(|c| AuditRule::NotNull(c.words())));
        rules.extend(self.unique.map(|c| AuditRule::Unique(c.words())));
        if let Some(accepted) = self.accepted {
            let values = accepted.values.iter().map(literal).collect::<Option<Vec<_>>>();
            let values = values.filter(|v| !v.is_empty()).ok_or_else(|| {
                let hint = "write values = [\"bl\", \"kl\"]; null is always accepted, add a not_null audit against it";
                (
                    "`values` is a list of one or more texts, numbers or booleans".to_string(),
                    hint.to_string(),
                )
            })?;
            rules.push(AuditRule::Accepted {
                column: accepted.column.into(),
                values,
            });
        }
        if let Some(relation) = self.relation {
            rules.push(relation.rule()?);
        }
        rules.extend(self.expression.map(|e| AuditRule::Expression(e.into())));
        if let Some(rows) = self.rows {
            if rows.min.is_none() && rows.max.is_none() || rows.min.zip(rows.max).is_some_and(|(a, b)| a > b) {
                let hint = "write rows = { min = 1 }, { max = 1000 } or both".to_string();
                return Err((
                    "`rows` needs a `min`, a `max` that is not smaller, or both".into(),
                    hint,
                ));
            }
            rules.push(AuditRule::Rows {
                min: rows.min,
                max: rows.max,
            });
        }
        let rule = match (rules.pop(), rules.is_empty()) {
            (Some(rule), true) => rule,
            (None, _) => return Err(("this audit has no rule".into(), RULES.into())),
            (Some(_), false) => {
                return Err((
                    "this audit has more than one rule".into(),
                    format!("{RULES}; make two of it"),
                ));
            }
        };
        if rule.columns().is_some_and(|c| c.is_empty()) {
            return Err((
                "this audit names no columns".into(),
                "name one or more columns of the table".into(),
            ));
        }
        Ok(Audit {
            name: self.name.unwrap_or_else(|| rule.name()),
            rule,
            severity,
            span,
        })
    }
}

impl RelationText {
    fn rule(self) -> Result<AuditRule, (String, String)> {
        let table = self.to.get_ref().parse::<TableName>().map_err(|_| {
            (
                format!("`{}` is not the name of a table", self.to.get_ref()),
                "write it as \"schema.table\"".to_string(),
            )
        })?;
        let columns = self.columns.words();
        let to_columns = self.to_columns.map_or_else(|| columns.clone(), Columns::words);
        if columns.len() != to_columns.len() {
            let hint = "give as many to_columns as columns, in the same order".to_string();
            return Err((
                format!("{} columns against {} of {table}", columns.len(), to_columns.len()),
                hint,
            ));
        }
        Ok(AuditRule::Relation {
            columns,
            to: self.to.into(),
            table,
            to_columns,
        })
    }
}

impl AuditRule {
    /// The columns of the audited table that the rule names; `None` where it names none.
    pub fn columns(&self) -> Option<Vec<&Word>> {
        match self {
            AuditRule::NotNull(columns) | AuditRule::Unique(columns) | AuditRule::Relation { columns, .. } => {
                Some(columns.iter().collect())
            }
            AuditRule::Accepted { column, .. } => Some(vec![column]),
            AuditRule::Expression(_) | AuditRule::Rows { .. } => None,
        }
    }

    fn name(&self) -> String {
        let columns = self.columns().unwrap_or_default();
        let columns = columns.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join("_");
        match self {
            AuditRule::NotNull(_) => format!("not_null_{columns}"),
            AuditRule::Unique(_) => format!("unique_{columns}"),
            AuditRule::Accepted { .. } => format!("accepted_{columns}"),
            AuditRule::Relation { table, .. } => format!("relation_{columns}_{}", table.table),
            AuditRule::Expression(_) => "expression".into(),
            AuditRule::Rows { .. } => "rows".into(),
        }
    }

    /// The rule in words, for reports and manifests; the same text is the same rule.
    pub fn text(&self) -> String {
        let list = |words: &[Word]| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(", ");
        match self {
            AuditRule::NotNull(columns) => format!("{} not null", list(columns)),
            AuditRule::Unique(columns) => format!("{} unique", list(columns)),
            AuditRule::Accepted { column, values } => format!("{} in ({})", column.text, values.join(", ")),
            AuditRule::Relation {
                columns,
                table,
                to_columns,
                ..
            } => {
                format!("{} in {table} ({})", list(columns), list(to_columns))
            }
            AuditRule::Expression(expression) => expression.text.clone(),
            AuditRule::Rows { min, max } => match (min, max) {
                (Some(min), Some(max)) => format!("{min} to {max} rows"),
                (Some(min), None) => format!("at least {min} rows"),
                (None, Some(max)) => format!("at most {max} rows"),
                (None, None) => "any number of rows".into(),
            },
        }
    }
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text_literal(text)),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) if number.is_finite() => Some(format!("{number:?}")),
        Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// `text` as an SQL literal.
pub fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `name` as an SQL identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
