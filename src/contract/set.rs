//! All contracts of a project, and what they say of each other.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;

use super::codes::{CodeListError, CodeLists};
use super::unfilled::unfilled;
use super::{Contract, Reference};
use crate::diagnostic::{Problem, Severity, nearest};
use crate::pseudonym::{FIELD_DOMAIN, FIELD_KEY};

/// Reads every `*.toml` of the pipelines folder, and checks references between contracts. What their schedules
/// say of each other is checked with the models, which they may name too.
///
/// Returns the contracts without errors of their own, in order of name, and every problem found.
pub fn load_all(pipelines: &Path, reference: &Path) -> (Vec<Contract>, Vec<Problem>) {
    let (lists, unread) = CodeLists::read(reference);
    let mut problems: Vec<Problem> = unread.iter().map(CodeListError::problem).collect();
    let mut contracts = read(pipelines, &lists, &mut problems);
    problems.extend(between(&contracts, &lists));
    contracts.sort_by(|one, other| one.name.cmp(&other.name));
    (contracts, problems)
}

/// As [`load_all`], but a contract with errors is replaced by the copy of it in `accepted`, where there is one. Its errors
/// are warnings then, and the others are checked against the copy.
pub fn load_or_accepted(pipelines: &Path, reference: &Path, accepted: &Path) -> (Vec<Contract>, Vec<Problem>) {
    let (lists, unread) = CodeLists::read(reference);
    let mut problems: Vec<Problem> = unread.iter().map(CodeListError::problem).collect();
    let mut contracts = read(pipelines, &lists, &mut problems);
    let replace = |contracts: &mut Vec<Contract>, problems: &mut [Problem]| {
        let is_wrong = |problem: &&mut Problem| {
            problem.is_error() && problem.file.parent() == Some(pipelines) && problem.file.is_file()
        };
        for problem in problems.iter_mut().filter(is_wrong) {
            let copy = accepted.join(problem.file.file_name().unwrap_or_default());
            if !contracts.iter().any(|contract| contract.path == copy) {
                // a copy that is not sound any more, as when a code list changed, is no help, and neither is the same
                let same = |kept: &Contract| {
                    contracts
                        .iter()
                        .any(|one| one.name == kept.name && one.text == kept.text)
                };
                let Some(kept) = Contract::load(&copy, &lists).ok().filter(|kept| !same(kept)) else {
                    continue;
                };
                contracts.retain(|contract| contract.name != kept.name);
                contracts.push(kept);
            }
            problem.severity = Severity::Warning;
            let holds = "the contract as it was before holds until this is mended";
            problem.hint = Some(match problem.hint.take() {
                Some(hint) => format!("{hint}; {holds}"),
                None => holds.to_owned(),
            });
        }
    };
    replace(&mut contracts, &mut problems);
    let mut found = between(&contracts, &lists);
    replace(&mut contracts, &mut found);
    problems.extend(found);
    contracts.sort_by(|one, other| one.name.cmp(&other.name));
    (contracts, problems)
}

fn toml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    Ok(paths)
}

fn read(pipelines: &Path, lists: &CodeLists, problems: &mut Vec<Problem>) -> Vec<Contract> {
    let paths = toml_files(pipelines).unwrap_or_else(|error| {
        let message = format!("cannot list the contracts: {error}");
        problems.push(Problem::error(pipelines, "read", message));
        Vec::new()
    });
    let mut contracts = Vec::new();
    for path in paths {
        match Contract::load(&path, lists) {
            Ok(contract) => {
                problems.extend(unfilled(&contract.path, &contract.text));
                contracts.push(contract);
            }
            Err(found) => problems.extend(found),
        }
    }
    contracts
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
            let own = schemas.get(contract.name.as_str());
            if let ("staging", Some(own), Some(to)) = (
                reference.to.schema.as_str(),
                own,
                schemas.get(reference.to.table.as_str()),
            ) && let Some(message) = other_keys(reference, own, to)
            {
                problems.push(place("references", message));
            }
            for name in reference.to_columns.iter().filter(|name| !columns.contains(name)) {
                let problem = place("references", format!("{} has no column `{name}`", reference.to));
                problems.push(suggest(problem, name, columns.iter().map(String::as_str)));
            }
        }
    }
    problems
}

/// What is said of a reference between columns of which one holds pseudonyms that the other cannot hold.
fn other_keys(reference: &Reference, own: &SchemaRef, to: &SchemaRef) -> Option<String> {
    let keys = |schema: &SchemaRef, name: &str| {
        let field = schema.field_with_name(name).ok()?;
        Some([FIELD_KEY, FIELD_DOMAIN].map(|note| field.metadata().get(note).cloned()))
    };
    let mut pairs = reference.columns.iter().zip(&reference.to_columns);
    let (here, there) = pairs.find(|(here, there)| {
        let of_both = keys(own, here).zip(keys(to, there));
        of_both.is_some_and(|(one, other)| one != other)
    })?;
    Some(format!(
        "`{here}` and {}.{there} are not pseudonyms of the same kind of key in the same domain: none would match",
        reference.to
    ))
}

fn suggest<'a>(problem: Problem, word: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
    match nearest(word, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}
