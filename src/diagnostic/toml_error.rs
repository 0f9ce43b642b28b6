//! TOML errors as problems.
use std::path::PathBuf;
use std::sync::Arc;

use super::{Problem, nearest};

/// A TOML error with its place. For a key or value that is not among those expected, the nearest is suggested.
pub fn toml_problem(file: impl Into<PathBuf>, source: &Arc<str>, error: &toml::de::Error) -> Problem {
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let rule = if message.starts_with("unknown field") {
        "unknown-key"
    } else if message.starts_with("unknown variant") {
        "unknown-value"
    } else if message.starts_with("missing field") {
        "missing-key"
    } else if message.starts_with("duplicate key") || message.starts_with("duplicate field") {
        "duplicate-key"
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        "wrong-type"
    } else {
        "toml"
    };
    let mut problem = match (rule, quoted.as_slice()) {
        ("unknown-key", [word, options @ ..]) => {
            let problem = Problem::error(file, rule, format!("there is no key `{word}` here"));
            problem.hint(suggestion(word, options, "the keys here are"))
        }
        ("unknown-value", [word, options @ ..]) => {
            let problem = Problem::error(file, rule, format!("`{word}` is not one of the values this key takes"));
            problem.hint(suggestion(word, options, "the values are"))
        }
        ("missing-key", [word]) => {
            Problem::error(file, rule, format!("the key `{word}` is missing")).hint(format!("add `{word} = ...` here"))
        }
        _ => Problem::error(file, rule, message),
    };
    if let Some(span) = error.span() {
        problem = problem.at(source, span);
    } else {
        problem.source_text = Some(Arc::clone(source));
    }
    problem
}

fn suggestion(word: &str, options: &[&str], all: &str) -> String {
    match nearest(word, options.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if options.is_empty() => "remove it".to_owned(),
        None => format!("{all} {}", options.join(", ")),
    }
}
