//! What schedules say of each other: what they come after exists, and nothing comes after itself.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Surroundings;
use crate::contract::Schedule;
use crate::contract::schedule::Trigger;
use crate::diagnostic::{Problem, nearest};
use crate::lake::TableName;
use crate::model::{Model, order};

/// A contract, as far as schedules go.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// The text of its file.
    pub text: Arc<str>,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
}

/// A schedule that comes after others.
struct After<'a> {
    schedule: &'a Schedule,
    names: &'a [String],
    path: &'a Path,
    text: &'a Arc<str>,
}

impl After<'_> {
    fn problem(&self, message: String) -> Problem {
        Problem::error(self.path, "schedule", message).at(self.text, self.schedule.span.clone())
    }
}

/// Checks the schedules of contracts and models.
pub fn check(around: &Surroundings, models: &[Model], problems: &mut Vec<Problem>) {
    let is_contract = |name: &&TableName| name.schema == "staging";
    let contracts = around.known.keys().chain(&around.unsound).filter(is_contract);
    let mut names: BTreeSet<String> = contracts.map(|name| name.table.clone()).collect();
    names.extend(around.pipelines.iter().map(|pipeline| pipeline.name.clone()));
    names.extend(models.iter().map(|model| model.name.to_string()));
    let mut afters: BTreeMap<TableName, After<'_>> = BTreeMap::new();
    for pipeline in &around.pipelines {
        if let Some(after) = after(pipeline.schedule.as_ref(), &pipeline.path, &pipeline.text) {
            afters.insert(table(&pipeline.name), after);
        }
    }
    for model in models {
        if let Some(after) = after(model.header.schedule.as_ref(), &model.path, &model.source) {
            afters.insert(model.name.clone(), after);
        }
    }
    for after in afters.values() {
        for name in after.names {
            if !names.contains(name) && !is_file(around, name) {
                let problem = after.problem(format!("no pipeline or model is called `{name}`"));
                problems.push(match nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem.hint("pipelines are named as their contracts, models with their schema: mart.x"),
                });
            }
            let pipeline = around.pipelines.iter().find(|pipeline| pipeline.name == *name);
            if pipeline.is_some_and(|pipeline| pipeline.schedule.is_none()) {
                let message = format!("`{name}` has no schedule, so nothing comes after it");
                let problem = Problem::warning(after.path, "schedule", message);
                let problem = problem.at(after.text, after.schedule.span.clone());
                problems.push(problem.hint(format!(
                    "give it one: schedule = {{ on = \"delivery\" }} in {name}.toml"
                )));
            }
        }
    }
    let edges = afters
        .iter()
        .map(|(name, after)| (name.clone(), after.names.iter().map(|name| table(name)).collect()))
        .collect();
    let (_, cycles) = order::sort(&edges);
    for cycle in cycles {
        let Some(after) = cycle.first().and_then(|name| afters.get(name)) else {
            continue;
        };
        let written = |name: &TableName| match around.pipelines.iter().find(|one| table(&one.name) == *name) {
            Some(pipeline) => pipeline.name.clone(),
            None => name.to_string(),
        };
        let circle: Vec<String> = cycle.iter().map(written).collect();
        let problem = after.problem(format!("these come after each other: {}", circle.join(" after ")));
        problems.push(problem.hint("give one of them a `cron`, or leave one name out"));
    }
}

fn after<'a>(schedule: Option<&'a Schedule>, path: &'a Path, text: &'a Arc<str>) -> Option<After<'a>> {
    let schedule = schedule?;
    let Trigger::After(names) = &schedule.trigger else {
        return None;
    };
    Some(After {
        schedule,
        names,
        path,
        text,
    })
}

/// The table of what a schedule names: a pipeline has no schema there.
fn table(name: &str) -> TableName {
    name.parse().unwrap_or_else(|_| TableName {
        schema: "staging".to_owned(),
        table: name.to_owned(),
    })
}

/// Whether there is a model of that name, be it a wrong one: that is told elsewhere.
fn is_file(around: &Surroundings, name: &str) -> bool {
    let path = |name: TableName| around.sql.join(name.schema).join(format!("{}.sql", name.table));
    name.parse().is_ok_and(|name| path(name).is_file())
}

#[cfg(test)]
mod tests;
