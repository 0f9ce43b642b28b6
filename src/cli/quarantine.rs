//! `sluis quarantine`: rows that were set aside, seen, read again, or let go.
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use super::seam::{self, QuarantineCount, Selection};
use super::text::{Table, count, counted, write_json};
use super::{Context, Failure, ingest};
use crate::diagnostic::{nearest, printable};

/// What can be typed after `sluis quarantine`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Deliveries with rows that were set aside, by rule
    List {
        /// Also those that were replayed or discarded
        #[arg(long)]
        all: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The rows of one delivery: keys are pseudonyms, tagged columns are masked
    Show {
        /// The delivery's id, or the beginning of it
        delivery: String,
        /// How many rows
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Read the delivery again, for instance after a change of the contract; its file must still be in landing/
    Replay {
        /// The delivery's id, or the beginning of it
        delivery: String,
    },
    /// Let the rows go: they stay in ops.quarantine but are no longer listed
    Discard {
        /// The deliveries' ids, or the beginnings of them
        #[arg(required = true)]
        deliveries: Vec<String>,
    },
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List { all, json } => list(context, all, json),
        Action::Show { delivery, limit, json } => show(context, &delivery, limit, json),
        Action::Replay { delivery } => replay(context, &delivery),
        Action::Discard { deliveries } => discard(context, &deliveries),
    }
}

fn states(context: &Context) -> Result<BTreeMap<String, String>, Failure> {
    let closed = context.ledger()?.closed_quarantines()?;
    Ok(closed.into_iter().map(|closed| (closed.delivery, closed.how)).collect())
}

fn list(context: &Context, all: bool, json: bool) -> Result<ExitCode, Failure> {
    let states = states(context)?;
    let state = |row: &QuarantineCount| states.get(&row.delivery).map_or("open", String::as_str).to_owned();
    let mut rows = seam::quarantine_counts(context)?;
    rows.retain(|row| all || state(row) == "open");
    let mut out = context.out();
    if json {
        write_json(&mut out, &rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        writeln!(out, "no rows are set aside")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&["delivery", "pipeline", "file", "column", "rule", ">rows", "state"]);
    for row in &rows {
        let state = state(row);
        let QuarantineCount {
            delivery,
            pipeline,
            file,
            column_name,
            rule,
            rows,
        } = row;
        table.row([delivery, pipeline, file, column_name, rule, &count(*rows), &state]);
    }
    table.write(&mut out)?;
    writeln!(
        out,
        "\n{} show, replay or discard a delivery",
        context.typed(&["quarantine"])
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The quarantined delivery that an id, or the beginning of one, names.
fn resolve(context: &Context, word: &str) -> Result<String, Failure> {
    let mut ids: Vec<String> = seam::quarantine_counts(context)?
        .into_iter()
        .map(|row| row.delivery)
        .collect();
    ids.sort();
    ids.dedup();
    let matching: Vec<&String> = ids.iter().filter(|id| id.starts_with(word)).collect();
    match matching.as_slice() {
        [id] => Ok((*id).clone()),
        [] => {
            let failure = Failure::refused(format!(
                "no delivery `{}` has rows that were set aside",
                printable(word)
            ));
            Err(match nearest(word, ids.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!(
                    "{} names them",
                    context.typed(&["quarantine", "list", "--all"])
                )),
            })
        }
        several => Err(
            Failure::refused(format!("{} deliveries begin with `{word}`", several.len())).hint("type more of the id"),
        ),
    }
}

fn show(context: &Context, delivery: &str, limit: usize, json: bool) -> Result<ExitCode, Failure> {
    let delivery = resolve(context, delivery)?;
    let rows = seam::quarantined_rows(context, &delivery, limit)?;
    let mut out = context.out();
    if json {
        write_json(&mut out, &rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let counts: Vec<QuarantineCount> = seam::quarantine_counts(context)?
        .into_iter()
        .filter(|row| row.delivery == delivery)
        .collect();
    let total: u64 = counts.iter().map(|row| row.rows).sum();
    if let Some(first) = counts.first() {
        writeln!(
            out,
            "{delivery}: {} of {} set aside",
            counted(total, "row"),
            printable(&first.file)
        )?;
    }
    let mut table = Table::new(&[">line", "column", "rule", "keys", "row"]);
    for row in &rows {
        table.row([&row.line.to_string(), &row.column_name, &row.rule, &row.keys, &row.row]);
    }
    table.write(&mut out)?;
    if total > rows.len() as u64 {
        writeln!(
            out,
            "\nthe first {}; more with --limit, or in SQL: ops.quarantine",
            rows.len()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn replay(context: &Context, delivery: &str) -> Result<ExitCode, Failure> {
    let delivery = resolve(context, delivery)?;
    let selection = Selection {
        replay: Some(delivery),
        ..Selection::default()
    };
    let reports = ingest::take(context, "replay", &selection)?;
    ingest::print(context, &reports, false)?;
    Ok(ingest::exit_code(&reports))
}

fn discard(context: &Context, deliveries: &[String]) -> Result<ExitCode, Failure> {
    let ids: Vec<String> = deliveries
        .iter()
        .map(|word| resolve(context, word))
        .collect::<Result<_, _>>()?;
    let ledger = context.ledger()?;
    for id in &ids {
        ledger.close_quarantine(id, "discarded", &context.who(), context.now())?;
    }
    writeln!(context.out(), "discarded the quarantine of {}", ids.join(", "))?;
    Ok(ExitCode::SUCCESS)
}
