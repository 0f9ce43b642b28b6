//! How a command fails: what to tell, and the exit code.
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use super::Context;
use crate::config::ConfigError;
use crate::diagnostic::{Problem, printable_lines};
use crate::engine::told;
use crate::ingest::IngestError;
use crate::lake::LakeError;
use crate::ledger::LedgerError;
use crate::pseudonym::KeyError;
use crate::sample::SampleError;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A delivery, contract, model or query was refused or failed.
    Refused = 1,
    /// The command line was not understood.
    Usage = 2,
    /// No project, or its settings or keys cannot be used.
    Settings = 3,
    /// A file, the ledger or the lake could not be read or written.
    Machine = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        // The discriminants are small on purpose.
        Self::from(code as u8)
    }
}

/// A command failed. `?` turns any error into one; its code follows from the error's type.
pub struct Failure {
    code: Code,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    problems: Vec<Problem>,
    quiet: bool,
}

impl Failure {
    /// A failure with this code and message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            problems: Vec::new(),
            quiet: false,
        }
    }

    /// Something was refused or failed: exit code 1.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Code::Refused, message)
    }

    /// The arguments make no sense together: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// The project, its settings or its keys cannot be used: exit code 3.
    pub fn settings(message: impl Into<String>) -> Self {
        Self::new(Code::Settings, message)
    }

    /// The user stopped it: exit code 130.
    pub fn interrupted() -> Self {
        Self::new(
            Code::Interrupted,
            "interrupted; what was published stays, and the same command goes on from there",
        )
    }

    /// Problems in contracts, models or settings, all of which are shown.
    pub fn problems(code: Code, problems: Vec<Problem>) -> Self {
        Self {
            problems,
            ..Self::new(code, "")
        }
    }

    /// An error, with another exit code than follows from its type.
    pub fn with_code<E: Error + 'static>(code: Code, error: E) -> Self {
        Self {
            code,
            ..Self::from(error)
        }
    }

    /// The failure, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure, with what it is about in front.
    #[must_use]
    pub fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// What is told, without causes and hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Tells the user on standard error, for a failure that does not end the command.
    pub fn tell_now(self, context: &Context) {
        if context.json_logs() {
            return self.log();
        }
        // There is nowhere left to tell that standard error is gone.
        let _ = self.tell(context, &mut io::stderr().lock());
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Tells the user on standard error, and gives the exit code. A closed pipe is nobody's fault.
    pub(super) fn report(self, context: &Context) -> ExitCode {
        if self.quiet {
            return ExitCode::SUCCESS;
        }
        // Whatever else went wrong on the way out, the user stopped it.
        let told = if context.cancelled() { Self::interrupted() } else { self };
        let code = told.code;
        told.tell_now(context);
        code.into()
    }

    /// Tells whoever reads the log.
    fn log(&self) {
        self.problems.iter().for_each(Problem::log);
        let because = (!self.causes.is_empty()).then(|| self.causes.join(": "));
        let (because, hint) = (because.as_deref(), self.hint.as_deref());
        match (self.message.as_str(), self.code) {
            ("", _) => {}
            (message, Code::Interrupted) => tracing::warn!(because, hint, "{message}"),
            (message, _) => tracing::error!(because, hint, "{message}"),
        }
    }

    fn tell(self, context: &Context, to: &mut impl Write) -> io::Result<()> {
        if !self.problems.is_empty() {
            let stderr_is_terminal = context.stderr_is_terminal();
            super::text::write_problems(to, self.problems, context.cwd(), stderr_is_terminal)?;
        }
        if !self.message.is_empty() {
            let error = if self.code == Code::Interrupted { "" } else { "error: " };
            writeln!(to, "{error}{}", printable_lines(&self.message))?;
        }
        for cause in &self.causes {
            writeln!(to, "  because: {}", printable_lines(cause))?;
        }
        if let Some(hint) = &self.hint {
            writeln!(to, "  hint: {}", printable_lines(hint))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {} {:?}", self.code, self.message, self.causes)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut failure = Self::new(code_of(&error), told(&error));
        if let Some(error) = (&error as &dyn Any).downcast_ref::<io::Error>() {
            failure.quiet = error.kind() == io::ErrorKind::BrokenPipe;
        }
        if let Some(ConfigError::Problems(problems)) = (&error as &dyn Any).downcast_ref() {
            failure.problems.clone_from(problems);
            failure.message = String::new();
        }
        let mut last = failure.message.clone();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = told(cause);
            // Many errors repeat their cause in their own text.
            if !last.contains(&text) {
                last.clone_from(&text);
                failure.causes.push(text);
            }
            source = cause.source();
        }
        failure
    }
}

fn code_of(error: &(dyn Any + 'static)) -> Code {
    if let Some(error) = error.downcast_ref::<IngestError>() {
        return match error {
            IngestError::Key(_) => Code::Settings,
            IngestError::Cancelled => Code::Interrupted,
            IngestError::Ledger(_) | IngestError::Io { .. } => Code::Machine,
            IngestError::Lake(error) => code_of(error),
            _ => Code::Refused,
        };
    }
    match error.downcast_ref() {
        Some(SampleError::Scale { .. }) => return Code::Usage,
        Some(SampleError::Write { .. }) => return Code::Machine,
        _ => {}
    }
    if error.is::<ConfigError>() || error.is::<KeyError>() {
        Code::Settings
    } else if error.is::<LedgerError>()
        || error.is::<io::Error>()
        || matches!(error.downcast_ref(), Some(LakeError::Io { .. }))
    {
        Code::Machine
    } else {
        Code::Refused
    }
}
