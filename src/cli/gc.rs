//! `sluis gc`: removes versions that are neither recent nor read by anyone.
use std::io::Write;
use std::process::ExitCode;

use super::text::{Table, bytes, counted};
use super::{Context, Failure};
use crate::lake::GcPolicy;

/// What can be typed after `sluis gc`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Say what would be removed, remove nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let lake = context.lake()?;
    let publish = context.project()?.settings.publish.clone();
    let policy = GcPolicy {
        keep_versions: publish.keep_versions,
        keep_days: publish.keep_days,
    };
    let report = if args.dry_run {
        lake.gc(&policy, context.now(), true)?
    } else {
        context.recorded("gc", |context, run| {
            let report = lake.gc(&policy, context.now(), false)?;
            run.detail = serde_json::json!({ "removed": report.removed.len(), "bytes": report.bytes() });
            Ok(report)
        })?
    };
    let mut out = context.out();
    if !report.removed.is_empty() {
        let mut table = Table::new(&["table", ">version", ">frees"]);
        for gone in &report.removed {
            table.row([gone.table.to_string(), gone.version.to_string(), bytes(gone.bytes)]);
        }
        table.write(&mut out)?;
        writeln!(out)?;
    }
    for (table, version) in &report.leased {
        writeln!(out, "{table} version {version} stays: somebody is reading it")?;
    }
    for table in &report.busy {
        writeln!(out, "{table} was left alone: somebody is publishing to it")?;
    }
    let verb = if args.dry_run { "would be removed" } else { "removed" };
    let days = counted(u64::from(policy.keep_days), "day");
    writeln!(
        out,
        "{} {verb}, {} freed; the newest {} of each table stay, and what was current in the last {days}",
        counted(report.removed.len() as u64, "version"),
        bytes(report.bytes()),
        policy.keep_versions,
    )?;
    Ok(ExitCode::SUCCESS)
}
