//! Problems in contracts, models and settings, with the place and a hint.

mod marked;
mod nearest;
mod problem;
mod toml_error;

pub use marked::Marked;
pub use nearest::nearest;
pub use problem::{Problem, Severity};
pub use toml_error::toml_problem;

use std::borrow::Cow;

/// The text with everything that could steer a terminal written out as an escape (`\u{1b}`); tabs and
/// line breaks are escaped too, so that a value stays on its line.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers_terminal) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers_terminal(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// As [`printable`], but line breaks stay: for messages of more than one line.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && steers_terminal(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(printable).collect::<Vec<_>>().join("\n"))
}

/// Control characters (C0, C1, DEL) and the Unicode marks that reorder or hide text.
fn steers_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
