//! Checks every model without touching data: each is planned on empty tables, in the order of their dependencies.
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use futures::FutureExt;

mod checks;
mod disclosure;
mod needs;
mod planner;
mod schedules;

use super::relations::{self, NotOneQuery, Parsed};
use super::{Model, Prepared, load_all, order, place};
use crate::diagnostic::Problem;
use crate::disclosure::Minimums;
use crate::engine;
use crate::lake::TableName;
use planner::Planner;
pub use schedules::Pipeline;

/// A table that exists without a model: that of a contract.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its partition columns.
    pub partition: Vec<String>,
}

/// What models are checked against.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The folder of models, `sql/`.
    pub sql: PathBuf,
    /// The folder of code lists, `config/reference/`.
    pub reference: PathBuf,
    /// The tables of contracts.
    pub known: BTreeMap<TableName, KnownTable>,
    /// What the codes of the contracts' tables stand for, as code lists: there once a delivery is.
    pub value_labels: BTreeSet<TableName>,
    /// Tables of contracts that are wrong: what reads them cannot be checked, but that is not the model's fault.
    pub unsound: BTreeSet<TableName>,
    /// The source of each contract's table.
    pub sources: BTreeMap<TableName, String>,
    /// The fewest persons that a published cell may hold, by source.
    pub minimums: Minimums,
    /// The contracts, for what their schedules come after.
    pub pipelines: Vec<Pipeline>,
}

/// Plans every model. Gives those that can be built, in an order in which they can be, and every problem.
pub fn validate(surroundings: &Surroundings) -> (Vec<Prepared>, Vec<Problem>) {
    let (models, mut problems) = load_all(&surroundings.sql);
    schedules::check(surroundings, &models, &mut problems);
    let mut planner = match Planner::new(surroundings, &models, &mut problems) {
        Ok(planner) => planner,
        Err(error) => {
            problems.push(Problem::error(&surroundings.sql, "engine", engine::plain(&error)));
            return (Vec::new(), problems);
        }
    };
    let mut parsed = BTreeMap::new();
    for model in models {
        match relations::parse(&model.sql) {
            Ok(query) => {
                parsed.insert(model.name.clone(), (model, query));
            }
            Err(NotOneQuery::Syntax(error)) => problems.push(place::sql_problem(&model, &error)),
            Err(NotOneQuery::Kind(span, message)) => {
                problems.push(
                    model
                        .problem("one-query", span, message)
                        .hint("a model is one SELECT after its header"),
                );
            }
        }
    }
    let mut needs = BTreeMap::new();
    for (name, (model, query)) in &parsed {
        needs.insert(name.clone(), planner.needs(model, query, &mut problems));
    }
    let edges = needs.iter().map(|(name, needs)| (name.clone(), needs.all())).collect();
    let (order, cycles) = order::sort(&edges);
    for cycle in cycles {
        problems.extend(cycle_problem(&cycle, &parsed));
    }
    let mut prepared = Vec::new();
    for name in order {
        let (Some((model, query)), Some(needs)) = (parsed.remove(&name), needs.remove(&name)) else {
            continue;
        };
        // what is wrong with a table is said once, not again for all that reads it
        if needs.sound && needs.all().iter().all(|n| planner.tables.contains_key(n)) {
            prepared.extend(planner.prepare(model, query, needs, &mut problems));
        }
    }
    problems.sort_by_key(|p| (p.file.clone(), p.span.as_ref().map(|s| s.start)));
    (prepared, problems)
}

fn cycle_problem(cycle: &[TableName], parsed: &BTreeMap<TableName, (Model, Parsed)>) -> Option<Problem> {
    let [first, next, ..] = cycle else { return None };
    let (model, query) = parsed.get(first)?;
    let span = query.tables.get(&next.to_string()).cloned();
    let around = cycle
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" reads ");
    let message = format!("these models need each other: {around}");
    let problem = model.problem(
        "cycle",
        span.unwrap_or_else(|| engine::place::first_word(&model.sql)),
        message,
    );
    Some(problem.hint("move what they share to a model that both read"))
}

/// The outcome of planning, which waits for nothing when tables are in memory.
pub(super) fn now<T>(planning: impl Future<Output = Result<T, DataFusionError>>) -> Result<T, DataFusionError> {
    planning.now_or_never().unwrap_or_else(|| {
        Err(DataFusionError::Internal(
            "planning on empty tables waited for something".into(),
        ))
    })
}
