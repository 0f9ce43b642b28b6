//! `sluis contract`: Drafts contracts.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Code, Context, Failure};
use crate::contract::infer::names::snake_case;
use crate::contract::infer::{InferError, infer};

/// What can be typed after `sluis contract`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Draft a contract from a delimited file, a spreadsheet or an SPSS file: layout, encoding, types, keys, from the whole file
    Infer(Infer),
}

#[derive(Debug, clap::Args)]
struct Infer {
    /// The delivery; .gz, .zst and .zip with one member are unpacked, .xlsx, .xls and .ods are spreadsheets
    file: PathBuf,
    /// The contract's and table's name [default: from the file's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where to write it, as pipelines/NAME.toml [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let Command::Infer(infer) = args.command;
    draft(&infer, context)
}

fn draft(args: &Infer, context: &Context) -> Result<ExitCode, Failure> {
    let path = context.cwd().join(&args.file);
    let stem = args
        .out
        .as_ref()
        .and_then(|out| out.file_stem())
        .map(|stem| stem.to_string_lossy().into_owned());
    let name = args.name.clone().or(stem).unwrap_or_else(|| name_of(&path));
    if name != snake_case(&name) {
        return Err(
            Failure::usage(format!("`{name}` cannot be a table's name")).hint(format!("{} can", snake_case(&name)))
        );
    }
    let limits = (&context.settings()?.ingest).into();
    let draft = infer(&path, &name, limits).map_err(failure)?;
    match &args.out {
        None => context.out().write_all(draft.text().as_bytes())?,
        Some(out) => {
            write_new(&context.cwd().join(out), &draft.text(), false)?;
            writeln!(
                context.out(),
                "{}: drafted; fill in what is marked and run `sluis validate`",
                out.display()
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn failure(error: InferError) -> Failure {
    match error {
        InferError::Io { .. } => Failure::with_code(Code::Machine, error),
        other => other.into(),
    }
}

/// The contract's name from the file's: without endings, in lower snake case
fn name_of(path: &Path) -> String {
    let mut stem = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    while let Some((rest, ending)) = stem.rsplit_once('.')
        && (1..=5).contains(&ending.len())
        && !rest.is_empty()
    {
        stem = rest.to_owned();
    }
    snake_case(&stem)
}

/// Writes a drafted file; one that is there is only replaced when told to
pub(super) fn write_new(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = options.write(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
                _ => error.to_string(),
            };
            Failure::new(Code::Machine, format!("cannot write {}: {why}", path.display()))
        })
}
