//! The tables that a model needs, and whether there are such tables.
use std::collections::BTreeSet;
use std::ops::Range;

use super::planner::Planner;
use crate::diagnostic::{Problem, nearest};
use crate::engine;
use crate::lake::TableName;
use crate::model::relations::Parsed;
use crate::model::{AuditRule, Model};

/// What one model needs.
pub struct Needs {
    /// Tables of its query.
    pub reads: BTreeSet<TableName>,
    /// Tables of its audits.
    pub looks_at: BTreeSet<TableName>,
    /// Whether all of it exists.
    pub sound: bool,
}

impl Needs {
    /// Every table.
    pub fn all(&self) -> BTreeSet<TableName> {
        self.reads.union(&self.looks_at).cloned().collect()
    }
}

impl Planner {
    /// The tables a model needs; unknown ones are problems.
    pub fn needs(&self, model: &Model, query: &Parsed, problems: &mut Vec<Problem>) -> Needs {
        let before = problems.len();
        let mut reads = BTreeSet::new();
        for (written, span) in &query.tables {
            match written.parse::<TableName>() {
                Ok(name) if self.names.contains(&name) => {
                    reads.insert(name);
                }
                _ => problems.push(self.unknown_table(model, written, span.clone())),
            }
        }
        let mut looks_at = BTreeSet::new();
        for audit in &model.header.audits {
            if let AuditRule::Relation { to, table, .. } = &audit.rule {
                if !self.names.contains(table) {
                    problems.push(self.unknown_table(model, &to.text, to.span.clone()));
                } else if *table != model.name && !reads.contains(table) {
                    looks_at.insert(table.clone());
                }
            }
        }
        for (table, _) in &model.header.inputs {
            if !query.tables.contains_key(&table.to_string()) {
                let span = model
                    .source
                    .find(&table.to_string())
                    .map_or(0..0, |at| at..at + table.to_string().len());
                let near = nearest(&table.to_string(), query.tables.keys().map(String::as_str)).map(str::to_string);
                let hint = near.map_or("`inputs` names tables that the query reads".into(), |n| {
                    format!("did you mean {n}?")
                });
                problems.push(
                    model
                        .problem("inputs", span, format!("the query does not read {table}"))
                        .hint(hint),
                );
            }
        }
        Needs {
            reads,
            looks_at,
            sound: problems.len() == before,
        }
    }

    fn unknown_table(&self, model: &Model, written: &str, span: Range<usize>) -> Problem {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        if matches!(written, "ops.runs" | "ops.occurrences") {
            let message = format!("a model cannot read {written}: every run changes it");
            let problem = model.problem("unknown-table", span, message);
            return problem.hint("query it with `sluis sql`");
        }
        let hint = match engine::near_table(written, &names) {
            Some(near) => format!("did you mean {near}?"),
            None if written.contains('.') => "there is no contract, model or code list of that name".into(),
            None => "write tables as schema.table: staging.x, core.x, mart.x or ref.x".into(),
        };
        model
            .problem("unknown-table", span, format!("there is no table {written}"))
            .hint(hint)
    }
}
