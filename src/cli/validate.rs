//! `sluis validate`: every problem of every contract and model, without touching data.
use std::io::Write;
use std::process::ExitCode;

use super::text::{counted, write_json, write_problems};
use super::{Code, Context, Failure};
use crate::contract;
use crate::diagnostic::Problem;

/// What can be typed after `sluis validate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let mut found = look(context)?;
    found
        .problems
        .sort_by_cached_key(|problem| (problem.file.clone(), problem.line_column()));
    let count = |errors: bool| {
        found
            .problems
            .iter()
            .filter(|problem| problem.is_error() == errors)
            .count() as u64
    };
    let (errors, warnings) = (count(true), count(false));
    let mut out = context.out();
    if args.json {
        write_json(&mut out, &found)?;
    } else {
        let looked_at = format!(
            "{} and {}",
            counted(found.contracts, "contract"),
            counted(found.models, "model")
        );
        write_problems(&mut out, found.problems, context.cwd(), context.is_terminal())?;
        match (errors, warnings) {
            (0, 0) => writeln!(out, "{looked_at}: no problems")?,
            _ => writeln!(
                out,
                "{looked_at}: {}, {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            )?,
        }
    }
    Ok(if errors > 0 {
        Code::Refused.into()
    } else {
        ExitCode::SUCCESS
    })
}

/// What was looked at and found.
#[derive(Debug, Default, serde::Serialize)]
struct Validation {
    contracts: u64,
    models: u64,
    problems: Vec<Problem>,
}

fn look(context: &Context) -> Result<Validation, Failure> {
    let project = context.project()?;
    let (_, problems) = contract::load_all(&project.pipelines(), &project.reference());
    let contracts = super::status::pipelines(context)?.len() as u64;
    Ok(Validation {
        contracts,
        models: 0,
        problems,
    })
}
