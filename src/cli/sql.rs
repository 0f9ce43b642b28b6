//! `sluis sql`: queries on the published tables, in a shell or for a script.
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::{Code, Context, Failure};

mod command;
mod complete;
mod describe;
mod format;
mod memory;
mod names;
mod place;
mod script;
mod session;
mod shell;
mod table;
mod target;

pub(in crate::cli) use session::tables;

use command::Then;
use format::Format;
use place::Source;
use script::{Piece, Script};
use session::{Options, Session};

/// What can be typed after `sluis sql`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Statements to run; without them a shell, or what comes on standard input
    #[arg(value_name = "SQL", conflicts_with = "file", allow_hyphen_values = true)]
    sql: Option<String>,
    /// Run the statements of a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How results are written [default: by the ending of --output, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the result to a file, which appears when it is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Most rows of a table; 0 is all of them
    #[arg(long, value_name = "N", default_value_t = 100)]
    rows: usize,
    /// In csv, keep a spreadsheet from reading text as a formula
    #[arg(long)]
    guard_formulas: bool,
    /// Tell how long each statement takes
    #[arg(long)]
    timing: bool,
}

const HELP: &str =
    "Schemas: staging, core, mart, ref (code lists) and ops (deliveries, runs, quarantine). Queries only \
read; each sees one publication of every table. In text formats a pseudonym is shown as p1.k01...., or in hexadecimal \
where the query no longer tells which key it was made with.

Examples:
  sluis sql
  sluis sql \"select * from mart.leerlingen_per_profiel\" --format csv
  sluis sql -f report.sql --output report.parquet
  echo 'select count(*) from ops.deliveries' | sluis sql --format json";

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let output = args.output.map(|path| context.cwd().join(path));
    let by_name = output.as_deref().and_then(Format::of_file);
    let options = Options {
        format: args.format.or(by_name).unwrap_or(Format::Table),
        rows: if args.rows == 0 { usize::MAX } else { args.rows },
        guard: args.guard_formulas,
        timing: args.timing,
        output,
        output_format: None,
    };
    if options.guard && options.format != Format::Csv {
        return Err(Failure::usage("--guard-formulas is for --format csv"));
    }
    let cwd = context.cwd().to_path_buf();
    if let Some(text) = args.sql {
        let mut session = Session::open(context, options)?;
        run_text(&mut session, Path::new("<sql>"), &text, &cwd)?;
    } else if let Some(file) = args.file {
        let mut session = Session::open(context, options)?;
        run_file(&mut session, &cwd.join(file), &cwd)?;
    } else if !std::io::stdin().is_terminal() {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        let text = decoded(text, Path::new("<stdin>"))?;
        let mut session = Session::open(context, options)?;
        run_text(&mut session, Path::new("<stdin>"), &text, &cwd)?;
    } else if context.is_terminal() {
        let mut session = Session::open(context, options)?;
        shell::run(&mut session, context)?;
    } else {
        let failure = Failure::usage("nothing to run: the shell needs a terminal to write to");
        return Err(failure.hint("give the statement as an argument, with -f FILE, or on standard input"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the statements of a file.
fn run_file(session: &mut Session, path: &Path, cwd: &Path) -> Result<Then, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::new(Code::Machine, format!("cannot read {}: {error}", path.display())))?;
    run_text(session, path, &decoded(bytes, path)?, cwd)
}

fn decoded(bytes: Vec<u8>, path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::refused(format!("{} is not UTF-8 at byte {at}", path.display()))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Runs the statements and commands of a text, up to the first that fails.
fn run_text(session: &mut Session, name: &Path, text: &str, cwd: &Path) -> Result<Then, Failure> {
    let (name, text): (Arc<Path>, Arc<str>) = (name.into(), text.into());
    let pieces = Script::of(&text).all();
    let statements = pieces
        .iter()
        .filter(|piece| matches!(piece, Piece::Statement(_)))
        .count();
    let format = session.options.format();
    let one_result = session.options.output.is_some() || !(format.for_people() || format == Format::Jsonl);
    if statements > 1 && one_result {
        let what = format!(
            "{} holds one result, and these are {statements} statements",
            format.as_str()
        );
        return Err(Failure::usage(what).hint("give one statement at a time"));
    }
    for piece in pieces {
        match piece {
            Piece::Statement(range) => {
                let source = Source {
                    name: Arc::clone(&name),
                    text: Arc::clone(&text),
                    range,
                };
                session.run(&source)?;
            }
            Piece::Command(range) => {
                if command::run(session, &text[range], cwd)? == Then::Quit {
                    return Ok(Then::Quit);
                }
            }
        }
    }
    Ok(Then::GoOn)
}
