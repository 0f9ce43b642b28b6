//! What a drafted contract left to be filled in by somebody who knows.
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::infer::draft::TO_FILL_IN;
use crate::diagnostic::Problem;

/// The values that are still as they were drafted: errors where they are the ground for holding a person key, warnings
/// elsewhere.
pub fn unfilled(path: &Path, text: &Arc<str>) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        look(table.get_ref(), path, text, &mut found);
    }
    found.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
    found
}

fn look(table: &DeTable<'_>, path: &Path, text: &Arc<str>, found: &mut Vec<Problem>) {
    let is_key = table
        .get("type")
        .and_then(|kind| kind.get_ref().as_str())
        .is_some_and(|kind| kind == "person_key");
    for (name, value) in table {
        let name = name.get_ref().as_ref();
        let ground = is_key && matches!(name, "legal_basis" | "purpose");
        look_at(name, value, ground, path, text, found);
    }
}

fn look_at(
    name: &str,
    value: &Spanned<DeValue<'_>>,
    ground: bool,
    path: &Path,
    text: &Arc<str>,
    found: &mut Vec<Problem>,
) {
    match value.get_ref() {
        DeValue::String(written) if written.contains(TO_FILL_IN) => {
            let message = format!("`{name}` is still to be filled in");
            let problem = if ground {
                let hint = "nothing is taken in under this contract until it says why the person key may be here";
                Problem::error(path, "unfilled", message).hint(hint)
            } else {
                Problem::warning(path, "unfilled", message).hint(format!("write it in place of `{TO_FILL_IN}`"))
            };
            found.push(problem.at(text, value.span()));
        }
        DeValue::Array(items) => items
            .iter()
            .for_each(|item| look_at(name, item, ground, path, text, found)),
        DeValue::Table(inner) => look(inner, path, text, found),
        _ => {}
    }
}
