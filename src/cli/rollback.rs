//! `sluis rollback TABLE`: publishes an earlier version's content again, as a new version.
use std::io::Write;
use std::process::ExitCode;

use super::text::counted;
use super::{Context, Failure, tables};
use crate::schedule::MODELS;

/// What can be typed after `sluis rollback`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table, `schema.table`
    table: String,
    /// The version to go back to [default: the one before the present content]
    #[arg(long, value_name = "VERSION")]
    to: Option<u64>,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let lake = context.lake()?;
    let table = tables::named(context, &args.table)?;
    let manifest = context.recorded("rollback", |context, run| {
        let before = lake.current(&table)?.map(|manifest| manifest.version);
        let manifest = lake.rollback(&table, args.to, &run.id, context.now())?;
        run.detail = serde_json::json!({
            "table": table.to_string(), "from": before, "to": manifest.restores, "version": manifest.version,
        });
        Ok(manifest)
    })?;
    let held = manifest
        .files
        .iter()
        .filter_map(|file| file.tags.delivery.as_deref())
        .collect();
    let gone = match table.schema.as_str() {
        "staging" => context.ledger()?.held_after(&table.table, &held)?,
        _ => 0,
    };
    let content = manifest.restores.map_or(String::new(), |version| {
        format!(", with the content of version {version}")
    });
    writeln!(
        context.out(),
        "{table}: version {} is published{content}",
        manifest.version
    )?;
    match (table.schema.as_str(), gone) {
        ("staging", 0) => {}
        ("staging", gone) => writeln!(
            context.out(),
            "it no longer holds {}: `sluis schedule` lists the files, `sluis ingest --file` takes one in again",
            counted(gone as u64, "delivery")
        )?,
        _ => writeln!(
            context.out(),
            "it is built anew when its model next runs; `sluis schedule pause {MODELS}` keeps the service from that"
        )?,
    }
    Ok(ExitCode::SUCCESS)
}
