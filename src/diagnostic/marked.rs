//! A problem with its offending line marked, for people at a terminal.
use std::fmt;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{Problem, Severity, printable, printable_lines, steers_terminal};

/// The problem as miette shows it: the message alone, since place, rule and hint have their own spots.
#[derive(Debug)]
pub struct Marked {
    problem: Problem,
    text: Option<String>,
}

impl Problem {
    /// The form that shows the offending line.
    pub fn marked(self) -> Marked {
        let text = self.source_text.as_deref().map(same_length_printable);
        Marked { problem: self, text }
    }
}

/// The text with every character that steers a terminal replaced by one of as many bytes, so that places stay right.
fn same_length_printable(text: &str) -> String {
    text.chars()
        .map(|c| match (c, c.len_utf8()) {
            ('\n' | '\r' | '\t', _) => c,
            (_, 1) if steers_terminal(c) => '?',
            (_, 2) if steers_terminal(c) => '\u{bf}',
            (_, 3) if steers_terminal(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable_lines(&self.problem.message))?;
        // With a place the file stands above the marked line; without one it would be nowhere.
        if self.problem.span.is_none() || self.text.is_none() {
            write!(f, " ({})", printable(&self.problem.file.to_string_lossy()))?;
        }
        Ok(())
    }
}

impl std::error::Error for Marked {}

impl miette::Diagnostic for Marked {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.rule))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.problem.hint.as_deref()?;
        Some(Box::new(printable_lines(hint)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|_| self as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.problem.span.clone()?;
        let end = span.end.min(self.text.as_ref()?.len());
        let start = span.start.min(end);
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, end - start))))
    }
}

impl SourceCode for Marked {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text: &'a str = self.text.as_deref().ok_or(MietteError::OutOfBounds)?;
        let inner = text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            printable(&self.problem.file.to_string_lossy()).into_owned(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}
