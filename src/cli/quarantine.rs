//! `sluis quarantine`: rows that were set aside, seen, read again, or let go.
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use super::intake::{self, Wanted};
use super::set_aside::{Quarantine, QuarantineCount};
use super::text::{Table, count, counted, moment, write_json};
use super::{Context, Failure, ingest};
use crate::diagnostic::{nearest, printable};
use crate::ledger::{Delivery, DeliveryStatus};
use crate::source::open::open_beneath;

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
        /// Only these pipelines [default: all]
        #[arg(value_name = "PIPELINE")]
        pipelines: Vec<String>,
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
    /// Read the lines again, for instance after a change of the contract; the file must still be in landing/
    Replay {
        /// The delivery's id, or the beginning of it
        delivery: String,
    },
    /// Let the rows go: they are removed from ops.quarantine
    Discard {
        /// The deliveries' ids, or the beginnings of them
        #[arg(required = true)]
        deliveries: Vec<String>,
    },
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List { pipelines, all, json } => list(context, &pipelines, all, json),
        Action::Show { delivery, limit, json } => show(context, &delivery, limit, json),
        Action::Replay { delivery } => replay(context, &delivery),
        Action::Discard { deliveries } => discard(context, &deliveries),
    }
}

fn list(context: &Context, pipelines: &[String], all: bool, json: bool) -> Result<ExitCode, Failure> {
    let quarantine = Quarantine::open(context)?;
    let mut open = quarantine.counts(None)?;
    let mut closed = if all {
        context.ledger()?.closed_quarantines()?
    } else {
        Vec::new()
    };
    if !pipelines.is_empty() {
        let known = context.ledger()?.deliveries(None)?;
        intake::check_pipelines(context, pipelines, &known)?;
        let of_these = |delivery: &str| {
            known
                .iter()
                .any(|one| one.id == delivery && pipelines.contains(&one.pipeline))
        };
        open.retain(|open| pipelines.contains(&open.pipeline));
        closed.retain(|closed| of_these(&closed.delivery));
    }
    closed.retain(|closed| open.iter().all(|open| open.delivery != closed.delivery));
    let mut out = context.out();
    if json && all {
        write_json(&mut out, &serde_json::json!({ "open": open, "closed": closed }))?;
        return Ok(ExitCode::SUCCESS);
    } else if json {
        write_json(&mut out, &open)?;
        return Ok(ExitCode::SUCCESS);
    }
    if open.is_empty() {
        writeln!(out, "no rows are set aside")?;
    } else {
        let mut table = Table::new(&["delivery", "pipeline", "file", "column", "rule", ">rows"]);
        for QuarantineCount {
            delivery,
            pipeline,
            file,
            column_name,
            rule,
            rows,
        } in &open
        {
            table.row([
                delivery,
                pipeline,
                file,
                column_name.as_deref().unwrap_or("-"),
                rule,
                &count(*rows),
            ]);
        }
        table.write(&mut out)?;
        writeln!(
            out,
            "\nnext: {} show|replay|discard DELIVERY",
            context.typed(&["quarantine"])
        )?;
    }
    if !closed.is_empty() {
        let mut table = Table::new(&["closed", "how", "by", "at"]);
        for closed in closed {
            table.row([closed.delivery, closed.how, closed.who, moment(closed.at)]);
        }
        writeln!(out)?;
        table.write(&mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The one delivery that an id, or the beginning of one, names.
fn resolve(word: &str, ids: &[String], context: &Context) -> Result<String, Failure> {
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
                None => failure.hint(format!("{} names them", context.typed(&["quarantine", "list"]))),
            })
        }
        several => Err(
            Failure::refused(format!("{} deliveries begin with `{word}`", several.len())).hint("type more of the id"),
        ),
    }
}

fn show(context: &Context, word: &str, limit: usize, json: bool) -> Result<ExitCode, Failure> {
    let quarantine = Quarantine::open(context)?;
    let delivery = resolve(word, &quarantine.deliveries(), context)?;
    let rows = quarantine.rows(&delivery, limit)?;
    let mut out = context.out();
    if json {
        write_json(&mut out, &rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let counts = quarantine.counts(Some(&delivery))?;
    let total: u64 = counts.iter().map(|row| row.rows).sum();
    if let Some(first) = counts.first() {
        writeln!(
            out,
            "{delivery}: {} of {} set aside\n",
            counted(total, "row"),
            printable(&first.file)
        )?;
    }
    let mut table = Table::new(&[">line", "column", "rule", "keys", "row"]);
    for row in &rows {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            row.line.to_string(),
            or_dash(&row.column_name),
            row.rule.clone(),
            or_dash(&row.keys),
            or_dash(&row.row),
        ]);
    }
    table.write(&mut out)?;
    if total > rows.len() as u64 {
        writeln!(
            out,
            "\nthese are the first {}; more with --limit, or in SQL: ops.quarantine",
            rows.len()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Rejected deliveries may be replayed too: nothing of them is published.
fn replay(context: &Context, word: &str) -> Result<ExitCode, Failure> {
    let ledger = context.ledger()?;
    let mut ids = Quarantine::open(context)?.deliveries();
    ids.extend(
        ledger
            .deliveries(None)?
            .into_iter()
            .filter(|one| one.rows_quarantined > 0)
            .map(|one| one.id),
    );
    ids.sort();
    ids.dedup();
    let id = resolve(word, &ids, context)?;
    let known = ledger.delivery(&id)?;
    let known = known.ok_or_else(|| Failure::refused(format!("the ledger does not know the delivery {id}")))?;
    if known.status == DeliveryStatus::Superseded {
        let file = printable(&known.file);
        return Err(Failure::refused(format!("{file} was superseded by a later delivery"))
            .hint("replay the later one; the rows of this one would take its place"));
    }
    same_bytes(context, &known)?;
    let wanted = Wanted {
        pipelines: vec![known.pipeline.clone()],
        file: Some(known.file.clone().into()),
        dry_run: false,
        again: Some(known),
        ..Wanted::default()
    };
    let intake = intake::take(context, "replay", &wanted)?;
    let left = intake.reports.iter().any(|report| report.delivery.rows_quarantined > 0);
    if intake.code().is_none() && !left {
        ledger.close_quarantine(&id, "replayed", &context.who(), context.now())?;
    }
    ingest::tell(context, intake, false, false)
}

/// Refuses when the landing folder no longer has the delivery's bytes: other bytes would be a new delivery.
fn same_bytes(context: &Context, known: &Delivery) -> Result<(), Failure> {
    let gone = |why: &str| {
        Failure::refused(format!("{} {why}", printable(&known.file)))
            .hint("put the file as it was delivered back into the landing folder")
    };
    let mut opened = open_beneath(&context.project()?.landing(), Path::new(&known.file))
        .map_err(|_| gone("can no longer be read from the landing folder"))?;
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut opened.file, &mut hasher)?;
    if hasher.finalize().to_hex().as_str() == known.content {
        Ok(())
    } else {
        Err(gone("in the landing folder is not what was delivered then"))
    }
}

fn discard(context: &Context, words: &[String]) -> Result<ExitCode, Failure> {
    let all = Quarantine::open(context)?.deliveries();
    let ids: Vec<String> = words
        .iter()
        .map(|word| resolve(word, &all, context))
        .collect::<Result<_, _>>()?;
    let (lake, ledger) = (context.lake()?, context.ledger()?);
    context.recorded("discard", |context, run| {
        for id in &ids {
            crate::ingest::discard(&lake, &run.id, context.now(), id)?;
            ledger.close_quarantine(id, "discarded", &context.who(), context.now())?;
        }
        run.detail = serde_json::json!({ "deliveries": ids });
        Ok(())
    })?;
    writeln!(context.out(), "discarded what was set aside of {}", ids.join(", "))?;
    Ok(ExitCode::SUCCESS)
}
