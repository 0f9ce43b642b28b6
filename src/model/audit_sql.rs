//! Audits as SQL.
use super::AuditRule;
use super::audit::quoted;
use super::header::Word;
use crate::disclosure::STATUS;
use crate::lake::TableName;

/// A table as it is written in a query.
pub fn table(name: &TableName) -> String {
    format!("{}.{}", quoted(&name.schema), quoted(&name.table))
}

/// A query for the rows of `from` (a table, or a query in brackets) that break the rule; `None` for a rule on the number
/// of rows. Of the columns in `withheld` a null is no fault in a row whose status says so, and no expression is asked of
/// such a row.
pub fn failing_rows(rule: &AuditRule, from: &str, withheld: &[&str]) -> Option<String> {
    let whole = format!("{} = ''", quoted(STATUS));
    let names = |words: &[Word]| words.iter().map(|w| quoted(&w.text)).collect::<Vec<_>>();
    Some(match rule {
        AuditRule::NotNull(columns) => {
            let null = |word: &Word| match withheld.contains(&word.text.as_str()) {
                true => format!("{} IS NULL AND {whole}", quoted(&word.text)),
                false => format!("{} IS NULL", quoted(&word.text)),
            };
            let null: Vec<String> = columns.iter().map(null).collect();
            format!("SELECT * FROM {from} WHERE {}", null.join(" OR "))
        }
        AuditRule::Unique(columns) => {
            let columns = names(columns).join(", ");
            format!("SELECT {columns}, count(*) AS rows FROM {from} GROUP BY {columns} HAVING count(*) > 1")
        }
        AuditRule::Accepted { column, values } => {
            let column = quoted(&column.text);
            format!("SELECT * FROM {from} WHERE {column} NOT IN ({})", values.join(", "))
        }
        AuditRule::Relation {
            columns,
            table: to,
            to_columns,
            ..
        } => {
            let (columns, to_columns) = (names(columns), names(to_columns));
            let on: Vec<String> = columns
                .iter()
                .zip(&to_columns)
                .map(|(a, b)| format!("\"this\".{a} = \"that\".{b}"))
                .collect();
            let known: Vec<String> = columns.iter().map(|c| format!("{c} IS NOT NULL")).collect();
            format!(
                "SELECT \"this\".* FROM (SELECT * FROM {from} WHERE {}) AS \"this\" LEFT ANTI JOIN {} AS \"that\" ON {}",
                known.join(" AND "),
                table(to),
                on.join(" AND ")
            )
        }
        AuditRule::Expression(expression) => {
            let whole = match withheld {
                [] => String::new(),
                _ => format!(" AND {whole}"),
            };
            format!("SELECT * FROM {from} WHERE ({}) IS FALSE{whole}", expression.text)
        }
        AuditRule::Rows { .. } => return None,
    })
}

/// A query for how many rows break the rule (for a rule on their number: how many there are).
pub fn count(rule: &AuditRule, from: &str, withheld: &[&str]) -> String {
    match failing_rows(rule, from, withheld) {
        Some(rows) if matches!(rule, AuditRule::Unique(_)) => {
            format!("SELECT CAST(coalesce(sum(\"rows\"), 0) AS BIGINT) FROM ({rows})")
        }
        Some(rows) => format!("SELECT count(*) FROM ({rows})"),
        None => format!("SELECT count(*) FROM {from}"),
    }
}

/// A query for the first `limit` values that break a relation, and how many rows have each.
pub fn unmatched_values(rule: &AuditRule, from: &str, limit: usize) -> Option<String> {
    let AuditRule::Relation { columns, .. } = rule else {
        return None;
    };
    let rows = failing_rows(rule, from, &[])?;
    let columns = columns.iter().map(|w| quoted(&w.text)).collect::<Vec<_>>().join(", ");
    Some(format!(
        "SELECT {columns} FROM ({rows}) GROUP BY {columns} ORDER BY {columns} LIMIT {limit}"
    ))
}
