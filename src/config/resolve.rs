//! The one place that resolves settings: default < file < environment < flag.
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::de::DeTable;
use toml::{Table, Value};

use super::layer::{self, Entry};
use super::{DEFAULT, Settings, check};
use crate::diagnostic::Problem;

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The embedded default.
    Default,
    /// The project's settings file.
    File {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// This environment variable.
    Environment(String),
    /// A flag, with the setting it sets.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(dotted) => write!(f, "flag {dotted}"),
        }
    }
}

impl Origin {
    /// Where a problem with it is told: as it was typed.
    pub(super) fn typed(&self) -> String {
        match self {
            Self::Flag(dotted) => format!("--set {dotted}"),
            other => other.to_string(),
        }
    }
}

/// One resolved setting, as `sluis config show` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Resolved {
    /// `section.key`
    pub name: String,
    /// The value as TOML, secrets masked.
    pub value: String,
    /// Where it comes from.
    #[serde(serialize_with = "as_text")]
    pub origin: Origin,
}

fn as_text<S: serde::Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(origin)
}

/// Resolves all settings; every problem of every layer is reported, not only the first.
pub fn settings(
    file: Option<(&Path, &str)>,
    env: &[(String, String)],
    flags: &[(String, String)],
) -> Result<Settings, Vec<Problem>> {
    let defaults: Table = toml::from_str(DEFAULT).map_err(|error| vec![shipped(&error.to_string())])?;
    let mut problems = Vec::new();
    let mut entries = file.map_or_else(Vec::new, |(path, text)| {
        layer::file(path, text, &defaults, &mut problems)
    });
    entries.extend(layer::environment(env, &defaults, &mut problems));
    entries.extend(layer::flags(flags, &defaults, &mut problems));

    let mut merged = defaults.clone();
    for entry in &entries {
        // Each value is tried alone, over the defaults, so that its problem is told at its own place.
        match with(&defaults, entry) {
            Ok(tried) => {
                if let Some((_, message, hint)) = check::alone(&tried).into_iter().find(|(name, ..)| entry.is(name)) {
                    problems.push(entry.problem("bad-value", message).hint(hint));
                }
            }
            Err(problem) => problems.push(*problem),
        }
        set(&mut merged, entry);
    }
    if !problems.is_empty() {
        // As one reads the file, then environment and flags as they were looked at.
        problems.sort_by_key(|problem| problem.line_column().unwrap_or((usize::MAX, 0)));
        return Err(problems);
    }
    let mut settings = Settings::deserialize(merged.clone()).map_err(|error| vec![shipped(&error.to_string())])?;
    if let Some((name, message, hint)) = check::together(&settings) {
        let told = |entry: &&Entry| message.contains(&format!("`{}.{}`", entry.section, entry.key));
        let place = entries.iter().rev().find(|entry| entry.is(&name));
        // what it does not go with may be as shipped
        let place = place.or_else(|| entries.iter().rev().find(told));
        let problem = place.map_or_else(
            || shipped(&message),
            |entry| entry.problem("bad-value", message.clone()),
        );
        return Err(vec![problem.hint(hint)]);
    }
    settings.resolved = resolved(&merged, &entries);
    Ok(settings)
}

fn shipped(message: &str) -> Problem {
    Problem::error("config/sluis.toml (as shipped)", "default", message)
}

impl Entry {
    fn is(&self, name: &str) -> bool {
        name.rsplit_once('.') == Some((&self.section, &self.key))
    }
}

fn set(table: &mut Table, entry: &Entry) {
    let mut parts = entry.section.split('.');
    let section = parts.try_fold(table, |table, part| table.get_mut(part)?.as_table_mut());
    if let Some(section) = section {
        section.insert(entry.key.clone(), entry.value.clone());
    }
}

fn with(defaults: &Table, entry: &Entry) -> Result<Settings, Box<Problem>> {
    let mut table = defaults.clone();
    set(&mut table, entry);
    Settings::deserialize(table).map_err(|error| Box::new(refused(entry, error.message().trim_end())))
}

/// What the type of a setting has against its value, in words of who writes settings.
fn refused(entry: &Entry, message: &str) -> Problem {
    let name = format!("{}.{}", entry.section, entry.key);
    // What stands in a key source may be a key that was put in the wrong place: never repeat it.
    if entry.section == "keys" {
        return entry.problem("wrong-type", format!("`{name}` has a value of the wrong type"));
    }
    let Some((found, expected)) = message.rsplit_once("expected ") else {
        return entry.problem("wrong-type", format!("`{name}`: {message}"));
    };
    if message.starts_with("unknown variant") {
        let allowed: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let hint = format!("it takes {}", allowed.join(" or "));
        let value = entry.value.to_string();
        return entry
            .problem("bad-value", format!("`{name}` cannot be {value}"))
            .hint(hint);
    }
    // types of this program mean nothing to them
    let expected = match expected {
        "usize" | "u64" | "u32" | "u8" => "a whole number of 0 or more",
        "a boolean" => "true or false",
        other => other,
    };
    entry.problem("wrong-type", format!("`{name}`: {found}expected {expected}"))
}

fn resolved(merged: &Table, entries: &[Entry]) -> Vec<Resolved> {
    // The shipped file decides the order; a TOML table would sort.
    let order: toml::Spanned<DeTable<'_>> = DeTable::parse_recoverable(DEFAULT).0;
    let mut places = Vec::new();
    collect(order.get_ref(), merged, "", 0, &mut places);
    places.sort_by_key(|(at, ..)| *at);
    places
        .into_iter()
        .map(|(_, name, value)| {
            let origin = entries
                .iter()
                .rev()
                .find(|entry| entry.is(&name))
                .map_or(Origin::Default, |e| e.origin.clone());
            let value = super::mask::masked(&name, &value);
            Resolved { name, value, origin }
        })
        .collect()
}

/// Every setting in `merged` with its place in the shipped file; those that are not there stand behind their section.
fn collect(order: &DeTable<'_>, merged: &Table, section: &str, at: usize, places: &mut Vec<(usize, String, Value)>) {
    let last = order.keys().map(|key| key.span().start).max().unwrap_or(at);
    for (key, value) in merged {
        let name = match section {
            "" => key.clone(),
            section => format!("{section}.{key}"),
        };
        let shipped = order.get_key_value(key.as_str());
        let at = shipped.map_or(last, |(key, _)| key.span().start);
        match (value, shipped.and_then(|(_, value)| value.get_ref().as_table())) {
            (Value::Table(inner), Some(shipped)) => collect(shipped, inner, &name, at, places),
            (value, _) => places.push((at, name, value.clone())),
        }
    }
}
