//! `sluis validate`: every problem of every contract and model, without touching data.
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use super::run::Workshop;
use super::text::{counted, write_json, write_problems};
use super::{Code, Context, Failure};
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
    Ok(Validation {
        contracts: super::intake::pipelines(context)?.len() as u64,
        models: models(&project.sql())?,
        problems: Workshop::open(context)?.problems,
    })
}

/// Number of models, good or bad.
fn models(folder: &Path) -> std::io::Result<u64> {
    let mut number = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            number += models(&path)?;
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            number += 1;
        }
    }
    Ok(number)
}
