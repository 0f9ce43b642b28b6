//! The catalog that PostgreSQL clients ask.
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use crate::serve::{Caller, Service};

/// Gives a session the catalog.
///
/// # Errors
/// When the engine refuses it.
pub fn install(_service: &Service, _caller: &Caller, _context: &SessionContext) -> Result<(), DataFusionError> {
    Ok(())
}
