//! Running a plan: models are rebuilt, audited and published, one after another.
//!
//! Nothing is published unless every audit of severity `error` passes on the very bytes that are to be published. What
//! goes wrong with one model leaves the others alone, but for those that read it: they are skipped.
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

mod audit;
mod build;
mod error;
mod file;
mod outcome;
mod query;
mod split;

pub use error::RunError;
pub use outcome::{AuditFailure, ModelReport, Outcome, RunReport};

use crate::engine::{CatalogSources, Engine};
use crate::lake::TableName;
use crate::model::Prepared;
use crate::plan::{Inputs, Plan, Scope};

/// What a run works with.
pub struct RunContext<'a> {
    /// The query engine.
    pub engine: &'a Engine,
    /// Where tables come from and go to.
    pub sources: &'a CatalogSources,
    /// Every model, in an order in which they can be built.
    pub models: &'a [Prepared],
    /// Digest of the ledger's deliveries, for models that read them.
    pub deliveries: &'a str,
    /// Id of the run.
    pub run: &'a str,
    /// The time of the run.
    pub now: DateTime<Utc>,
    /// Raised when the user wants to stop.
    pub cancel: &'a AtomicBool,
    /// Where to leave queries for the rows that failed audits.
    pub queries: &'a Path,
    /// Told what happens.
    pub observe: &'a dyn Fn(Event<'_>),
}

/// What happens during a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A model is being rebuilt.
    Started(&'a TableName),
    /// So many rows of it have been written.
    Rows(&'a TableName, u64),
    /// A model is done, one way or another.
    Finished(&'a ModelReport),
}

impl RunContext<'_> {
    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Executes `plan`.
pub fn run(context: &RunContext<'_>, plan: &Plan) -> RunReport {
    let mut report = RunReport::default();
    let mut inputs = Inputs::default();
    let mut broken: BTreeSet<TableName> = BTreeSet::new();
    for planned in &plan.models {
        let Some(model) = context.models.iter().find(|m| *m.name() == planned.table) else {
            continue;
        };
        let outcome = match &planned.scope {
            Scope::Nothing => Outcome::UpToDate,
            _ if context.cancelled() => Outcome::Interrupted,
            Scope::Waiting(tables) => Outcome::Waiting(tables.clone()),
            Scope::Whole | Scope::Slices(_) => {
                match model.reads.iter().chain(&model.looks_at).find(|t| broken.contains(*t)) {
                    Some(needed) => Outcome::Skipped(needed.clone()),
                    None => {
                        (context.observe)(Event::Started(model.name()));
                        build::build(context, model, &mut inputs)
                    }
                }
            }
        };
        if outcome.is_failure() {
            broken.insert(model.name().clone());
        }
        let model = ModelReport {
            table: model.name().clone(),
            outcome,
            reasons: planned.reasons.clone(),
        };
        log(&model);
        (context.observe)(Event::Finished(&model));
        report.models.push(model);
    }
    report
}

fn log(report: &ModelReport) {
    let table = report.table.to_string();
    match &report.outcome {
        Outcome::Published(done) => {
            for audit in done.warnings() {
                tracing::warn!(
                    table,
                    audit = audit.name,
                    rule = audit.rule,
                    rows = audit.failing_rows,
                    "audit warns"
                );
            }
            tracing::info!(
                table,
                version = done.version,
                rows = done.rows,
                withheld = done.cells.map(|cells| cells.withheld),
                "model published"
            );
        }
        Outcome::Identical(done) => tracing::info!(table, version = done.version, "model rebuilt, identical"),
        Outcome::UpToDate => tracing::debug!(table, "model up to date"),
        Outcome::Failed(error) => tracing::error!(table, %error, "model failed"),
        Outcome::AuditsFailed(failures) => {
            for failure in failures {
                tracing::error!(
                    table,
                    audit = failure.audit.name,
                    rule = failure.audit.rule,
                    rows = failure.audit.failing_rows,
                    look = failure.look,
                    "audit failed"
                );
            }
        }
        Outcome::Waiting(_) | Outcome::Skipped(_) | Outcome::Interrupted => {
            tracing::warn!(table, outcome = %report.outcome.word(), "model not built");
        }
    }
}

#[cfg(test)]
mod tests;
