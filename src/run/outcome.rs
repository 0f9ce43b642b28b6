//! What came of a run.
use std::fmt;

use super::RunError;
use crate::lake::{AuditOutcome, AuditStatus, TableName};
use crate::plan::{ModelPlan, Reason, Scope};

/// What came of a run, model by model.
#[derive(Debug, Default)]
pub struct RunReport {
    /// In the order of the run.
    pub models: Vec<ModelReport>,
}

/// What came of one model.
#[derive(Debug)]
pub struct ModelReport {
    /// The table.
    pub table: TableName,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was to be rebuilt.
    pub reasons: Vec<Reason>,
}

/// What came of a model.
#[derive(Debug)]
pub enum Outcome {
    /// A new version is published.
    Published(Done),
    /// It was rebuilt and came out as it was: no new version.
    Identical(Done),
    /// There was nothing to do.
    UpToDate,
    /// Tables that it reads do not exist yet.
    Waiting(Vec<TableName>),
    /// Audits failed; nothing of it was published.
    AuditsFailed(Vec<AuditFailure>),
    /// Something else went wrong; nothing of it was published.
    Failed(RunError),
    /// A table that it needs failed in this run.
    Skipped(TableName),
    /// The user stopped the run.
    Interrupted,
}

/// A model that was built.
#[derive(Debug, Clone)]
pub struct Done {
    /// The version that readers see.
    pub version: u64,
    /// Rows in the whole table.
    pub rows: u64,
    /// Partitions made again whose content changed; this and the next are 0 for a table without partitions.
    pub changed: usize,
    /// Partitions made again that came out identical.
    pub identical: usize,
    /// Partitions kept without being made again.
    pub kept: usize,
    /// Partitions that are gone.
    pub removed: usize,
    /// Every audit.
    pub audits: Vec<AuditOutcome>,
    /// What a disclosure rule came to, where there is one.
    pub cells: Option<Cells>,
}

/// What a disclosure rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Rows of the table: each is a cell.
    pub rows: u64,
    /// Those in which something is withheld.
    pub withheld: u64,
}

impl Done {
    /// Audits that found something but let it pass.
    pub fn warnings(&self) -> impl Iterator<Item = &AuditOutcome> {
        self.audits.iter().filter(|a| a.status == AuditStatus::Warn)
    }
}

/// An audit that stopped a publication.
#[derive(Debug, Clone)]
pub struct AuditFailure {
    /// The audit.
    pub audit: AuditOutcome,
    /// What to type to see the rows.
    pub look: String,
}

impl Outcome {
    /// In a word, for logs and the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Published(_) => "published",
            Outcome::Identical(_) => "identical",
            Outcome::UpToDate => "up to date",
            Outcome::Waiting(_) => "waiting",
            Outcome::AuditsFailed(_) => "audit failed",
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) => "skipped",
            Outcome::Interrupted => "interrupted",
        }
    }

    /// Why it failed, on one line.
    fn why(&self) -> Option<String> {
        match self {
            Outcome::AuditsFailed(failures) => {
                let audits = failures.iter().map(|failure| &failure.audit);
                let found = audits.map(|audit| format!("audit {}: {}", audit.name, finding(audit)));
                Some(found.collect::<Vec<_>>().join("; "))
            }
            Outcome::Failed(error) => error.to_string().lines().next().map(ToOwned::to_owned),
            _ => None,
        }
    }

    /// Whether models that read this one must not be built on what is published of it.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Outcome::AuditsFailed(_) | Outcome::Failed(_) | Outcome::Skipped(_) | Outcome::Interrupted
        )
    }
}

impl RunReport {
    /// Whether anything went wrong.
    pub fn failed(&self) -> bool {
        self.models.iter().any(|m| m.outcome.is_failure())
    }

    /// Whether nothing was published.
    pub fn unchanged(&self) -> bool {
        !self.models.iter().any(|m| matches!(m.outcome, Outcome::Published(_)))
    }

    /// For the ledger: models by outcome, and what was published. Names and counts only.
    pub fn detail(&self) -> serde_json::Value {
        let mut outcomes = serde_json::Map::new();
        for model in &self.models {
            let names = outcomes
                .entry(model.outcome.word())
                .or_insert_with(|| serde_json::json!([]));
            if let Some(names) = names.as_array_mut() {
                names.push(model.table.to_string().into());
            }
        }
        let why = self
            .models
            .iter()
            .filter_map(|model| Some((model.table.to_string(), model.outcome.why()?.into())));
        let why: serde_json::Map<String, serde_json::Value> = why.collect();
        match why.is_empty() {
            true => serde_json::json!({ "models": outcomes }),
            false => serde_json::json!({ "models": outcomes, "why": why }),
        }
    }
}

fn partitions(done: &Done, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let parts = [
        ("changed", done.changed),
        ("identical", done.identical),
        ("kept", done.kept),
        ("removed", done.removed),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    if parts.is_empty() {
        Ok(())
    } else {
        write!(f, "; partitions: {}", parts.join(", "))
    }
}

impl ModelReport {
    /// The report of a model that is not to be built.
    pub fn idle(plan: &ModelPlan) -> ModelReport {
        let outcome = match &plan.scope {
            Scope::Waiting(tables) => Outcome::Waiting(tables.clone()),
            _ => Outcome::UpToDate,
        };
        ModelReport {
            table: plan.table.clone(),
            outcome,
            reasons: Vec::new(),
        }
    }
}

impl fmt::Display for ModelReport {
    /// Lines for people: what came of it, warnings, failures with what to type next. No values of persons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.table)?;
        match &self.outcome {
            Outcome::Published(done) => {
                write!(f, "published version {}, {} rows", done.version, done.rows)?;
                if let Some(cells) = done.cells {
                    let word = if cells.withheld == 1 { "cell" } else { "cells" };
                    write!(f, ", {} {word} withheld", cells.withheld)?;
                }
                partitions(done, f)?;
                warnings(done, f)
            }
            Outcome::Identical(done) => {
                write!(f, "rebuilt, identical to version {}", done.version)?;
                warnings(done, f)
            }
            Outcome::UpToDate => f.write_str("up to date"),
            Outcome::Waiting(tables) => {
                let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
                write!(f, "waiting for {}, which is not there yet", tables.join(", "))
            }
            Outcome::AuditsFailed(failures) => {
                f.write_str("not published, audits failed")?;
                for AuditFailure { audit, look } in failures {
                    write!(f, "\n  audit {}: {}\n    look: {look}", audit.name, finding(audit))?;
                }
                Ok(())
            }
            Outcome::Failed(error) => write!(f, "failed: {error}"),
            Outcome::Skipped(table) => write!(f, "skipped, because {table} was not published"),
            Outcome::Interrupted => f.write_str("interrupted, not published"),
        }
    }
}

fn warnings(done: &Done, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    done.warnings()
        .try_for_each(|audit| write!(f, "\n  warning: audit {}: {}", audit.name, finding(audit)))
}

/// `11 rows break "vestiging in staging.x (vestiging)": 00AA01, ...`
fn finding(audit: &AuditOutcome) -> String {
    let detail = if audit.detail.is_empty() {
        String::new()
    } else {
        format!("; {}", audit.detail)
    };
    let rows = if audit.failing_rows == 1 {
        "1 row breaks"
    } else {
        &format!("{} rows break", audit.failing_rows)
    };
    format!("{rows} \"{}\"{detail}", audit.rule)
}
