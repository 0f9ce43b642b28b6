//! SQL functions of sluis: one list, registered the same way everywhere a query is planned or run.
use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, DocSection, Documentation, ScalarUDF};
use datafusion::prelude::SessionContext;

mod afstand;
mod bounded;
mod exact_sum;
mod gewogen_aandeel;
mod lasso;
mod leeftijd;
mod peildatum;
mod pseudoniem;
mod schooljaar;

pub use bounded::bound_in;
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

/// Every function of one row, ready to register.
pub fn scalars() -> Vec<Arc<ScalarUDF>> {
    let mut functions: Vec<ScalarUDF> = schooljaar::Op::ALL
        .into_iter()
        .map(schooljaar::Schooljaar::udf)
        .collect();
    functions.push(peildatum::Peildatum::udf());
    functions.push(leeftijd::Leeftijd::udf());
    functions.push(afstand::Afstand::udf());
    functions.push(pseudoniem::Pseudoniem::udf());
    functions.into_iter().map(Arc::new).collect()
}

/// Every function of a group of rows, ready to register.
pub fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let mut functions: Vec<AggregateUDF> = gewogen_aandeel::Part::ALL
        .into_iter()
        .map(gewogen_aandeel::GewogenAandeel::udaf)
        .collect();
    functions.push(lasso::LassoVoorspelling::udaf());
    functions.into_iter().map(Arc::new).collect()
}

/// Registers every function in `context`.
pub fn register(context: &SessionContext) {
    for function in scalars() {
        context.register_udf(function.as_ref().clone());
    }
    for function in aggregates() {
        context.register_udaf(function.as_ref().clone());
    }
}

/// Adds every function to a registry that is still being built, such as a session state.
pub fn register_in(registry: &mut dyn FunctionRegistry) -> datafusion::error::Result<()> {
    for function in scalars() {
        registry.register_udf(function)?;
    }
    for function in aggregates() {
        registry.register_udaf(function)?;
    }
    Ok(())
}

/// Name and documentation of every function.
fn documented() -> Vec<(String, Option<Documentation>)> {
    let scalars = scalars();
    let scalars = scalars
        .iter()
        .map(|f| (f.name().to_owned(), f.documentation().cloned()));
    let aggregates = aggregates();
    let aggregates = aggregates
        .iter()
        .map(|f| (f.name().to_owned(), f.documentation().cloned()));
    scalars.chain(aggregates).collect()
}

/// What a fingerprint says about the function called `name`; `None` for functions of the query engine itself.
pub fn fingerprint(name: &str) -> Option<String> {
    let own = scalars().iter().any(|f| f.name() == name) || aggregates().iter().any(|f| f.name() == name);
    own.then(|| format!("{name}@{VERSION}"))
}

/// The functions as a Markdown table, for the documentation.
pub fn reference() -> String {
    let mut text = String::from("| function | gives | example |\n|---|---|---|\n");
    for (_, doc) in documented() {
        let Some(doc) = doc else { continue };
        let example = doc.sql_example.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "| `{}` | {} | `{example}` |\n",
            doc.syntax_example, doc.description
        ));
    }
    text
}

/// A heading functions are grouped under, as DataFusion wants it.
fn section(label: &'static str) -> DocSection {
    DocSection {
        include: true,
        label,
        description: None,
    }
}

#[cfg(test)]
mod tests;
