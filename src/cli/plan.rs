//! `sluis plan`: what a run would rebuild, and why.
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use super::run::Workshop;
use super::text::write_json;
use super::{Code, Context, Failure};
use crate::lake::TableName;
use crate::plan::{PlanContext, plan};

/// What can be typed after `sluis plan`.
#[derive(Debug, clap::Args)]
#[command(after_help = SELECTORS)]
pub struct Args {
    /// Only these models [default: all]
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) const SELECTORS: &str = "Selectors:
  mart.x     one model; x alone where only one schema has it
  mart.*     every model whose name fits
  +mart.x    with every model it needs
  mart.x+    with every model that needs it; staging.x+ for a contract's table";

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let workshop = Workshop::open(context)?;
    let selected: BTreeSet<TableName> = workshop.select(&args.selectors)?;
    let inputs = workshop.inputs(context)?;
    let plan = plan(&PlanContext {
        models: &workshop.models,
        inputs: &inputs,
        selected: &selected,
    });
    let mut out = context.out();
    if args.json {
        write_json(&mut out, &plan)?;
    } else if !plan.models.is_empty() || workshop.problems.is_empty() {
        writeln!(out, "{plan}")?;
    }
    Ok(match workshop.tell(context)? {
        true => ExitCode::SUCCESS,
        false => Code::Refused.into(),
    })
}
