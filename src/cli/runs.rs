//! `sluis runs`: what was done, when, by whom.
use std::io::Write;
use std::process::ExitCode;

use super::text::{Table, count, duration, moment, write_json};
use super::{Context, Failure};

/// What can be typed after `sluis runs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many, newest first; 0 is all
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let runs = context.ledger()?.runs(args.limit)?;
    let mut out = context.out();
    if args.json {
        write_json(&mut out, &runs)?;
        return Ok(ExitCode::SUCCESS);
    }
    if runs.is_empty() {
        writeln!(out, "no runs yet; `sluis ingest` takes deliveries in")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&[
        "run",
        "kind",
        "who",
        "started",
        ">took",
        "status",
        ">rows in",
        ">staged",
        ">quarantined",
        ">dropped",
    ]);
    for run in runs {
        table.row([
            run.id,
            run.kind,
            run.who,
            moment(run.started_at),
            if run.finished_at.is_some() {
                duration(run.duration_ms)
            } else {
                "-".to_owned()
            },
            run.status,
            count(run.rows_in),
            count(run.rows_staged),
            count(run.rows_quarantined),
            count(run.rows_dropped),
        ]);
    }
    table.without_zeros("dropped").write(&mut out)?;
    Ok(ExitCode::SUCCESS)
}
