//! What must hold of a model besides its SQL being right.
use datafusion::logical_expr::Volatility;

use super::planner::Planner;
use crate::diagnostic::Problem;
use crate::model::relations::Parsed;
use crate::model::{InputMapping, Model};

impl Planner {
    /// The same inputs give the same content: no clock, no chance.
    pub fn check_functions(&self, model: &Model, query: &Parsed, problems: &mut Vec<Problem>) {
        for (name, span) in &query.functions {
            let function = self.state.scalar_functions().get(name);
            if function.is_some_and(|f| f.signature().volatility != Volatility::Immutable) {
                let message = format!("{name}() does not give the same result every time");
                let hint = "what a model makes follows from its inputs alone; take the date or number from a table";
                problems.push(model.problem("not-repeatable", span.clone(), message).hint(hint));
            }
        }
    }

    /// A mapped input must be partitioned by what it is mapped on.
    pub fn check_mappings(&self, model: &Model, problems: &mut Vec<Problem>) {
        let own = model.header.partition_names();
        for (table, mapping) in &model.header.inputs {
            let Some(theirs) = self.tables.get(table) else { continue };
            let shared = own.iter().any(|c| theirs.iter().any(|t| t == c));
            let window = match mapping {
                InputMapping::Same => true,
                InputMapping::Window { column, .. } => own.contains(&column.as_str()) && theirs.contains(column),
            };
            if shared && window {
                continue;
            }
            let at = model.source.find(&table.to_string()).unwrap_or_default();
            let message = format!("{} and {table} are not both partitioned by that column", model.name);
            let hint = format!(
                "{} is partitioned by [{}], {table} by [{}]",
                model.name,
                own.join(", "),
                theirs.join(", ")
            );
            problems.push(
                model
                    .problem("inputs", at..at + table.to_string().len(), message)
                    .hint(hint),
            );
        }
    }
}
