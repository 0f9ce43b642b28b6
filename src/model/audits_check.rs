//! Whether the audits of a model can be run at all.
use datafusion::execution::session_state::SessionState;

use super::audit_sql::{failing_rows, table};
use super::validate::now;
use super::{AuditRule, Model};
use crate::diagnostic::{Problem, Severity};
use crate::engine;

/// Plans each audit of `model` of one severity, on the table of that name that `state` knows.
pub fn check(model: &Model, severity: Severity, state: &SessionState, problems: &mut Vec<Problem>) {
    for audit in model.header.audits.iter().filter(|audit| audit.severity == severity) {
        let Some(sql) = failing_rows(&audit.rule, &table(&model.name), &[]) else {
            continue;
        };
        let planned = now(async {
            let plan = state.create_logical_plan(&sql).await?;
            state.create_physical_plan(&plan).await
        });
        if let Err(error) = planned {
            let span = match &audit.rule {
                AuditRule::Expression(expression) => expression.span.clone(),
                AuditRule::Relation { to, .. } => to.span.clone(),
                _ => audit.span.clone(),
            };
            let what = match error.diagnostic() {
                Some(diagnostic) => diagnostic.message.clone(),
                None => engine::plain(&error),
            };
            let what = match &audit.rule {
                // the name the other table has in the audit's query
                AuditRule::Relation { table, .. } => what.replace("'that'", &table.to_string()),
                _ => what,
            };
            problems.push(model.problem("audit", span, format!("the audit cannot be run: {what}")));
        }
    }
}
