//! SQL expressions of contracts: derived columns and row checks.
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable, TryCast};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;

static STATE: LazyLock<SessionState> = LazyLock::new(|| SessionStateBuilder::new().with_default_features().build());

/// Compiles an SQL expression over the columns of a schema, cast to a type (null where that fails).
///
/// # Errors
/// A sentence for the author of the contract.
pub fn compile(sql: &str, schema: &SchemaRef, to: Option<&DataType>) -> Result<Arc<dyn PhysicalExpr>, String> {
    let columns = DFSchema::try_from(Arc::clone(schema)).map_err(|error| tell(&error))?;
    let expression = STATE.create_logical_expr(sql, &columns).map_err(|error| tell(&error))?;
    if expression.is_volatile() {
        return Err("the answer must depend on the row only, not on chance".to_owned());
    }
    let expression = match to {
        Some(to) if expression.get_type(&columns).map_err(|error| tell(&error))? != *to => {
            Expr::TryCast(TryCast::new(Box::new(expression), to.clone()))
        }
        _ => expression,
    };
    // Some functions (`coalesce`) exist only until they are simplified away.
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(columns.clone()))
        .build();
    let simplifier = ExprSimplifier::new(context);
    let coerced = simplifier.coerce(expression, &columns).map_err(|error| tell(&error))?;
    let simple = simplifier.simplify(coerced).map_err(|error| tell(&error))?;
    STATE
        .create_physical_expr(simple, &columns)
        .map_err(|error| tell(&error))
}

fn tell(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    text.lines().next().unwrap_or_default().to_owned()
}
