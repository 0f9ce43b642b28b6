//! SQL functions of sluis: one list, registered the same way everywhere a query is planned or run.
use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

mod peildatum;
mod pseudoniem;
mod schooljaar;

pub use schooljaar::{SchoolYear, is_text};

/// Version of what the functions compute; raising it rebuilds every model that uses one of them.
const VERSION: u32 = 1;

/// Why a function of ours has no answer. The text holds no value of a row: what is passed could be a person's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FunctionError(pub String);

impl From<FunctionError> for DataFusionError {
    fn from(error: FunctionError) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

/// Every function, ready to register.
pub fn all() -> Vec<Arc<ScalarUDF>> {
    let mut functions: Vec<ScalarUDF> = schooljaar::Op::ALL
        .into_iter()
        .map(schooljaar::Schooljaar::udf)
        .collect();
    functions.push(peildatum::Peildatum::udf());
    functions.push(pseudoniem::Pseudoniem::udf());
    functions.into_iter().map(Arc::new).collect()
}

/// Registers every function in `context`.
pub fn register(context: &SessionContext) {
    for function in all() {
        context.register_udf(function.as_ref().clone());
    }
}

/// Adds every function to a registry that is still being built, such as a session state.
pub fn register_in(registry: &mut dyn FunctionRegistry) -> datafusion::error::Result<()> {
    for function in all() {
        registry.register_udf(function)?;
    }
    Ok(())
}

/// What a fingerprint says about the function called `name`; `None` for functions of the query engine itself.
pub fn fingerprint(name: &str) -> Option<String> {
    all()
        .iter()
        .any(|f| f.name() == name)
        .then(|| format!("{name}@{VERSION}"))
}

/// The functions as a Markdown table, for the documentation.
pub fn reference() -> String {
    let mut text = String::from("| function | gives | example |\n|---|---|---|\n");
    for function in all() {
        let Some(doc) = function.documentation() else { continue };
        let example = doc.sql_example.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "| `{}` | {} | `{example}` |\n",
            doc.syntax_example, doc.description
        ));
    }
    text
}

#[cfg(test)]
mod tests;
