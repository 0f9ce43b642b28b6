//! The catalog that PostgreSQL clients ask: `pg_catalog` and `information_schema`, of what the caller may see.
//!
//! What never changes comes from `datafusion-pg-catalog`, read once a process. What is about our tables is made when a
//! query reads it, from the same publications as the rest of the query.
use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::generate_series_arg_coercion::CoerceIntArgsToBigInt;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::oid_type_planner::PgOidTypePlanner;

use crate::engine::CATALOG;
use crate::serve::{Caller, Service};

mod functions;
mod information;
mod listing;
mod oid;
mod schema;
mod system;
mod table;

use listing::Lister;
use schema::Described;

/// Gives a session the catalog, and the functions that clients read it with.
///
/// # Errors
/// When the engine refuses it.
pub fn install(_service: &Service, caller: &Caller, context: &SessionContext) -> Result<(), DataFusionError> {
    let Some(catalog) = context.catalog(CATALOG) else {
        return Ok(());
    };
    let lister = Arc::new(Lister::new(catalog.as_ref(), &caller.who.name));
    catalog.register_schema("pg_catalog", Arc::new(Described::system(Arc::clone(&lister))))?;
    catalog.register_schema(
        "information_schema",
        Arc::new(Described::information(Arc::clone(&lister))),
    )?;
    functions::register(context, &caller.who.name, &lister)?;
    let state = context.state_ref();
    let existing = state.read().clone();
    // the engine's own information_schema has the engine's names of types
    let config = existing.config().clone().with_information_schema(false);
    let session_id = existing.session_id().to_owned();
    let planned = SessionStateBuilder::new_from_existing(existing)
        .with_session_id(session_id)
        .with_config(config)
        .with_type_planner(Arc::new(PgOidTypePlanner))
        .build();
    *state.write() = planned;
    CoerceIntArgsToBigInt::widen(context);
    Ok(())
}
