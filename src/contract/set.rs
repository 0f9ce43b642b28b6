//! All contracts of a project, and what they say of each other.
use std::collections::BTreeMap;
use std::path::Path;

use arrow::datatypes::SchemaRef;

use super::Contract;
use super::codes::{CodeListError, CodeLists};
use super::unfilled::unfilled;
use crate::diagnostic::{Problem, nearest};

/// Reads every `*.toml` of the pipelines folder, and checks references between contracts. What their schedules
/// say of each other is checked with the models, which they may name too.
///
/// Returns the contracts without errors of their own, in order of name, and every problem found.
pub fn load_all(pipelines: &Path, reference: &Path) -> (Vec<Contract>, Vec<Problem>) {
    let (lists, unread) = CodeLists::read(reference);
    let mut problems: Vec<Problem> = unread.iter().map(CodeListError::problem).collect();
    let mut paths: Vec<_> = match std::fs::read_dir(pipelines) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) => {
            problems.push(Problem::error(
                pipelines,
                "read",
                format!("cannot list the contracts: {error}"),
            ));
            Vec::new()
        }
    };
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let mut contracts = Vec::new();
    for path in paths {
        match Contract::load(&path, &lists) {
            Ok(contract) => {
                problems.extend(unfilled(&contract.path, &contract.text));
                contracts.push(contract);
            }
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(between(&contracts, &lists));
    (contracts, problems)
}

fn between(contracts: &[Contract], lists: &CodeLists) -> Vec<Problem> {
    let mut problems = Vec::new();
    let schemas: BTreeMap<&str, SchemaRef> = contracts
        .iter()
        .map(|contract| (contract.name.as_str(), contract.arrow_schema()))
        .collect();
    for contract in contracts {
        for reference in &contract.references {
            let place = |rule, message| {
                Problem::error(&contract.path, rule, message).at(&contract.text, reference.span.clone())
            };
            let columns: Vec<String> = match (reference.to.schema.as_str(), reference.to.table.as_str()) {
                ("staging", table) => match schemas.get(table) {
                    Some(schema) => schema.fields().iter().map(|field| field.name().clone()).collect(),
                    None => {
                        let problem = place("references", format!("no contract fills {}", reference.to));
                        problems.push(suggest(problem, table, schemas.keys().copied()));
                        continue;
                    }
                },
                ("ref", table) => match lists.get(table) {
                    Some(list) => list.columns.clone(),
                    None => {
                        let problem = place("references", format!("no code list is called {}", reference.to));
                        problems.push(suggest(problem, table, lists.names()));
                        continue;
                    }
                },
                _ => {
                    problems.push(place(
                        "references",
                        format!("{} is neither staging nor ref", reference.to),
                    ));
                    continue;
                }
            };
            for name in reference.to_columns.iter().filter(|name| !columns.contains(name)) {
                let problem = place("references", format!("{} has no column `{name}`", reference.to));
                problems.push(suggest(problem, name, columns.iter().map(String::as_str)));
            }
        }
    }
    problems
}

fn suggest<'a>(problem: Problem, word: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
    match nearest(word, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}
