//! `sluis withdraw TABLE`: takes back what no contract or model fills any more.
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::text::counted;
use super::{Context, Failure, tables};
use crate::config::Project;
use crate::lake::TableName;
use crate::model::Definitions;

/// What can be typed after `sluis withdraw`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table, `schema.table`; its contract or model must be gone from the project
    table: String,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let table = tables::named(context, &args.table)?;
    if !is_filled(&table) {
        return Err(Failure::refused(format!("{table} is kept by sluis itself")));
    }
    let project = context.project()?;
    let file = source(&project, &table);
    if file.exists() || filled(&Definitions::read(&project, None)).contains(&table) {
        let short = super::text::short(&file, context.cwd());
        return Err(refused(&table, &short));
    }
    let (lake, ledger) = (context.lake()?, context.ledger()?);
    let versions = context.recorded("withdraw", |_, run| {
        let versions = lake.withdraw(&table)?;
        run.detail = serde_json::json!({ "table": table.to_string(), "versions": versions });
        if table.schema == "staging" {
            ledger.held_after(&table.table, &BTreeSet::new())?;
        }
        Ok(versions)
    })?;
    let gone = counted(versions as u64, "version");
    writeln!(context.out(), "{table} is published no more; {gone} of it deleted")?;
    Ok(ExitCode::SUCCESS)
}

fn refused(table: &TableName, file: &Path) -> Failure {
    let file = file.display();
    Failure::refused(format!("{file} fills {table}, and would publish it again"))
        .hint(format!("take {file} out of the project first"))
}

/// The tables that contracts and models fill.
fn filled(definitions: &Definitions) -> BTreeSet<TableName> {
    let staged = definitions.contracts.iter().map(|contract| contract.table());
    let built = definitions.models.iter().map(|model| model.name().clone());
    staged.chain(built).collect()
}

/// Whether tables of its schema are those of contracts and models.
fn is_filled(table: &TableName) -> bool {
    ["staging", "core", "mart"].contains(&table.schema.as_str())
}

/// Where the definition of a table stands, right or wrong.
fn source(project: &Project, table: &TableName) -> PathBuf {
    match table.schema.as_str() {
        "staging" => project.pipelines().join(format!("{}.toml", table.table)),
        schema => project.sql().join(schema).join(format!("{}.sql", table.table)),
    }
}

/// Published tables that no contract or model fills, right or wrong: nothing refreshes them.
///
/// # Errors
/// When the lake cannot be read.
pub(super) fn unfilled(context: &Context, definitions: &Definitions) -> Result<Vec<TableName>, Failure> {
    let (project, filled) = (context.project()?, filled(definitions));
    let mut tables = context.lake()?.tables()?;
    tables.retain(|table| is_filled(table) && !filled.contains(table) && !source(&project, table).exists());
    Ok(tables)
}
