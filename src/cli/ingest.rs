//! `sluis ingest`: takes pending deliveries in.
use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::intake::{self, Intake, Wanted, word};
use super::text::moment_typed;
use super::text::{Table, bytes, count, counted, duration, tell_problems, write_json};
use super::{Context, Failure};
use crate::diagnostic::printable;
use crate::ingest::{FaultCount, Outcome, Place, Report, Stretch};

/// What can be typed after `sluis ingest`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these pipelines [default: all]
    #[arg(value_name = "PIPELINE")]
    pipelines: Vec<String>,
    /// Only this file in the landing folder, even if it was rejected before
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Only deliveries whose period begins on or after this day, also those that are published: YYYY, YYYY-MM or YYYY-MM-DD
    #[arg(long, value_name = "DATE", requires = "to", value_parser = moment_typed)]
    from: Option<DateTime<Utc>>,
    /// The end of that stretch: only deliveries whose period begins before it
    #[arg(long, value_name = "DATE", requires = "from", value_parser = moment_typed)]
    to: Option<DateTime<Utc>>,
    /// Only files that were last written before this moment, as in 2026-10-01T06:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment_typed)]
    arrived_before: Option<DateTime<Utc>>,
    /// Read and check, write nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let file = args.file.map(|file| intake::in_landing(context, &file)).transpose()?;
    let wanted = Wanted {
        pipelines: args.pipelines,
        file,
        dry_run: args.dry_run,
        again: None,
        stretch: args.from.zip(args.to).map(|(from, to)| Stretch { from, to }),
        before: args.arrived_before,
    };
    let intake = intake::take(context, "ingest", &wanted)?;
    tell(context, intake, args.dry_run, args.json)
}

/// Prints what came of it and gives the exit code.
pub(super) fn tell(context: &Context, intake: Intake, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let code = intake.code();
    let mut out = context.out();
    if json {
        write_json(&mut out, &intake.reports.iter().map(as_json).collect::<Vec<_>>())?;
    } else {
        print(context, &intake, dry_run)?;
    }
    out.flush()?;
    tell_problems(context, intake.problems)?;
    for (pipeline, failure) in intake.failed {
        failure.about(&pipeline).tell_now(context);
    }
    Ok(code.map_or(ExitCode::SUCCESS, ExitCode::from))
}

fn as_json(report: &Report) -> serde_json::Value {
    let faults: Vec<_> = report
        .faults
        .iter()
        .map(|fault| serde_json::json!({"column": fault.column, "rule": fault.rule, "rows": fault.rows}))
        .collect();
    let places: Vec<_> = report
        .places
        .iter()
        .map(|place| serde_json::json!({"line": place.line, "column": place.column, "rule": place.rule}))
        .collect();
    serde_json::json!({
        "file": report.file, "outcome": word(&report.outcome), "reason": reason(report), "delivery": report.delivery,
        "notes": report.notes, "faults": faults, "places": places,
    })
}

fn reason(report: &Report) -> Option<&str> {
    match &report.outcome {
        Outcome::Skipped(why) | Outcome::Rejected(why) | Outcome::Unfit(why) => Some(why),
        Outcome::Superseded => report.delivery.reason.as_deref(),
        Outcome::Waiting => Some("it changed a moment ago; it is taken once it stays the same"),
        Outcome::Published(_) | Outcome::DryRun => None,
    }
}

fn print(context: &Context, intake: &Intake, dry_run: bool) -> Result<(), Failure> {
    let mut out = context.out();
    let reports = &intake.reports;
    if reports.is_empty() && intake.failed.is_empty() && intake.problems.is_empty() {
        let landing = super::text::short(&context.project()?.landing(), context.cwd());
        writeln!(out, "nothing to take in from {}", printable(&landing.to_string_lossy()))?;
    }
    if !reports.is_empty() {
        table(reports).write(&mut out)?;
    }
    let mut told = HashSet::new();
    let (alike, other): (Vec<&Report>, Vec<&Report>) = reports.iter().partition(|report| not_read(report));
    print_alike(&mut out, &alike)?;
    for report in other {
        details(&mut out, report, &mut told)?;
    }
    if !intake.unmatched.is_empty() {
        writeln!(
            out,
            "\nno pipeline takes {}:",
            counted(intake.unmatched.len() as u64, "file")
        )?;
        for file in intake.unmatched.iter().take(MOST) {
            writeln!(out, "  {}", printable(&file.to_string_lossy()))?;
        }
        if intake.unmatched.len() > MOST {
            writeln!(out, "  and {} more", intake.unmatched.len() - MOST)?;
        }
    }
    if reports.is_empty() {
        Ok(())
    } else {
        next(context, reports, dry_run)
    }
}

/// Most lines of a kind that are printed.
const MOST: usize = 10;

fn table(reports: &[Report]) -> Table {
    let mut table = Table::new(&[
        "pipeline",
        "file",
        "outcome",
        ">size",
        ">rows in",
        ">staged",
        ">quarantined",
        ">dropped",
        ">took",
    ]);
    for report in reports {
        let Report { outcome, delivery, .. } = report;
        let took = match outcome {
            Outcome::Published(_) | Outcome::DryRun | Outcome::Rejected(_) => duration(delivery.duration_ms),
            _ => "-".to_owned(),
        };
        table.row([
            delivery.pipeline.clone(),
            report.file.clone(),
            word(outcome).to_owned(),
            bytes(delivery.bytes),
            count(delivery.rows_in),
            count(delivery.rows_staged),
            count(delivery.rows_quarantined),
            count(delivery.rows_dropped),
            took,
        ]);
    }
    table.without_zeros("dropped")
}

/// Whether a file was passed over, so that there is only a reason to tell.
fn not_read(report: &Report) -> bool {
    matches!(
        report.outcome,
        Outcome::Skipped(_) | Outcome::Superseded | Outcome::Waiting
    ) && report.notes.is_empty()
}

/// One line for all files that were passed over for the same reason.
fn print_alike(out: &mut impl Write, reports: &[&Report]) -> Result<(), Failure> {
    let mut groups: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for report in reports {
        let (word, why, file) = (
            word(&report.outcome),
            reason(report).unwrap_or(""),
            report.file.as_str(),
        );
        match groups.iter_mut().find(|group| (group.0, group.1) == (word, why)) {
            Some(group) => group.2.push(file),
            None => groups.push((word, why, vec![file])),
        }
    }
    for (word, why, files) in groups {
        let which = match files.as_slice() {
            [file] => printable(file).into_owned(),
            several => counted(several.len() as u64, "file"),
        };
        writeln!(out, "\n{which} {word}: {}", printable(why))?;
    }
    Ok(())
}

/// Why, which rules were broken and where, and what else is worth knowing.
fn details<'a>(
    out: &mut impl Write,
    report: &'a Report,
    told: &mut HashSet<(&'a str, &'a str)>,
) -> Result<(), Failure> {
    let Report {
        file,
        outcome,
        delivery,
        notes,
        faults,
        places,
    } = report;
    let why = reason(report);
    // What holds of many deliveries of a pipeline is said once.
    let notes: Vec<&str> = notes
        .iter()
        .map(String::as_str)
        .filter(|note| told.insert((&delivery.pipeline, note)))
        .collect();
    if why.is_none() && notes.is_empty() && faults.is_empty() {
        return Ok(());
    }
    let id = if delivery.id.is_empty() {
        String::new()
    } else {
        format!(" ({})", delivery.id)
    };
    writeln!(out, "\n{}{id}: {}", printable(file), word(outcome))?;
    for line in why.into_iter().chain(notes).flat_map(str::lines) {
        writeln!(out, "  {}", printable(line))?;
    }
    // A skipped delivery's rules were told when it was read.
    if matches!(outcome, Outcome::Skipped(_)) {
        return Ok(());
    }
    for FaultCount { column, rule, rows } in faults.iter().take(MOST) {
        writeln!(out, "  {}: {}", at(column.as_deref(), rule), counted(*rows, "row"))?;
    }
    // The rows of a published delivery can be looked at; of a rejected one the first places are all there is.
    let places = if matches!(outcome, Outcome::Published(_)) {
        &[]
    } else {
        places.as_slice()
    };
    for Place { line, column, rule } in places.iter().take(MOST) {
        writeln!(out, "    line {line}: {}", at(column.as_deref(), rule))?;
    }
    Ok(())
}

fn at(column: Option<&str>, rule: &str) -> String {
    match column {
        Some(column) => printable(&format!("{column} {rule}")).into_owned(),
        None => printable(rule).into_owned(),
    }
}

fn next(context: &Context, reports: &[Report], dry_run: bool) -> Result<(), Failure> {
    let mut out = context.out();
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for report in reports {
        let word = word(&report.outcome);
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(word, number)| format!("{} {word}", count(*number)))
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
    let published = || {
        reports
            .iter()
            .filter(|report| matches!(report.outcome, Outcome::Published(_)))
    };
    if let Some(report) = published().find(|report| report.delivery.rows_quarantined > 0) {
        let command = context.typed(&["quarantine", "show", &report.delivery.id]);
        writeln!(out, "rows that were set aside: {command}")?;
    }
    if reports
        .iter()
        .any(|report| matches!(report.outcome, Outcome::Rejected(_) | Outcome::Unfit(_)))
    {
        writeln!(
            out,
            "nothing of a rejected file is published; it is taken again when the file, the contract or what it refers to changes"
        )?;
    }
    if published().next().is_some() {
        writeln!(out, "next: {}", context.typed(&["run"]))?;
    }
    Ok(())
}
