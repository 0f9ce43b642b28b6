//! `sluis history TABLE`: the versions of a table that are still there.
use std::process::ExitCode;

use super::text::{Table, write_json};
use super::{Context, Failure, tables};

/// What can be typed after `sluis history`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table, `schema.table`
    table: String,
    /// How many versions, newest first; 0 is all
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
    /// As JSON, with inputs and audits
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let lake = context.lake()?;
    let table = tables::named(context, &args.table)?;
    let mut versions = lake.history(&table)?;
    versions.sort_by_key(|manifest| std::cmp::Reverse(manifest.version));
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    versions.truncate(limit);
    let mut out = context.out();
    if args.json {
        let versions: Vec<serde_json::Value> = versions
            .iter()
            .map(|manifest| {
                serde_json::json!({
                    "version": manifest.version, "restores": manifest.restores, "parent": manifest.parent,
                    "created_at": manifest.created_at, "run": manifest.run, "reason": manifest.reason,
                    "rows": manifest.rows, "files": manifest.files.len(),
                    "bytes": manifest.files.iter().map(|file| file.bytes).sum::<u64>(),
                    "fingerprint": manifest.fingerprint, "digest": manifest.digest(),
                    "inputs": manifest.inputs, "audits": manifest.audits, "properties": manifest.properties,
                })
            })
            .collect();
        write_json(&mut out, &versions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new(&[">version", ">rows", ">files", ">size", "published", "run", "why"]);
    for manifest in &versions {
        let cells = tables::cells(manifest);
        shown.row(cells.iter().chain([&manifest.run, &manifest.reason]));
    }
    shown.write(&mut out)?;
    Ok(ExitCode::SUCCESS)
}
