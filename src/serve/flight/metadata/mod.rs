//! Questions about the catalog: what there is, as far as the caller may see it.
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::error::FlightError;
use arrow_flight::sql::Command;
use arrow_flight::sql::metadata::XdbcTypeInfoDataBuilder;
use tonic::Status;

use super::status;
use crate::engine::CATALOG;
use crate::serve::{Caller, Service};

mod abilities;
mod keys;
mod tables;

/// The kinds of tables there are.
const TABLE_TYPES: [&str; 2] = ["TABLE", "VIEW"];

/// The columns of the answer to a question.
pub(super) fn schema(command: &Command) -> Result<SchemaRef, Status> {
    Ok(match command.clone() {
        Command::CommandGetCatalogs(asked) => asked.into_builder().schema(),
        Command::CommandGetDbSchemas(asked) => asked.into_builder().schema(),
        Command::CommandGetTables(asked) => asked.into_builder().schema(),
        Command::CommandGetTableTypes(asked) => asked.into_builder().schema(),
        Command::CommandGetSqlInfo(_) => abilities::all()?.schema(),
        Command::CommandGetXdbcTypeInfo(_) => XdbcTypeInfoDataBuilder::new().build().map_err(unmade)?.schema(),
        Command::CommandGetPrimaryKeys(_) => keys::primary(),
        Command::CommandGetExportedKeys(_)
        | Command::CommandGetImportedKeys(_)
        | Command::CommandGetCrossReference(_) => keys::foreign(),
        other => return Err(status::not_here(&other)),
    })
}

/// The answer to a question of `caller`.
pub(super) async fn answer(service: &Arc<Service>, caller: &Caller, command: Command) -> Result<RecordBatch, Status> {
    match command {
        Command::CommandGetCatalogs(asked) => {
            let mut catalogs = asked.into_builder();
            catalogs.append(CATALOG);
            catalogs.build().map_err(unmade)
        }
        Command::CommandGetDbSchemas(asked) => tables::schemas(service, caller, asked).await,
        Command::CommandGetTables(asked) => tables::tables(service, caller, asked).await,
        Command::CommandGetTableTypes(asked) => {
            let mut types = asked.into_builder();
            for name in TABLE_TYPES {
                types.append(name);
            }
            types.build().map_err(unmade)
        }
        Command::CommandGetSqlInfo(asked) => abilities::those(asked),
        Command::CommandGetXdbcTypeInfo(_) => {
            let types = XdbcTypeInfoDataBuilder::new().build().map_err(unmade)?;
            types.record_batch(None).map_err(unmade)
        }
        // tables of the lake have no keys that the engine knows
        other => schema(&other).map(RecordBatch::new_empty),
    }
}

fn unmade(_: FlightError) -> Status {
    status::internal("the answer about the catalog cannot be made")
}
