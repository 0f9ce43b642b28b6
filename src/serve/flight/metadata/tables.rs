//! Schemas and tables, asked from the service as any query of the caller is: nothing is listed that it may not see.
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTables};
use futures::TryStreamExt;
use tonic::Status;

use super::unmade;
use crate::engine::CATALOG;
use crate::serve::flight::status;
use crate::serve::plain;
use crate::serve::{Asked, Caller, QueryErrorKind, Service};

/// What a driver narrows its question to: catalog, pattern of schemas, pattern of tables.
type Narrow<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

struct Listed {
    schema: String,
    name: String,
    kind: &'static str,
}

/// Schemas with tables in them.
pub(super) async fn schemas(
    service: &Arc<Service>,
    caller: &Caller,
    asked: CommandGetDbSchemas,
) -> Result<RecordBatch, Status> {
    let narrow = (
        asked.catalog.as_deref(),
        asked.db_schema_filter_pattern.as_deref(),
        None,
    );
    let listed = listed(service, caller, narrow).await?;
    let names: BTreeSet<&str> = listed.iter().map(|table| table.schema.as_str()).collect();
    let mut schemas = asked.into_builder();
    for name in names {
        schemas.append(CATALOG, name);
    }
    schemas.build().map_err(unmade)
}

/// Tables, with their columns if asked for.
pub(super) async fn tables(
    service: &Arc<Service>,
    caller: &Caller,
    asked: CommandGetTables,
) -> Result<RecordBatch, Status> {
    let narrow = (
        asked.catalog.as_deref(),
        asked.db_schema_filter_pattern.as_deref(),
        asked.table_name_filter_pattern.as_deref(),
    );
    let mut listed = listed(service, caller, narrow).await?;
    let kinds = &asked.table_types;
    listed.retain(|table| kinds.is_empty() || kinds.iter().any(|kind| kind == table.kind));
    let with_columns = asked.include_schema;
    let mut tables = asked.into_builder();
    for table in listed {
        let columns = match with_columns {
            true => columns(service, caller, &table).await?,
            false => Some(Arc::new(Schema::empty())),
        };
        // a table that went away meanwhile is not there
        let Some(columns) = columns else { continue };
        tables
            .append(CATALOG, &table.schema, &table.name, table.kind, &columns)
            .map_err(unmade)?;
    }
    tables.build().map_err(unmade)
}

async fn columns(service: &Arc<Service>, caller: &Caller, table: &Listed) -> Result<Option<SchemaRef>, Status> {
    let name = [CATALOG, &table.schema, &table.name].map(quoted).join(".");
    match service.plan(caller, Asked::Text(format!("SELECT * FROM {name}"))).await {
        Ok(planned) => Ok(Some(plain::schema(&planned.schema()))),
        Err(error) if error.kind == QueryErrorKind::UnknownTable => Ok(None),
        Err(error) => Err(status::query(&error)),
    }
}

async fn listed(service: &Arc<Service>, caller: &Caller, narrow: Narrow<'_>) -> Result<Vec<Listed>, Status> {
    if narrow.0.is_some_and(|catalog| catalog != CATALOG) {
        return Ok(Vec::new());
    }
    let asked = Asked::Text(question(narrow.1, narrow.2));
    let planned = service
        .plan(caller, asked)
        .await
        .map_err(|error| status::query(&error))?;
    let told = plain::schema(&planned.schema());
    let mut answer = service
        .execute(planned, None)
        .await
        .map_err(|error| status::query(&error))?;
    let mut listed = Vec::new();
    while let Some(rows) = answer.try_next().await.map_err(|error| status::query(&error))? {
        let rows = plain::batch(&rows, &told).map_err(|error| status::query(&error))?;
        let text = |column: usize| rows.column(column).as_string_opt::<i32>();
        let (Some(schemas), Some(names), Some(kinds)) = (text(0), text(1), text(2)) else {
            return Err(status::internal("the list of tables has no text"));
        };
        listed.extend((0..rows.num_rows()).map(|row| Listed {
            schema: schemas.value(row).to_owned(),
            name: names.value(row).to_owned(),
            kind: if kinds.value(row) == "VIEW" { "VIEW" } else { "TABLE" },
        }));
    }
    Ok(listed)
}

/// The query that lists tables whose names are like these patterns.
pub(super) fn question(schemas: Option<&str>, names: Option<&str>) -> String {
    let like = |column: &str, pattern: Option<&str>| {
        let pattern = pattern.map(|pattern| pattern.replace('\'', "''"));
        pattern.map_or(String::new(), |pattern| format!(" AND {column} LIKE '{pattern}'"))
    };
    format!(
        "SELECT table_schema, table_name, table_type FROM information_schema.tables \
         WHERE table_schema NOT IN ('information_schema', 'pg_catalog'){}{}",
        like("table_schema", schemas),
        like("table_name", names)
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
