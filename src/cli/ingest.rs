//! `sluis ingest`: takes pending deliveries in.
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::seam::{self, Outcome, Report, Selection};
use super::text::{Table, bytes, count, duration, write_json};
use super::{Code, Context, Failure};
use crate::diagnostic::printable;
use crate::ledger::{Run, RunStatus};

/// What can be typed after `sluis ingest`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these pipelines [default: all]
    #[arg(value_name = "PIPELINE")]
    pipelines: Vec<String>,
    /// Only this file below landing/, pending or not
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Read and check, write nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let selection = Selection {
        pipelines: args.pipelines,
        file: args.file.map(|file| context.cwd().join(file)),
        dry_run: args.dry_run,
        replay: None,
    };
    let reports = take(context, "ingest", &selection)?;
    if args.json {
        write_json(&mut context.out(), &reports)?;
    } else {
        print(context, &reports, args.dry_run)?;
    }
    Ok(exit_code(&reports))
}

/// Takes a selection in, as a run of its own unless nothing is to be written.
pub(super) fn take(context: &Context, kind: &str, selection: &Selection) -> Result<Vec<Report>, Failure> {
    if selection.dry_run {
        let now = context.now();
        return seam::ingest_all(context, &Run::unrecorded(kind, now), selection);
    }
    context.recorded(kind, |context, run| {
        let reports = seam::ingest_all(context, run, selection)?;
        tally(run, &reports);
        Ok(reports)
    })
}

/// What a run took in, for the ledger.
pub(super) fn tally(run: &mut Run, reports: &[Report]) {
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for Report { outcome, delivery, .. } in reports {
        *outcomes.entry(outcome.as_str()).or_default() += 1;
        if *outcome != Outcome::Skipped {
            run.rows_in += delivery.rows_in;
            run.rows_staged += delivery.rows_staged;
            run.rows_quarantined += delivery.rows_quarantined;
        }
    }
    run.detail = serde_json::json!({ "deliveries": outcomes });
    if reports.iter().any(refused) {
        run.status = RunStatus::Failed.as_str().to_owned();
    }
}

fn refused(report: &Report) -> bool {
    matches!(report.outcome, Outcome::Rejected | Outcome::Failed)
}

/// 1 when a delivery was refused or failed.
pub(super) fn exit_code(reports: &[Report]) -> ExitCode {
    if reports.iter().any(refused) {
        Code::Refused.into()
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints what became of each file, why, and what to do next.
pub(super) fn print(context: &Context, reports: &[Report], dry_run: bool) -> Result<(), Failure> {
    let mut out = context.out();
    if reports.is_empty() {
        let landing = super::text::short(&context.project()?.landing(), context.cwd());
        writeln!(
            out,
            "nothing to take in: no file in {} is for a pipeline",
            printable(&landing.to_string_lossy())
        )?;
        return Ok(());
    }
    let headers = [
        "pipeline",
        "file",
        "outcome",
        ">size",
        ">rows in",
        ">staged",
        ">quarantined",
        ">took",
    ];
    let mut table = Table::new(&headers);
    for Report { outcome, delivery, .. } in reports {
        table.row([
            delivery.pipeline.clone(),
            delivery.file.clone(),
            outcome.as_str().to_owned(),
            bytes(delivery.bytes),
            count(delivery.rows_in),
            count(delivery.rows_staged),
            count(delivery.rows_quarantined),
            if *outcome == Outcome::Skipped {
                "-".to_owned()
            } else {
                duration(delivery.duration_ms)
            },
        ]);
    }
    table.write(&mut out)?;
    for report in reports
        .iter()
        .filter(|report| report.delivery.reason.is_some() || !report.notes.is_empty())
    {
        let Report {
            outcome,
            delivery,
            notes,
        } = report;
        writeln!(
            out,
            "\n{} {} ({})",
            outcome.as_str(),
            printable(&delivery.file),
            delivery.id
        )?;
        for line in delivery.reason.iter().chain(notes).flat_map(|text| text.lines()) {
            writeln!(out, "  {}", printable(line))?;
        }
    }
    next(context, reports, dry_run)
}

fn next(context: &Context, reports: &[Report], dry_run: bool) -> Result<(), Failure> {
    let mut out = context.out();
    let with = |outcome: Outcome| reports.iter().filter(move |report| report.outcome == outcome);
    let outcomes = [
        Outcome::Published,
        Outcome::Accepted,
        Outcome::Skipped,
        Outcome::Rejected,
        Outcome::Failed,
    ];
    let counts: Vec<String> = outcomes
        .iter()
        .map(|outcome| (with(*outcome).count(), outcome.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, outcome)| format!("{count} {outcome}"))
        .collect();
    writeln!(
        out,
        "\n{}{}",
        counts.join(", "),
        if dry_run { "; dry run: nothing was written" } else { "" }
    )?;
    if dry_run {
        return Ok(());
    }
    if let Some(report) = with(Outcome::Published).find(|report| report.delivery.rows_quarantined > 0) {
        writeln!(
            out,
            "look at rows that were set aside: {}",
            context.typed(&["quarantine", "show", &report.delivery.id])
        )?;
    }
    if with(Outcome::Rejected).next().is_some() {
        writeln!(
            out,
            "a rejected file can be delivered again, or taken after the contract is changed: nothing of it was published"
        )?;
    }
    if with(Outcome::Published).next().is_some() {
        writeln!(out, "next: {} rebuilds what depends on it", context.typed(&["run"]))?;
    }
    Ok(())
}
