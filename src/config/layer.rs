//! The layers that settings are made of: which keys exist, and what each source says.
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;
use toml::{Table, Value};

use super::resolve::Origin;
use crate::diagnostic::{Problem, nearest, toml_problem};

/// Prefix of settings in the environment.
const PREFIX: &str = "SLUIS__";

/// One setting as one source gives it.
pub(super) struct Entry {
    pub section: String,
    pub key: String,
    pub value: Value,
    pub origin: Origin,
    pub place: Option<(Arc<str>, Range<usize>)>,
}

impl Entry {
    /// A problem with this setting, at its place.
    pub fn problem(&self, rule: &'static str, message: impl Into<String>) -> Problem {
        // The line of a key source is not shown: what stands there may be a key that was put in the wrong place.
        let file = match &self.origin {
            Origin::File { path, .. } if self.section != "keys" => path.clone(),
            other => return Problem::error(other.typed(), rule, message),
        };
        let problem = Problem::error(file, rule, message);
        match &self.place {
            Some((text, span)) => problem.at(text, span.clone()),
            None => problem,
        }
    }
}

/// The settings of the file. Unknown sections and keys are problems at their place.
pub(super) fn file(path: &Path, text: &str, known: &Table, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let text: Arc<str> = Arc::from(text);
    let values: Table = match toml::from_str(&text) {
        Ok(values) => values,
        Err(_) => {
            let (_, errors) = DeTable::parse_recoverable(&text);
            problems.extend(errors.iter().map(|error| toml_problem(path, &text, error)));
            return Vec::new();
        }
    };
    let (spans, _) = DeTable::parse_recoverable(&text);
    let mut entries = Vec::new();
    for (section, content) in spans.get_ref() {
        let section_span = section.span();
        let section: &str = section.get_ref();
        let Some(known_keys) = known.get(section).and_then(Value::as_table) else {
            let problem = Problem::error(path, "unknown-setting", format!("there is no section `{section}`"));
            problems.push(problem.at(&text, section_span).hint(section_hint(section, known)));
            continue;
        };
        let reader = Reader { path, text: &text };
        let Some(content) = content.get_ref().as_table() else {
            problems.push(reader.not_a_section(section, section_span));
            continue;
        };
        let given = values.get(section).and_then(Value::as_table);
        for key in content.keys() {
            let span = key.span();
            let key: &str = key.get_ref();
            let Some(known_value) = known_keys.get(key) else {
                let problem = Problem::error(
                    path,
                    "unknown-setting",
                    format!("there is no setting `{section}.{key}`"),
                );
                let hint = match nearest(key, known_keys.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => elsewhere(key, known).unwrap_or_else(|| format!("[{section}] takes {}", list(known_keys))),
                };
                problems.push(problem.at(&text, span).hint(hint));
                continue;
            };
            let Some(value) = given.and_then(|table| table.get(key)) else {
                continue;
            };
            if !known_value.is_table() {
                entries.push(reader.entry(section, key, value, span));
                continue;
            }
            // a table within a section takes keys of the project's own
            let name = format!("{section}.{key}");
            let inner = content.get(key).and_then(|inner| inner.get_ref().as_table());
            match (inner, value.as_table()) {
                (Some(places), Some(values)) => entries.extend(places.keys().filter_map(|key| {
                    let value = values.get(key.get_ref().as_ref())?;
                    Some(reader.entry(&name, key.get_ref(), value, key.span()))
                })),
                _ => problems.push(reader.not_a_section(&name, span)),
            }
        }
    }
    entries
}

/// The settings file that is read.
struct Reader<'a> {
    path: &'a Path,
    text: &'a Arc<str>,
}

impl Reader<'_> {
    fn entry(&self, section: &str, key: &str, value: &Value, span: Range<usize>) -> Entry {
        let line = self.text[..span.start].matches('\n').count() + 1;
        Entry {
            section: section.to_owned(),
            key: key.to_owned(),
            value: value.clone(),
            origin: Origin::File {
                path: self.path.to_path_buf(),
                line,
            },
            place: Some((Arc::clone(self.text), span)),
        }
    }

    fn not_a_section(&self, section: &str, span: Range<usize>) -> Problem {
        let message = format!("`{section}` is a section, not a setting");
        Problem::error(self.path, "wrong-type", message)
            .at(self.text, span)
            .hint(format!("write `[{section}]` on a line of its own"))
    }
}

fn list(table: &Table) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn section_hint(word: &str, known: &Table) -> String {
    if let Some(near) = nearest(word, known.keys().map(String::as_str)) {
        return format!("did you mean `{near}`?");
    }
    let keys = known
        .values()
        .filter_map(Value::as_table)
        .flat_map(Table::keys)
        .map(String::as_str);
    let near = nearest(word, keys).and_then(|near| elsewhere(near, known));
    near.unwrap_or_else(|| format!("the sections are {}", list(known)))
}

/// The sections that have a setting of this name.
fn elsewhere(key: &str, known: &Table) -> Option<String> {
    let sections: Vec<String> = known
        .iter()
        .filter(|(_, keys)| keys.as_table().is_some_and(|keys| keys.contains_key(key)))
        .map(|(section, _)| format!("[{section}]"))
        .collect();
    (!sections.is_empty()).then(|| format!("`{key}` belongs in {}", sections.join(" or ")))
}

/// The settings of the environment: `SLUIS__SECTION__KEY`.
pub(super) fn environment(env: &[(String, String)], known: &Table, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut names: Vec<_> = env.iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    names.sort();
    let spell = |dotted: &str| format!("{PREFIX}{}", dotted.to_uppercase().replace('.', "__"));
    names
        .into_iter()
        .filter_map(|(name, value)| {
            let dotted = name[PREFIX.len()..].to_lowercase().replace("__", ".");
            dotted_entry(
                &dotted,
                value,
                Origin::Environment(name.clone()),
                known,
                spell,
                problems,
            )
        })
        .collect()
}

/// The settings given as flags: dotted names with values.
pub(super) fn flags(flags: &[(String, String)], known: &Table, problems: &mut Vec<Problem>) -> Vec<Entry> {
    flags
        .iter()
        .filter_map(|(dotted, value)| {
            dotted_entry(
                dotted,
                value,
                Origin::Flag(dotted.clone()),
                known,
                str::to_owned,
                problems,
            )
        })
        .collect()
}

fn dotted_entry(
    dotted: &str,
    text: &str,
    origin: Origin,
    known: &Table,
    spell: impl Fn(&str) -> String,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    let found = dotted
        .rsplit_once('.')
        .and_then(|(section, key)| Some((section, key, default(known, section, key)?)));
    let Some((section, key, default)) = found else {
        let mut all: Vec<String> = Vec::new();
        names(known, "", &mut all);
        let hint = match nearest(dotted, all.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{}`?", spell(near)),
            None => "`sluis config show` lists the settings".to_owned(),
        };
        let problem = Problem::error(
            origin.typed(),
            "unknown-setting",
            format!("there is no setting `{dotted}`"),
        );
        problems.push(problem.hint(hint));
        return None;
    };
    Some(Entry {
        section: section.to_owned(),
        key: key.to_owned(),
        value: typed(text, default),
        origin,
        place: None,
    })
}

/// The default of a setting. In a table within a section any key may stand, with the type of the others.
fn default<'t>(known: &'t Table, section: &str, key: &str) -> Option<&'t Value> {
    let mut parts = section.split('.');
    let keys = parts.try_fold(known, |table, part| table.get(part)?.as_table())?;
    let others = || keys.values().next().filter(|_| section.contains('.'));
    keys.get(key).or_else(others).filter(|value| !value.is_table())
}

/// Every setting there is, dotted.
fn names(known: &Table, section: &str, all: &mut Vec<String>) {
    for (key, value) in known {
        let name = if section.is_empty() {
            key.clone()
        } else {
            format!("{section}.{key}")
        };
        match value {
            Value::Table(keys) => names(keys, &name, all),
            _ => all.push(name),
        }
    }
}

/// Text as a value of the default's type; what does not fit stays text, for the type check to refuse.
fn typed(text: &str, default: &Value) -> Value {
    let value = match default {
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Float(_) => text.trim().parse().ok().map(Value::Float),
        _ => None,
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
