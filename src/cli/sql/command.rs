//! The shell's own commands, which start with a backslash.
use std::io::Write;
use std::path::Path;

use clap::ValueEnum;

use super::describe;
use super::format::Format;
use super::session::Session;
use crate::cli::Failure;
use crate::diagnostic::nearest;

/// The commands: name, arguments, what they do
pub const COMMANDS: [(&str, &str, &str); 12] = [
    ("d", "[TABLE]", "the tables, or the columns of one"),
    ("dt", "[SCHEMA]", "the tables, of one schema if named"),
    ("dn", "", "the schemas (also \\l)"),
    (
        "format",
        "[FORMAT]",
        "how results are written: table, records, csv, json, jsonl or parquet",
    ),
    ("x", "", "one value a line, or a table again"),
    ("rows", "[N]", "most rows of a table; 0 is all of them"),
    (
        "o",
        "[FILE]",
        "write each result to a file, in the format of its ending; without a name, here again",
    ),
    ("i", "FILE", "run the statements of a file"),
    ("timing", "[on|off]", "tell how long a statement takes"),
    ("?", "", "this help"),
    ("q", "", "quit (also Ctrl-D)"),
    ("l", "", "the schemas"),
];

/// What happens after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// On with the next.
    GoOn,
    /// The end.
    Quit,
}

/// Runs a command; `text` starts with its backslash. Files are relative to `cwd`.
pub fn run(session: &mut Session, text: &str, cwd: &Path) -> Result<Then, Failure> {
    let mut words = text
        .trim()
        .trim_start_matches('\\')
        .trim_end_matches(';')
        .splitn(2, char::is_whitespace);
    let name = words.next().unwrap_or_default();
    let argument = words.next().map(str::trim).filter(|argument| !argument.is_empty());
    match (name, argument) {
        ("d" | "dt", None) => describe::tables(session, None)?,
        ("d", Some(table)) => describe::table(session, table)?,
        ("dt", Some(schema)) => describe::tables(session, Some(schema.trim_end_matches(".*")))?,
        ("dn" | "l", None) => describe::schemas(session)?,
        ("format", argument) => format(session, argument)?,
        ("x", None) => {
            let records = session.options.format() == Format::Records;
            session.options.format = if records { Format::Table } else { Format::Records };
            session.options.output_format = None;
        }
        ("rows", argument) => rows(session, argument)?,
        ("o", argument) => {
            session.options.output = argument.map(|file| cwd.join(file));
            session.options.output_format = session.options.output.as_deref().and_then(Format::of_file);
        }
        ("i", Some(file)) => return super::run_file(session, &cwd.join(file), cwd),
        ("timing", argument) => timing(session, argument)?,
        ("?" | "h" | "help", None) => help(session)?,
        ("q" | "quit" | "exit", None) => return Ok(Then::Quit),
        _ => return Err(unknown(name, argument)),
    }
    Ok(Then::GoOn)
}

fn unknown(name: &str, argument: Option<&str>) -> Failure {
    let known = COMMANDS.iter().find(|command| command.0 == name);
    let failure = Failure::usage(match (known, argument) {
        (Some((name, "", _)), _) => format!("\\{name} takes no argument"),
        (Some((name, arguments, _)), _) => format!("it is \\{name} {arguments}"),
        (None, _) => format!("there is no command \\{name}"),
    });
    match nearest(name, COMMANDS.iter().map(|command| command.0)) {
        Some(near) if known.is_none() => failure.hint(format!("did you mean \\{near}? \\? shows the commands")),
        _ => failure.hint("\\? shows the commands"),
    }
}

fn format(session: &mut Session, argument: Option<&str>) -> Result<(), Failure> {
    match argument {
        None => writeln!(session.out(), "{}", session.options.format().as_str())?,
        Some(name) => {
            session.options.format = Format::from_str(name, true).map_err(|_| {
                Failure::usage(format!("there is no format {name}")).hint("table, records, csv, json, jsonl or parquet")
            })?;
            session.options.output_format = None;
        }
    }
    Ok(())
}

fn rows(session: &mut Session, argument: Option<&str>) -> Result<(), Failure> {
    match argument.map(str::parse::<usize>) {
        None => writeln!(session.out(), "{}", session.options.rows)?,
        Some(Ok(0)) => session.options.rows = usize::MAX,
        Some(Ok(rows)) => session.options.rows = rows,
        Some(Err(_)) => return Err(Failure::usage("\\rows takes a whole number; 0 shows all")),
    }
    Ok(())
}

fn timing(session: &mut Session, argument: Option<&str>) -> Result<(), Failure> {
    session.options.timing = match argument {
        None => !session.options.timing,
        Some("on") => true,
        Some("off") => false,
        Some(_) => return Err(Failure::usage("\\timing takes on or off")),
    };
    if argument.is_none() {
        writeln!(
            session.out(),
            "timing is {}",
            if session.options.timing { "on" } else { "off" }
        )?;
    }
    Ok(())
}

fn help(session: &Session) -> Result<(), Failure> {
    let mut out = session.out();
    writeln!(
        out,
        "A statement ends with a semicolon; it only reads. Tab completes, Ctrl-C stops a query."
    )?;
    for (name, arguments, what) in COMMANDS.iter().filter(|command| command.0 != "l") {
        writeln!(out, "  {:18} {what}", format!("\\{name} {arguments}").trim_end())?;
    }
    writeln!(out, "Functions: SHOW FUNCTIONS LIKE '%schooljaar%';")?;
    Ok(())
}
