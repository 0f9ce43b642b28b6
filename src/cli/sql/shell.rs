//! The shell: lines in, results out, until `\q`.
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rustyline::completion::{Completer, Pair};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Editor, Helper, Highlighter, Hinter};

use super::command::Then;
use super::complete::complete;
use super::names::ProjectNames;
use super::script::Script;
use super::session::Session;
use crate::cli::{Code, Context, Failure};
use crate::pseudonym::{ELEVEN_BSN, ELEVEN_ONDERWIJSNUMMER, passes_eleven};

const HISTORY_LINES: usize = 10_000;

/// Reads and runs until the user has enough.
pub fn run(session: &mut Session, context: &Context) -> Result<(), Failure> {
    let mut out = context.out();
    writeln!(
        out,
        "sluis {}: queries only read. \\d shows the tables, \\? the commands, \\q quits.",
        env!("CARGO_PKG_VERSION")
    )?;
    out.flush()?;
    let mut shell = Shell::open(session, context.project()?.shell_history())?;
    loop {
        let line = match shell.read()? {
            Read::Line(line) => line,
            Read::Again => continue,
            Read::End => return Ok(()),
        };
        shell.remember(&line);
        let outcome = super::run_text(session, Path::new("<sql>"), &line, context.cwd());
        // Ctrl-C ended the query, not the shell
        let stopped = context.cancel.swap(false, Ordering::SeqCst);
        match outcome {
            Ok(Then::GoOn) => {}
            Ok(Then::Quit) => return Ok(()),
            Err(failure) if stopped || failure.code() == Code::Interrupted => {
                writeln!(out, "stopped")?;
            }
            Err(failure) => {
                out.flush()?;
                failure.report(context);
            }
        }
        out.flush()?;
    }
}

struct Shell {
    editor: Editor<Assistant, FileHistory>,
    history: PathBuf,
}

enum Read {
    Line(String),
    Again,
    End,
}

impl Shell {
    fn open(session: &Session, history: PathBuf) -> Result<Self, Failure> {
        // made here, so that it is never readable for others, not even for a moment
        if let Err(error) = OpenOptions::new().append(true).create(true).mode(0o600).open(&history) {
            tracing::warn!(path = %history.display(), %error, "no history: the file cannot be written");
        }
        let mut editor = Editor::<Assistant, FileHistory>::new()?;
        editor.set_completion_type(CompletionType::List);
        editor.set_max_history_size(HISTORY_LINES)?;
        editor.set_helper(Some(Assistant { names: session.names() }));
        if let Err(error) = editor.load_history(&history) {
            tracing::warn!(path = %history.display(), %error, "no history: the file cannot be read");
        }
        Ok(Self { editor, history })
    }

    fn read(&mut self) -> Result<Read, Failure> {
        match self.editor.readline("sluis> ") {
            Ok(line) if line.trim().is_empty() => Ok(Read::Again),
            Ok(line) => Ok(Read::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Read::Again),
            Err(ReadlineError::Eof) => Ok(Read::End),
            Err(error) => Err(Failure::with_code(Code::Machine, error)),
        }
    }

    fn remember(&mut self, line: &str) {
        if holds_person_number(line) {
            return;
        }
        let kept = self.editor.add_history_entry(line.trim_end());
        let kept = kept.and_then(|_| self.editor.append_history(&self.history));
        if let Err(error) = kept {
            tracing::debug!(%error, "line not kept in the history");
        }
    }
}

/// Whether a number in the text could be a person's: such a line is not kept.
fn holds_person_number(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_digit()).any(|digits| {
        let padded = format!("{digits:0>9}");
        let passes = |remainder| passes_eleven(padded.as_bytes(), remainder);
        (8..=9).contains(&digits.len()) && (passes(ELEVEN_BSN) || passes(ELEVEN_ONDERWIJSNUMMER))
    })
}

/// Completion, and when a statement is complete.
#[derive(Helper, Hinter, Highlighter)]
struct Assistant {
    names: ProjectNames,
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &rustyline::Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = complete(&self.names, line, at);
        let pairs = found.into_iter().map(|text| Pair {
            display: text.clone(),
            replacement: text,
        });
        Ok((start, pairs.collect()))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let script = Script::of(context.input());
        let complete = script.open.is_none() && script.unclosed.is_none();
        Ok(if complete {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_person_number_are_not_kept() {
        assert!(holds_person_number("select * from x where bsn = '111222333'"));
        assert!(holds_person_number("select 10000008"));
        assert!(!holds_person_number("select 20191001, 111222334, 1112223330"));
    }
}
