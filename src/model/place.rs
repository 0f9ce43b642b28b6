//! From the query engine's places and errors to problems in a file.
use std::ops::Range;

use datafusion::common::{Span, diagnostic::Diagnostic};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::tokenizer;

use super::Model;
use crate::diagnostic::{Problem, nearest};
use crate::engine;

/// The byte at a line and column (both from 1, the column in characters) of `text`.
pub fn offset(text: &str, line: u64, column: u64) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let mut start = 0;
    for _ in 1..line.max(1) {
        start += text[start..].find('\n').map_or(text.len() - start, |at| at + 1);
    }
    let rest = &text[start..];
    start
        + rest
            .char_indices()
            .nth(column.max(1) - 1)
            .map_or(rest.len(), |(at, _)| at)
}

/// The bytes of `text` that a span of the parser covers.
pub fn range(text: &str, span: tokenizer::Span) -> Range<usize> {
    let from = offset(text, span.start.line, span.start.column);
    from..offset(text, span.end.line, span.end.column).max(from)
}

/// The bytes of `text` that a span of the planner covers.
pub fn plan_range(text: &str, span: Span) -> Range<usize> {
    let from = offset(text, span.start.line, span.start.column);
    from..offset(text, span.end.line, span.end.column).max(from)
}

/// What the engine has against the SQL of a model, at its place.
pub fn sql_problem(model: &Model, error: &DataFusionError) -> Problem {
    let whole = first_word(&model.sql);
    if let Some(diagnostic) = error.diagnostic() {
        let span = diagnostic.span.map_or(whole, |span| plan_range(&model.sql, span));
        return with_notes(
            model.problem(rule(error), span, diagnostic.message.clone()),
            diagnostic,
            error,
        );
    }
    let text = error.strip_backtrace();
    if let Some(problem) = wrong_arguments(model, &text) {
        return problem;
    }
    let text = engine::plain(error);
    match parser_place(&text) {
        Some((message, line, column)) => {
            let at = offset(&model.sql, line, column);
            let end = at + model.sql[at..].chars().next().map_or(0, char::len_utf8);
            model.problem("sql-syntax", at..end, message)
        }
        None => model.problem(rule(error), whole, text),
    }
}

/// A function called with arguments it does not take.
fn wrong_arguments(model: &Model, text: &str) -> Option<Problem> {
    let (_, call) = text.split_once("No function matches the given name and argument types '")?;
    let (call, rest) = call.split_once('\'')?;
    let name = call.split('(').next().unwrap_or_default();
    let span = super::relations::parse(&model.sql)
        .ok()
        .and_then(|query| query.functions.get(name).cloned());
    let span = span.unwrap_or_else(|| first_word(&model.sql));
    let candidates: Vec<&str> = rest
        .lines()
        .filter_map(|line| line.strip_prefix('\t'))
        .map(str::trim)
        .collect();
    let candidates = candidates
        .into_iter()
        .filter(|c| c.starts_with(name))
        .collect::<Vec<_>>()
        .join(", ");
    let problem = model.problem("function", span, format!("there is no function {call}"));
    Some(problem.hint(match candidates.is_empty() {
        true => "convert an argument with CAST".into(),
        false => format!("there is {candidates}; convert an argument with CAST"),
    }))
}

fn rule(error: &DataFusionError) -> &'static str {
    match error.find_root() {
        DataFusionError::SQL(..) => "sql-syntax",
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            datafusion::common::SchemaError::FieldNotFound { .. } => "unknown-column",
            datafusion::common::SchemaError::AmbiguousReference { .. } => "ambiguous-column",
            _ => "sql",
        },
        _ => "sql",
    }
}

fn with_notes(problem: Problem, diagnostic: &Diagnostic, error: &DataFusionError) -> Problem {
    if let Some(hint) = column_hint(error) {
        return problem.hint(hint);
    }
    let function = diagnostic
        .message
        .strip_prefix("Invalid function '")
        .and_then(|m| m.strip_suffix('\''));
    if let Some(name) = function {
        let near = diagnostic
            .notes
            .iter()
            .find_map(|n| n.message.strip_prefix("Possible function '")?.strip_suffix('\''));
        let problem = Problem {
            rule: "function",
            message: format!("there is no function {name}"),
            ..problem
        };
        return match near {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem,
        };
    }
    let notes = diagnostic.notes.iter().map(|n| n.message.as_str());
    let helps = diagnostic.helps.iter().map(|h| h.message.as_str());
    let said: Vec<&str> = notes.chain(helps).collect();
    if said.is_empty() {
        problem
    } else {
        problem.hint(said.join("; "))
    }
}

/// For an unknown column: the nearest name, or the names there are.
fn column_hint(error: &DataFusionError) -> Option<String> {
    let DataFusionError::SchemaError(inner, _) = error.find_root() else {
        return None;
    };
    let datafusion::common::SchemaError::FieldNotFound { field, valid_fields } = inner.as_ref() else {
        return None;
    };
    let names: Vec<&str> = valid_fields.iter().map(|f| f.name.as_str()).collect();
    let near = nearest(&field.name, names.iter().copied());
    Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there are no columns here".into(),
        None => format!("the columns here are {}", names.join(", ")),
    })
}

/// `... at Line: 3, Column: 5`, as the parser ends its messages.
fn parser_place(text: &str) -> Option<(String, u64, u64)> {
    let (message, place) = text.rsplit_once("Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let digits = |t: &str| {
        t.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse::<u64>()
            .ok()
    };
    let message = message.trim_end_matches(" at ").trim_end_matches("at ").trim();
    let message = message.split_once("ParserError(\"").map_or(message, |(_, m)| m);
    let message = message
        .trim_start_matches("SQL error: ")
        .trim_start_matches("sql parser error: ");
    Some((message.to_string(), digits(line)?, digits(column)?))
}

/// The first word of a query: where to point when nothing better is known.
pub fn first_word(sql: &str) -> Range<usize> {
    let start = sql.len() - sql.trim_start().len();
    let end = sql[start..]
        .find(char::is_whitespace)
        .map_or(sql.len(), |at| start + at);
    start..end
}
