//! `sluis layout`: Imports layouts.
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::contract::write_new;
use super::{Code, Context, Failure};
use crate::source::layout::{Imported, Layout, LayoutError, drafts};

/// What can be typed after `sluis layout`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Draft contracts from a supplier's layout text: one for each table in it
    Import(Import),
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The layout text
    file: PathBuf,
    /// Folder to write the contracts in, as pipelines/ [default: standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only these contracts, by name
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Folder with the files that the layout describes, whose records are measured [default: the layout's]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Replace contracts that are there already
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let Command::Import(args) = args.command;
    let path = context.cwd().join(&args.file);
    let layout = Layout::load(&path).map_err(|error| match error {
        LayoutError::Io { .. } => Failure::with_code(Code::Machine, error),
        other => other.into(),
    })?;
    let beside = args
        .data
        .as_ref()
        .map(|data| context.cwd().join(data))
        .or_else(|| path.parent().map(PathBuf::from));
    let imported = chosen(drafts(&layout, beside.as_deref()), &args.only)?;
    let mut out = context.out();
    for (line, finding) in &layout.findings {
        tracing::warn!("{}, line {line}: {finding}", args.file.display());
    }
    for one in &imported {
        for finding in &one.findings {
            tracing::warn!("{}: {finding}", one.draft.name);
        }
    }
    let Some(folder) = &args.out else {
        for (place, one) in imported.iter().enumerate() {
            let gap = if place == 0 { "" } else { "\n" };
            if imported.len() > 1 {
                writeln!(out, "{gap}#------ pipelines/{}.toml", one.draft.name)?;
            }
            out.write_all(one.draft.text().as_bytes())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let target = context.cwd().join(folder);
    std::fs::create_dir_all(&target)?;
    let files: Vec<PathBuf> = imported
        .iter()
        .map(|one| target.join(format!("{}.toml", one.draft.name)))
        .collect();
    let there: Vec<String> = files
        .iter()
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    if !there.is_empty() && !args.force {
        let failure = Failure::refused(format!("already there: {}; nothing was written", there.join(", ")));
        return Err(failure.hint("give another --out, choose with --only, or replace them with --force"));
    }
    for (file, one) in files.iter().zip(&imported) {
        write_new(file, &one.draft.text(), args.force)?;
        let (name, fields) = (&one.draft.name, one.draft.columns.len());
        writeln!(
            out,
            "{}: {fields} columns",
            folder.join(format!("{name}.toml")).display()
        )?;
    }
    writeln!(out, "Fill in what is marked in them and run `sluis validate`.")?;
    Ok(ExitCode::SUCCESS)
}

fn chosen(imported: Vec<Imported>, only: &[String]) -> Result<Vec<Imported>, Failure> {
    let names: BTreeSet<&str> = imported.iter().map(|one| one.draft.name.as_str()).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name.as_str())) {
        let names: Vec<&str> = names.into_iter().collect();
        return Err(
            Failure::usage(format!("the layout has no `{unknown}`")).hint(format!("it has {}", names.join(", ")))
        );
    }
    Ok(imported
        .into_iter()
        .filter(|one| only.is_empty() || only.contains(&one.draft.name))
        .collect())
}
