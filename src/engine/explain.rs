//! What the engine has against a query, in words and at its place, with what to do.
use std::ops::Range;

use datafusion::common::{SchemaError, diagnostic::Diagnostic};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::error::is_of_planning;
use super::{Fault, FaultKind, place};
use crate::diagnostic::nearest;

/// An error of the engine for whoever wrote the query.
#[derive(Debug, Clone)]
pub struct Explained {
    /// A short stable name of what was broken.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where in the query, in bytes; `None` when the engine does not tell.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Explains `error`, which came of `sql`. `tables` are the names that exist, for a suggestion.
pub fn explain(sql: &str, error: &DataFusionError, tables: &[String]) -> Explained {
    let found = first(error);
    let root = found.find_root();
    if let DataFusionError::SQL(error, _) = root {
        return of_parser(sql, error);
    }
    if !is_of_planning(root) {
        return at_work(sql, Fault::of(found));
    }
    let diagnostic = found.diagnostic();
    let message = diagnostic.map_or_else(|| said(root), |diagnostic| sentence(&diagnostic.message));
    if let Some(known) =
        unknown_function(diagnostic, &message).or_else(|| wrong_arguments(sql, &error.strip_backtrace()))
    {
        let span = diagnostic.and_then(|d| d.span).map(|span| place::of_plan(sql, span));
        return Explained {
            span: span.or(known.span),
            ..known
        };
    }
    let span = diagnostic.and_then(|d| d.span).map(|span| place::of_plan(sql, span));
    Explained {
        rule: rule(root, &message),
        span: span.or_else(|| place::word(sql, message.split('\'').nth(1)?)),
        hint: hint(root, diagnostic, &message, tables),
        message,
    }
}

/// A failure on the rows; its place is known when the query has one expression only that fails like that.
fn at_work(sql: &str, fault: Fault) -> Explained {
    let (rule, wanted): (_, fn(&Token) -> bool) = match fault.kind {
        FaultKind::Conversion => ("execution", |token| match token {
            Token::DoubleColon => true,
            Token::Word(word) => word.keyword == Keyword::CAST,
            _ => false,
        }),
        FaultKind::Division => ("execution", |token| matches!(token, Token::Div | Token::Mod)),
        FaultKind::Memory => ("memory", |_| false),
        FaultKind::Other => ("execution", |_| false),
    };
    Explained {
        rule,
        message: fault.what,
        span: place::only(sql, wanted),
        hint: fault.hint.map(String::from),
    }
}

/// The first of several errors.
fn first(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Collection(errors) => errors.first().map_or(error, first),
        DataFusionError::Context(_, inner) => first(inner),
        DataFusionError::Shared(inner) => first(inner),
        _ => error,
    }
}

fn of_parser(sql: &str, error: &ParserError) -> Explained {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "the query is nested too deeply",
    };
    // `..., found: from at Line: 1, Column: 8`
    let place = text.rsplit_once(" at Line: ").and_then(|(message, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((message, line.parse().ok()?, column.trim().parse().ok()?))
    });
    Explained {
        rule: "sql-syntax",
        message: sentence(place.map_or(text, |(message, ..)| message)),
        span: place.map(|(_, line, column)| place::word_at(sql, place::offset(sql, line, column))),
        hint: None,
    }
}

fn rule(root: &DataFusionError, message: &str) -> &'static str {
    match root {
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            SchemaError::FieldNotFound { .. } => "unknown-column",
            SchemaError::AmbiguousReference { .. } => "ambiguous-column",
            _ => "sql",
        },
        _ if unknown_table(message).is_some() => "unknown-table",
        _ => "sql",
    }
}

fn unknown_table(message: &str) -> Option<&str> {
    let name = message.strip_prefix("table '")?.strip_suffix("' not found")?;
    Some(name.strip_prefix("sluis.").unwrap_or(name))
}

/// A function that does not exist.
fn unknown_function(diagnostic: Option<&Diagnostic>, message: &str) -> Option<Explained> {
    let name = message.strip_prefix("invalid function '")?.strip_suffix('\'')?;
    let notes = diagnostic.into_iter().flat_map(|d| &d.notes);
    let near = notes
        .filter_map(|note| note.message.strip_prefix("Possible function '")?.strip_suffix('\''))
        .next();
    Some(Explained {
        rule: "function",
        message: format!("there is no function {name}"),
        span: None,
        hint: near.map(|near| format!("did you mean {near}?")),
    })
}

/// A function called with arguments it does not take.
fn wrong_arguments(sql: &str, text: &str) -> Option<Explained> {
    let (_, call) = text.split_once("No function matches the given name and argument types '")?;
    let (call, rest) = call.split_once('\'')?;
    let name = call.split('(').next().unwrap_or_default();
    let lines = rest.lines().filter_map(|line| line.strip_prefix('\t'));
    let candidates: Vec<&str> = lines.map(str::trim).filter(|line| line.starts_with(name)).collect();
    Some(Explained {
        rule: "function",
        message: format!("there is no function {call}"),
        span: place::word(sql, name),
        hint: Some(match candidates.is_empty() {
            true => "convert an argument with CAST".into(),
            false => format!("there is {}; convert an argument with CAST", candidates.join(", ")),
        }),
    })
}

/// The engine's own words, without the names of its parts around them.
fn said(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::NotImplemented(text) => format!("not supported: {text}"),
        other => other.message().into_owned(),
    };
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    // said of many a wrong query; it is not our users who should report it
    let own = text.split(".\nThis issue was likely caused by").next();
    sentence(own.unwrap_or_default())
}

/// Lower case at the start, unless the word is a name in capitals.
fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.trim().to_owned(),
    }
}

fn hint(root: &DataFusionError, diagnostic: Option<&Diagnostic>, message: &str, tables: &[String]) -> Option<String> {
    if let Some(name) = unknown_table(message) {
        return near_table(name, tables).map(|near| format!("did you mean {near}?"));
    }
    if let DataFusionError::SchemaError(inner, _) = root
        && let SchemaError::FieldNotFound { field, valid_fields } = inner.as_ref()
    {
        let names: Vec<&str> = valid_fields.iter().map(|column| column.name()).collect();
        return Some(match nearest(field.name(), names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if names.is_empty() => "there are no columns here".into(),
            None => format!("the columns here are {}", names.join(", ")),
        });
    }
    let diagnostic = diagnostic?;
    let helps = diagnostic.helps.iter().map(|help| &help.message);
    let notes = diagnostic.notes.iter().map(|note| &note.message);
    let all: Vec<String> = helps.chain(notes).map(|text| sentence(text)).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The table of that name in another schema, or the one that is called almost the same.
pub fn near_table<'a>(name: &str, tables: &'a [String]) -> Option<&'a str> {
    fn bare(table: &str) -> &str {
        table.rsplit('.').next().unwrap_or_default()
    }
    let of = |wanted: &str| tables.iter().map(String::as_str).find(|table| bare(table) == wanted);
    of(bare(name))
        .or_else(|| nearest(name, tables.iter().map(String::as_str)))
        .or_else(|| of(nearest(bare(name), tables.iter().map(|table| bare(table)))?))
}

#[cfg(test)]
mod tests;
