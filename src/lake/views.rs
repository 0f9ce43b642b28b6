//! `lake/views.sql`: the published marts as DuckDB views.

use super::draft::random_id;
use super::layout::{UNFINISHED, version_path};
use super::{Lake, LakeError, Manifest, Result, pointers, single};
use datafusion::arrow::datatypes::DataType;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const HEADER: &str = "\
-- The published marts as DuckDB views. Written by sluis at every publication: changes are lost.
-- Start DuckDB with `duckdb -init views.sql`, or type `.read views.sql`.
-- A mart that is not one file is bound to the version that was newest when this was written: read this
-- file again to see a newer one.
CREATE SCHEMA IF NOT EXISTS mart;
";

/// Rewrites `views.sql` when it does not agree with the published marts; says whether it did
pub(super) fn bring_up_to_date(lake: &Lake) -> Result<bool> {
    let disk = lake.disk();
    let path = lake.root().join("views.sql");
    // two marts may be published at once, and the later writer must have read both
    let lock = super::lock::lock(disk, &lock_file(lake), lake.options().lock_wait)?;
    let _lock = lock.map_err(|holder| {
        LakeError::io(
            "lock",
            &path,
            std::io::Error::new(std::io::ErrorKind::WouldBlock, holder),
        )
    })?;
    let text = text(lake, &marts(lake)?)?;
    if disk.read_if_any(&path)?.as_deref() == Some(&text) {
        return Ok(false);
    }
    let unfinished = lake.root().join(format!("{UNFINISHED}{}-views", random_id()?));
    disk.replace(&path, &unfinished, text.as_bytes())?;
    Ok(true)
}

/// Removes unfinished views files, unless somebody is writing one
pub(super) fn sweep(lake: &Lake) -> Result<Vec<PathBuf>> {
    let disk = lake.disk();
    let names: Vec<String> = disk
        .list(lake.root())?
        .into_iter()
        .filter(|name| name.starts_with(UNFINISHED))
        .collect();
    let mut removed = Vec::new();
    if names.is_empty() {
        return Ok(removed);
    }
    if let Ok(_lock) = super::lock::lock(disk, &lock_file(lake), Duration::ZERO)? {
        // listed again under the lock: what was there may have been finished since
        for name in disk
            .list(lake.root())?
            .into_iter()
            .filter(|name| name.starts_with(UNFINISHED))
        {
            disk.remove_file(&lake.root().join(&name))?;
            removed.push(lake.root().join(name));
        }
    }
    Ok(removed)
}

fn lock_file(lake: &Lake) -> PathBuf {
    lake.root().join(".views.lock")
}

fn marts(lake: &Lake) -> Result<Vec<Arc<Manifest>>> {
    let mut marts = Vec::new();
    for dir in lake.table_dirs()?.into_iter().filter(|dir| dir.name.schema == "mart") {
        match lake.current_of(&dir) {
            Ok(manifest) => marts.extend(manifest),
            // its own recovery reports it; the other marts keep their views
            Err(error) if pointers::is_damage(&error) => tracing::warn!(%error, "left out of views.sql"),
            Err(error) => return Err(error),
        }
    }
    Ok(marts)
}

fn text(lake: &Lake, marts: &[Arc<Manifest>]) -> Result<String> {
    let mut text = HEADER.to_owned();
    for mart in marts {
        let dir = lake.dir(&mart.table)?;
        let source = if single::wanted(lake, mart) {
            quoted(&dir.single_file().display().to_string(), '\'')
        } else {
            let files = dir.dir.join(version_path(mart.version)).join("**/*.parquet");
            let types = mart.partition_columns.iter().map(|column| {
                let field = mart.schema.field_with_name(column);
                let name = field.map_or("VARCHAR", |field| duckdb_type(field.data_type()));
                format!("{}: {name}", quoted(column, '\''))
            });
            let types = types.collect::<Vec<_>>().join(", ");
            let hive = if types.is_empty() {
                String::new()
            } else {
                format!(", hive_partitioning = true, hive_types = {{{types}}}")
            };
            format!(
                "{}{hive}, union_by_name = true",
                quoted(&files.display().to_string(), '\'')
            )
        };
        let name = quoted(&mart.table.table, '"');
        // writing to a String cannot fail
        let _ = writeln!(
            text,
            "CREATE OR REPLACE VIEW mart.{name} AS SELECT * FROM read_parquet({source});"
        );
    }
    Ok(text)
}

fn quoted(text: &str, quote: char) -> String {
    let doubled: String = [quote, quote].iter().collect();
    format!("{quote}{}{quote}", text.replace(quote, &doubled))
}

fn duckdb_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "BOOLEAN",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Int8 | DataType::Int16 | DataType::Int32 => "INTEGER",
        DataType::Int64 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => "BIGINT",
        _ => "VARCHAR",
    }
}
