//! Places in the text of a query: from the lines and columns of parser and planner to bytes.
use std::ops::Range;

use datafusion::common::Span;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{self, Token, Tokenizer};

/// The byte at a line and column (both from 1, the column in characters) of `text`.
pub fn offset(text: &str, line: u64, column: u64) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let mut start = 0;
    for _ in 1..line.max(1) {
        start += text[start..].find('\n').map_or(text.len() - start, |at| at + 1);
    }
    let rest = text[start..].split('\n').next().unwrap_or_default();
    let mut places = rest.char_indices().map(|(at, _)| at);
    start + places.nth(column.max(1) - 1).unwrap_or(rest.len())
}

/// The bytes of `text` that a span of the parser covers.
pub fn of_parser(text: &str, span: tokenizer::Span) -> Range<usize> {
    let from = offset(text, span.start.line, span.start.column);
    from..offset(text, span.end.line, span.end.column).max(from)
}

/// The bytes of `text` that a span of the planner covers, at least one character.
pub fn of_plan(text: &str, span: Span) -> Range<usize> {
    let from = offset(text, span.start.line, span.start.column);
    let least = from + text[from..].chars().next().map_or(0, char::len_utf8);
    from..offset(text, span.end.line, span.end.column).max(least)
}

/// The first word of a query: where to point when nothing better is known.
pub fn first_word(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    let end = text[start..]
        .find(char::is_whitespace)
        .map_or(text.len(), |at| start + at);
    start..end
}

/// The one token that is wanted, if there is one and no more.
pub fn only(text: &str, wanted: impl Fn(&Token) -> bool) -> Option<Range<usize>> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().ok()?;
    let mut found = tokens.iter().filter(|token| wanted(&token.token));
    let (first, more) = (found.next()?, found.next());
    more.is_none().then(|| of_parser(text, first.span))
}

/// The word that begins at `start`, or the one sign there.
pub fn word_at(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
    start..start + length.max(rest.chars().next().map_or(0, char::len_utf8))
}

/// Where `word` stands first as a whole word, whatever its case.
pub fn word(text: &str, word: &str) -> Option<Range<usize>> {
    let (text, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let alone = |at: &usize| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + word.len()..].chars().next());
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    };
    let found = text.match_indices(word.as_str()).map(|(at, _)| at).find(alone);
    found.filter(|_| !word.is_empty()).map(|at| at..at + word.len())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
