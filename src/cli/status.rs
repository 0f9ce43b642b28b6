//! `sluis status`: what came in, and what is published.
use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::intake::{check_pipelines, pipelines};
use super::text::{Table, count, duration, moment, write_json};
use super::{Context, Failure, tables};
use crate::diagnostic::printable;
use crate::ledger::{Delivery, DeliveryStatus};

/// What can be typed after `sluis status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these pipelines [default: all]
    #[arg(value_name = "PIPELINE")]
    pipelines: Vec<String>,
    /// Also deliveries that later ones took the place of, and those that were refused before
    #[arg(long)]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let pipelines = pipelines(context)?;
    let mut deliveries = context.ledger()?.deliveries(None)?;
    check_pipelines(context, &args.pipelines, &deliveries)?;
    let wanted = |name: &str| args.pipelines.is_empty() || args.pipelines.iter().any(|wanted| wanted == name);
    deliveries.retain(|delivery| wanted(&delivery.pipeline));
    let mut taken: HashMap<(String, String), DateTime<Utc>> = HashMap::new();
    for delivery in &deliveries {
        if delivery.status == DeliveryStatus::Published {
            let last = taken
                .entry((delivery.pipeline.clone(), delivery.file.clone()))
                .or_default();
            *last = delivery.received_at.max(*last);
        }
    }
    deliveries.retain(|delivery| {
        let of_file = (delivery.pipeline.clone(), delivery.file.clone());
        let is_over = match delivery.status {
            DeliveryStatus::Superseded => true,
            DeliveryStatus::Rejected => taken.get(&of_file).is_some_and(|last| *last >= delivery.received_at),
            _ => false,
        };
        args.all || !is_over
    });
    deliveries.sort_by(|a, b| a.pipeline.cmp(&b.pipeline));
    let without: Vec<&String> = pipelines
        .iter()
        .filter(|name| wanted(name) && deliveries.iter().all(|delivery| delivery.pipeline != **name))
        .collect();
    let lake = context.lake()?;
    let mut published = Vec::new();
    for table in lake.tables()? {
        if args.pipelines.is_empty() || (table.schema == "staging" && wanted(&table.table)) {
            published.extend(lake.current(&table)?);
        }
    }
    let mut out = context.out();
    if args.json {
        let tables: Vec<_> = published
            .iter()
            .map(|manifest| {
                serde_json::json!({
                    "table": manifest.table, "version": manifest.version, "rows": manifest.rows,
                    "files": manifest.files.len(), "bytes": manifest.files.iter().map(|file| file.bytes).sum::<u64>(),
                    "published_at": manifest.created_at, "run": manifest.run,
                })
            })
            .collect();
        let status = serde_json::json!({
            "project": context.project()?.root, "deliveries": deliveries, "without_delivery": without, "tables": tables,
        });
        write_json(&mut out, &status)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_deliveries(&mut out, &deliveries)?;
    if !without.is_empty() {
        let names: Vec<&str> = without.iter().map(|name| name.as_str()).collect();
        writeln!(out, "no delivery yet: {}", printable(&names.join(", ")))?;
    }
    if !published.is_empty() {
        let mut table = Table::new(&["table", ">version", ">rows", ">files", ">size", "published", "run"]);
        for manifest in &published {
            let name = manifest.table.to_string();
            let cells = tables::cells(manifest);
            table.row(std::iter::once(&name).chain(&cells).chain([&manifest.run]));
        }
        writeln!(out)?;
        table.write(&mut out)?;
    } else if args.pipelines.is_empty() {
        writeln!(out, "nothing is published yet")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_deliveries(out: &mut impl Write, deliveries: &[Delivery]) -> Result<(), Failure> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let headers = [
        "pipeline",
        "file",
        "period",
        "delivery",
        "status",
        "received",
        ">rows in",
        ">staged",
        ">quarantined",
        ">dropped",
        ">took",
        ">version",
    ];
    let mut table = Table::new(&headers);
    for delivery in deliveries {
        table.row([
            delivery.pipeline.clone(),
            delivery.file.clone(),
            delivery.period.as_deref().map_or_else(|| "-".to_owned(), periods),
            delivery.id.clone(),
            delivery.status.to_string(),
            moment(delivery.received_at),
            count(delivery.rows_in),
            count(delivery.rows_staged),
            count(delivery.rows_quarantined),
            count(delivery.rows_dropped),
            duration(delivery.duration_ms),
            delivery
                .table_version
                .map_or("-".to_owned(), |version| version.to_string()),
        ]);
    }
    table.without_zeros("dropped").write(out)?;
    for delivery in deliveries {
        if let Some(reason) = &delivery.reason {
            writeln!(
                out,
                "{} {}: {}",
                printable(&delivery.file),
                delivery.status,
                printable(reason)
            )?;
        }
    }
    Ok(())
}

/// Periods in little room: of more than two, the first and the last.
fn periods(text: &str) -> String {
    let all: Vec<&str> = text.split(' ').collect();
    match all.as_slice() {
        [first, .., last] if all.len() > 2 => format!("{first} .. {last}"),
        _ => text.to_owned(),
    }
}
