//! How the partitions of a model follow from those of its inputs.
use std::collections::BTreeMap;
use std::ops::Range;

use toml::{Spanned, Value};

use crate::functions::SchoolYear;
use crate::lake::TableName;

/// How partitions of a model map on partitions of one input. An input without a mapping counts as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputMapping {
    /// A partition is made from the input's partition(s) with the same values.
    Same,
    /// A partition is made from the input's partitions whose value of `column` lies `from` to `to` years from its own.
    Window {
        /// A partition column of both tables: school years, or whole numbers.
        column: String,
        /// First offset, at most `to`.
        from: i64,
        /// Last offset.
        to: i64,
    },
}

impl InputMapping {
    /// As in a header.
    pub fn text(&self) -> String {
        match self {
            InputMapping::Same => "same".into(),
            InputMapping::Window { column, from, to } => format!("window {column} {from} {to}"),
        }
    }

    /// Values of `column` in the input that a partition with `value` is made from.
    pub fn sources(&self, column: &str, value: &str) -> Vec<String> {
        self.shifted(column, value, 1)
    }

    /// Values of `column` in the model that are made from an input partition with `value`.
    pub fn targets(&self, column: &str, value: &str) -> Vec<String> {
        self.shifted(column, value, -1)
    }

    fn shifted(&self, column: &str, value: &str, sign: i64) -> Vec<String> {
        match self {
            InputMapping::Window { column: own, from, to } if own == column => (*from..=*to)
                .filter_map(|n| shift(value, n.checked_mul(sign)?))
                .collect(),
            _ => vec![value.to_string()],
        }
    }
}

/// `value` moved by `n`: a school year, or a whole number; anything else does not move.
fn shift(value: &str, n: i64) -> Option<String> {
    if let Ok(year) = value.parse::<SchoolYear>() {
        return Some(year.plus(n)?.to_string());
    }
    let number: i64 = value.parse().ok()?;
    Some(number.checked_add(n)?.to_string())
}

const HINT: &str = "write \"same\", or { window = [\"schooljaar\", -2, 0] }";

/// The `inputs` of a header; what is wrong goes to `refuse` with its place and a hint.
pub fn mappings(
    texts: BTreeMap<Spanned<String>, Spanned<Value>>,
    mut refuse: impl FnMut(Range<usize>, String, &str),
) -> Vec<(TableName, InputMapping)> {
    let mut mappings = Vec::new();
    for (table, mapping) in texts {
        let Ok(name) = table.get_ref().parse::<TableName>() else {
            refuse(
                table.span(),
                format!("`{}` is not the name of a table", table.get_ref()),
                "write it as \"schema.table\"",
            );
            continue;
        };
        let span = mapping.span();
        match mapping_of(mapping.get_ref()) {
            Some(mapping) => mappings.push((name, mapping)),
            None => refuse(
                span,
                format!("this does not say how partitions follow from those of {name}"),
                HINT,
            ),
        }
    }
    mappings
}

fn mapping_of(value: &Value) -> Option<InputMapping> {
    if value.as_str() == Some("same") {
        return Some(InputMapping::Same);
    }
    let table = value.as_table().filter(|t| t.len() == 1)?;
    let [column, from, to] = table.get("window")?.as_array()?.as_slice() else {
        return None;
    };
    let (from, to) = (from.as_integer()?, to.as_integer()?);
    // a window of centuries is a mistake, and would make a plan of thousands of partitions
    if from.abs() > 100 || to.abs() > 100 {
        return None;
    }
    Some(InputMapping::Window {
        column: column.as_str()?.into(),
        from: from.min(to),
        to: from.max(to),
    })
}
