//! `sluis report check`: the printed tables against the marts.
use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::text::{Table, count, write_json};
use super::{Code, Context, Failure, sql};
use crate::engine::{self, Catalog, EngineError};
use crate::report::{self, Outcome, PrintedTable, ReportTables, Verdict};

/// What can be typed after `sluis report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Report,
}

#[derive(Debug, clap::Subcommand)]
enum Report {
    /// Compare the printed tables with the marts that rebuild them, cell by cell
    ///
    /// config/report.toml lists the tables: their cells are in config/reference/published/, their counterparts come from
    /// queries. The exit code is 1 when a table differs or its mart has nothing of it.
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// Only these tables, by their numbers [default: all]
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Most differing cells shown of a table; 0 is all of them
    #[arg(long, value_name = "N", default_value_t = 3)]
    cells: usize,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let Report::Check(args) = args.command;
    let project = context.project()?;
    let list = ReportTables::read(&project.root.join("config/report.toml"))?;
    let known = |name: &String| list.table.iter().any(|table| table.name == *name);
    if let Some(unknown) = args.tables.iter().find(|name| !known(name)) {
        return Err(Failure::usage(format!("config/report.toml has no table {unknown}")));
    }
    let chosen = list
        .table
        .iter()
        .filter(|table| args.tables.is_empty() || args.tables.contains(&table.name));
    let (engine, sources) = sql::tables(context)?;
    // One catalog for all tables: they are compared as of one moment.
    let session = engine.context(Catalog::now(&sources));
    let folder = project.reference().join("published");
    let mut outcomes = Vec::new();
    for table in chosen {
        context.check_cancelled()?;
        let printed = report::read(&folder, table)?;
        let rows = engine.block_on(async {
            let rows = engine::query(&session, &table.query).await?.collect().await;
            Ok::<_, EngineError>(rows.map_err(engine::withheld)?)
        });
        let outcome = match rows {
            Ok(rows) => Ok(report::compare(table, &printed, &values(table, &rows)?)),
            Err(error) => Err(error.to_string()),
        };
        outcomes.push((table, outcome));
    }
    let good = outcomes
        .iter()
        .all(|(_, outcome)| matches!(outcome, Ok(outcome) if outcome.verdict == Verdict::Agree));
    match args.json {
        true => json(context, &outcomes)?,
        false => text(context, &outcomes, args.cells)?,
    }
    Ok(if good { ExitCode::SUCCESS } else { Code::Refused.into() })
}

/// The rows of a table's query by their keys.
fn values(table: &PrintedTable, rows: &[RecordBatch]) -> Result<HashMap<Vec<String>, Option<f64>>, Failure> {
    let mut values = HashMap::new();
    for batch in rows {
        if batch.num_columns() != table.keys.len() + 1 {
            let columns = format!("{} and a value", table.keys.join(", "));
            return Err(Failure::refused(format!(
                "the query of table {} must give {columns}",
                table.name
            )));
        }
        let texts: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| cast(column, &DataType::Utf8))
            .collect::<Result<_, _>>()?;
        let texts: Vec<&StringArray> = texts
            .iter()
            .filter_map(|column| column.as_any().downcast_ref())
            .collect();
        let Some((value, keys)) = texts.split_last() else {
            continue;
        };
        for row in 0..batch.num_rows() {
            let key = keys.iter().map(|column| column.value(row).to_owned()).collect();
            let number = Some(row)
                .filter(|row| value.is_valid(*row))
                .and_then(|row| value.value(row).parse().ok());
            values.insert(key, number);
        }
    }
    Ok(values)
}

type Checked<'a> = (&'a PrintedTable, Result<Outcome, String>);

fn json(context: &Context, outcomes: &[Checked<'_>]) -> Result<(), Failure> {
    let tables: Vec<_> = outcomes
        .iter()
        .map(|(table, outcome)| match outcome {
            Ok(outcome) => serde_json::json!({
                "table": table.name, "title": table.title, "verdict": outcome.verdict,
                "compared": outcome.compared, "agree": outcome.agree, "withheld": outcome.withheld, "cells": outcome.cells,
            }),
            Err(error) => serde_json::json!({
                "table": table.name, "title": table.title, "verdict": Verdict::Absent, "error": error,
            }),
        })
        .collect();
    Ok(write_json(&mut context.out(), &tables)?)
}

fn text(context: &Context, outcomes: &[Checked<'_>], most: usize) -> Result<(), Failure> {
    let mut out = context.out();
    let mut summary = Table::new(&["table", "verdict", ">cells", ">agree", ">withheld", "what"]);
    for (table, outcome) in outcomes {
        let (verdict, counts) = match outcome {
            Ok(outcome) => (
                word(outcome.verdict),
                [outcome.compared, outcome.agree, outcome.withheld].map(|cells| count(cells as u64)),
            ),
            Err(_) => (word(Verdict::Absent), [const { String::new() }; 3]),
        };
        let [compared, agree, withheld] = &counts;
        summary.row([table.name.as_str(), verdict, compared, agree, withheld, &table.title]);
    }
    summary.write(&mut out)?;
    if let Some(scale) = sample_scale(context).filter(|scale| *scale < 1.0) {
        writeln!(
            out,
            "\nThe sample of this project is {scale} of a country: numbers of people cannot agree."
        )?;
    }
    for (table, outcome) in outcomes {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                writeln!(out, "\n{}: {}", table.name, crate::diagnostic::printable_lines(error))?;
                continue;
            }
        };
        // what is withheld is told by its number
        let differing: Vec<_> = outcome.cells.iter().filter(|cell| !cell.withheld).collect();
        if differing.is_empty() {
            continue;
        }
        writeln!(out, "\n{}: {}", table.name, table.title)?;
        let shown = if most == 0 { differing.len() } else { most };
        for cell in differing.iter().take(shown) {
            let mart = cell
                .mart
                .map_or_else(|| "nothing".to_owned(), |value| format!("{value:.4}"));
            let mart = mart.trim_end_matches('0').trim_end_matches('.').to_owned();
            let printed = cell.printed.as_deref().unwrap_or("blank");
            let because = cell.because.as_ref().map(|why| format!(" ({why})"));
            let line = format!(
                "{}: printed {printed}, mart {mart}{}",
                cell.keys.join(" "),
                because.unwrap_or_default()
            );
            writeln!(out, "  {}", crate::diagnostic::printable(&line))?;
        }
        if differing.len() > shown {
            writeln!(out, "  and {} more: --cells 0 shows all", differing.len() - shown)?;
        }
    }
    Ok(())
}

/// How large a country the demo made here, if it did.
fn sample_scale(context: &Context) -> Option<f64> {
    let file = context.project().ok()?.root.join(crate::sample::REPORT_FILE);
    let sample: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    sample.get("scale")?.as_f64()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agree => "agree",
        Verdict::Differ => "differ",
        Verdict::Absent => "absent",
    }
}
