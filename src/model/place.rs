//! What the engine has against the SQL of a model, as a problem in its file.
use datafusion::error::DataFusionError;

use super::Model;
use crate::diagnostic::Problem;
use crate::engine::{self, place::first_word};

/// `error` at its place in the model.
pub fn sql_problem(model: &Model, error: &DataFusionError) -> Problem {
    // which tables there are was looked at before
    let found = engine::explain(&model.sql, error, &[]);
    let span = found.span.unwrap_or_else(|| first_word(&model.sql));
    let problem = model.problem(found.rule, span, found.message);
    match found.hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
