//! Queries that only read.
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, Statement};
use datafusion::prelude::SessionContext;

use super::EngineError;

/// Plans `sql`, and refuses it unless it only reads.
pub async fn query(context: &SessionContext, sql: &str) -> Result<DataFrame, EngineError> {
    let plan = context.state().create_logical_plan(sql).await?;
    check_read_only(&plan)?;
    // a clone of the state, so that nothing a statement sets stays behind
    Ok(DataFrame::new(context.state(), plan))
}

/// Refuses a plan that would change anything: tables, files, settings.
pub fn check_read_only(plan: &LogicalPlan) -> Result<(), EngineError> {
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        refused = writes(node);
        Ok::<_, DataFusionError>(match refused {
            Some(_) => TreeNodeRecursion::Stop,
            None => TreeNodeRecursion::Continue,
        })
    })?;
    refused.map_or(Ok(()), |statement| Err(EngineError::ReadOnly { statement }))
}

fn writes(node: &LogicalPlan) -> Option<String> {
    match node {
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(_)) => Some("CREATE EXTERNAL TABLE".into()),
        LogicalPlan::Ddl(statement) => Some(words(statement.name())),
        LogicalPlan::Dml(statement) => Some(statement.op.name().to_uppercase()),
        LogicalPlan::Copy(_) => Some("COPY".into()),
        LogicalPlan::Statement(Statement::SetVariable(_) | Statement::ResetVariable(_)) => Some("SET".into()),
        LogicalPlan::Statement(statement) => Some(words(statement.name())),
        _ => None,
    }
}

/// `CreateMemoryTable` -> `CREATE MEMORY TABLE`
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_uppercase());
    }
    words
}
