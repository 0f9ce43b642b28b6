//! The header of a model: a TOML text in the comment that opens its file.
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::audit::{Audit, AuditText};
use super::disclosure::{DisclosureHeader, DisclosureText};
use super::inputs::{InputMapping, mappings};
use crate::contract::RawSchedule;
use crate::contract::schedule::{Flaw, Schedule, Scheduled};
use crate::diagnostic::{Problem, toml_problem};
use crate::lake::TableName;

/// What opens the header.
pub const OPEN: &str = "/*---";
/// What closes it.
pub const CLOSE: &str = "---*/";

/// A word of the header and where it stands in the file, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its place.
    pub span: Range<usize>,
}

impl From<Spanned<String>> for Word {
    fn from(word: Spanned<String>) -> Self {
        Word {
            span: word.span(),
            text: word.into_inner(),
        }
    }
}

/// The settings of a model.
#[derive(Debug, Clone)]
pub struct Header {
    /// What the table holds, in a sentence.
    pub description: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Columns that identify a row: audited as unique, and the order of the rows in the files.
    pub grain: Vec<Word>,
    /// Columns the table is stored by.
    pub partition: Vec<Word>,
    /// Descriptions of columns.
    pub columns: Vec<(Word, String)>,
    /// What must hold before a version is published.
    pub audits: Vec<Audit>,
    /// How partitions follow from partitions of inputs.
    pub inputs: Vec<(TableName, InputMapping)>,
    /// Columns that anyone may see although they are made of tagged ones, and why.
    pub public: Vec<(Word, String)>,
    /// What is withheld when the table is published.
    pub disclosure: Option<DisclosureHeader>,
    /// When it is built by itself; without, when what it reads has changed.
    pub schedule: Option<Schedule>,
}

impl Header {
    /// Names of the grain columns.
    pub fn grain_names(&self) -> Vec<&str> {
        self.grain.iter().map(|w| w.text.as_str()).collect()
    }

    /// Columns without a tag whatever they are made of: those said to be public, and the dimensions of a disclosure rule.
    pub fn made_public(&self) -> BTreeSet<&str> {
        let rule = self.disclosure.as_ref();
        let dimensions = rule.map(|rule| rule.dimensions.as_ref().unwrap_or(&self.grain));
        let said = self.public.iter().map(|(word, _)| word);
        said.chain(dimensions.into_iter().flatten())
            .map(|w| w.text.as_str())
            .collect()
    }

    /// Names of the partition columns.
    pub fn partition_names(&self) -> Vec<&str> {
        self.partition.iter().map(|w| w.text.as_str()).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderText {
    description: String,
    owner: Option<String>,
    #[serde(default)]
    grain: Vec<Spanned<String>>,
    #[serde(default)]
    partition: Vec<Spanned<String>>,
    #[serde(default)]
    columns: std::collections::BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    audits: Vec<Spanned<AuditText>>,
    #[serde(default)]
    inputs: std::collections::BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    public: std::collections::BTreeMap<Spanned<String>, String>,
    disclosure: Option<Spanned<DisclosureText>>,
    schedule: Option<Spanned<RawSchedule>>,
}

/// The place of the header in a file: of the TOML text, and where the SQL begins.
pub fn find(source: &str) -> Option<(Range<usize>, usize)> {
    let start = source.len() - source.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    let toml = source[start..].strip_prefix(OPEN)?;
    let end = toml.find(CLOSE)?;
    let from = start + OPEN.len();
    Some((from..from + end, from + end + CLOSE.len()))
}

/// Reads the header of the model in `source`; every problem found is added to `problems`.
pub fn read(path: &Path, source: &Arc<str>, toml: Range<usize>, problems: &mut Vec<Problem>) -> Option<Header> {
    // the TOML at its own place in an otherwise blank text, so that spans are those of the file
    let mut text = blank(&source[..toml.start]);
    text.push_str(&source[toml]);
    let text: HeaderText = match toml::from_str(&text) {
        Ok(text) => text,
        Err(error) => {
            problems.push(toml_problem(path, source, &error));
            return None;
        }
    };
    let found = problems.len();
    let place = |span: Range<usize>, rule, message: String| Problem::error(path, rule, message).at(source, span);
    let words = |words: Vec<Spanned<String>>| words.into_iter().map(Word::from).collect::<Vec<_>>();
    let (grain, partition) = (words(text.grain), words(text.partition));
    for list in [&grain, &partition] {
        for (at, word) in list.iter().enumerate() {
            if list[..at].iter().any(|w| w.text == word.text) {
                problems.push(place(
                    word.span.clone(),
                    "repeated",
                    format!("`{}` is named twice", word.text),
                ));
            }
        }
    }
    let mut audits = Vec::new();
    for audit in text.audits {
        let span = audit.span();
        match audit.into_inner().check(span.clone()) {
            Ok(audit) => audits.push(audit),
            Err((message, hint)) => problems.push(place(span, "audit", message).hint(hint)),
        }
    }
    let inputs = mappings(text.inputs, |span, message, hint| {
        problems.push(place(span, "inputs", message).hint(hint));
    });
    let disclosure = text.disclosure.map(|rule| {
        let span = rule.span();
        let refuse = |(span, message, hint): (Range<usize>, String, String)| {
            problems.push(place(span, "disclosure", message).hint(hint));
        };
        rule.into_inner().check(span, refuse)
    });
    let schedule = text.schedule.and_then(|raw| {
        let refuse = |flaw: Flaw| {
            let problem = place(flaw.span, "schedule", flaw.message);
            problems.push(match flaw.hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            });
        };
        Schedule::parse(&raw, Scheduled::Model).map_err(refuse).ok()
    });
    let described = |texts: std::collections::BTreeMap<Spanned<String>, String>| {
        texts
            .into_iter()
            .map(|(name, text)| (Word::from(name), text))
            .collect::<Vec<_>>()
    };
    let (columns, public) = (described(text.columns), described(text.public));
    for (word, reason) in &public {
        if reason.trim().is_empty() {
            let message = format!("`public` gives no reason for `{}`", word.text);
            let hint = "say in a few words why its values tell nothing of a person: \"bands of ten years\"";
            problems.push(place(word.span.clone(), "public", message).hint(hint));
        }
    }
    let header = Header {
        description: text.description,
        owner: text.owner,
        grain,
        partition,
        columns,
        audits,
        inputs,
        public,
        disclosure,
        schedule,
    };
    (problems.len() == found).then_some(header)
}

/// `text` with everything but its line breaks blanked out, as long in bytes.
fn blank(text: &str) -> String {
    text.bytes()
        .map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' })
        .collect()
}

/// The SQL of a file at its own place: the header blanked out, character by character, so that lines and columns are
/// those of the file.
pub fn sql_in_place(source: &str, sql_at: usize) -> String {
    let (header, sql) = source.split_at(sql_at);
    let mut text: String = header
        .chars()
        .map(|c| if matches!(c, '\n' | '\r') { c } else { ' ' })
        .collect();
    text.push_str(sql);
    text
}
