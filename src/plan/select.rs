//! Selectors: which models a plan or run is about.
use std::collections::BTreeSet;

use globset::Glob;

use crate::diagnostic::nearest;
use crate::lake::TableName;
use crate::model::Prepared;

/// A selector that selects nothing.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// Nothing has that name.
    #[error("no model is called `{selector}`{}", hint.as_ref().map_or(String::new(), |h| format!("; did you mean {h}?")))]
    Unknown {
        /// As typed.
        selector: String,
        /// A name near it.
        hint: Option<String>,
    },
    /// More than one schema has a table of that name.
    #[error("`{selector}` is more than one model: {}; write the schema too", names.join(", "))]
    Ambiguous {
        /// As typed.
        selector: String,
        /// The models.
        names: Vec<String>,
    },
    /// Not a pattern.
    #[error(
        "`{selector}` is not a selector; write mart.x, x, mart.*, +mart.x (with what it needs) or mart.x+ (with what needs it)"
    )]
    Malformed {
        /// As typed.
        selector: String,
    },
    /// A contract's table, which a run does not make.
    #[error("{table} is made by `sluis ingest`, not by a model; write {table}+ for the models that read it")]
    Contract {
        /// The table.
        table: TableName,
    },
}

/// The models that `selectors` name; all of them without any.
pub fn select(selectors: &[String], models: &[Prepared]) -> Result<BTreeSet<TableName>, SelectError> {
    if selectors.is_empty() {
        return Ok(models.iter().map(|m| m.name().clone()).collect());
    }
    let mut selected = BTreeSet::new();
    for selector in selectors {
        let (up, name) = selector
            .strip_prefix('+')
            .map_or((false, selector.as_str()), |rest| (true, rest));
        let (down, name) = name.strip_suffix('+').map_or((false, name), |rest| (true, rest));
        let named = named(selector, name, down, models)?;
        if up {
            selected.extend(upstream(&named, models));
        }
        if down {
            selected.extend(downstream(&named, models));
        }
        selected.extend(named.into_iter().filter(|n| models.iter().any(|m| m.name() == n)));
    }
    Ok(selected)
}

fn named(selector: &str, name: &str, down: bool, models: &[Prepared]) -> Result<BTreeSet<TableName>, SelectError> {
    let malformed = || SelectError::Malformed {
        selector: selector.into(),
    };
    if name.is_empty() || name.contains('+') {
        return Err(malformed());
    }
    if name.contains('*') {
        let glob = Glob::new(name).map_err(|_| malformed())?.compile_matcher();
        let found: BTreeSet<_> = models
            .iter()
            .map(|m| m.name().clone())
            .filter(|n| glob.is_match(n.to_string()))
            .collect();
        return if found.is_empty() {
            Err(unknown(selector, name, models))
        } else {
            Ok(found)
        };
    }
    let fits = |n: &TableName| n.to_string() == name || n.table == name;
    let found: BTreeSet<_> = models.iter().map(|m| m.name().clone()).filter(fits).collect();
    let inputs: BTreeSet<_> = models
        .iter()
        .flat_map(|m| m.reads.iter().cloned())
        .filter(fits)
        .collect();
    match (found.len(), inputs.first()) {
        (1, _) => Ok(found),
        (0, Some(_)) if down => Ok(inputs),
        (0, Some(table)) => Err(SelectError::Contract { table: table.clone() }),
        (0, None) => Err(unknown(selector, name, models)),
        _ => {
            let names = found.iter().map(ToString::to_string).collect();
            Err(SelectError::Ambiguous {
                selector: selector.into(),
                names,
            })
        }
    }
}

fn unknown(selector: &str, name: &str, models: &[Prepared]) -> SelectError {
    let names: Vec<String> = models
        .iter()
        .flat_map(|m| [m.name().to_string(), m.name().table.clone()])
        .collect();
    let hint = nearest(name, names.iter().map(String::as_str)).map(String::from);
    SelectError::Unknown {
        selector: selector.into(),
        hint,
    }
}

/// Every model that `names` need, directly or not.
fn upstream(names: &BTreeSet<TableName>, models: &[Prepared]) -> BTreeSet<TableName> {
    let mut needed = names.clone();
    // against the order of building, so that one pass is enough
    for model in models.iter().rev() {
        if needed.contains(model.name()) {
            needed.extend(model.reads.iter().chain(&model.looks_at).cloned());
        }
    }
    needed
        .into_iter()
        .filter(|n| models.iter().any(|m| m.name() == n))
        .collect()
}

/// Every model that reads `names`, directly or not.
fn downstream(names: &BTreeSet<TableName>, models: &[Prepared]) -> BTreeSet<TableName> {
    let mut found = names.clone();
    for model in models {
        if model.reads.iter().any(|n| found.contains(n)) {
            found.insert(model.name().clone());
        }
    }
    found
        .into_iter()
        .filter(|n| models.iter().any(|m| m.name() == n))
        .collect()
}
