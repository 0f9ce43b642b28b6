//! An error of the query engine as a problem with its place in the SQL.
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use datafusion::common::{Location, SchemaError, Span};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use crate::diagnostic::{Problem, nearest};

/// Where a statement comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, or a name for what was typed.
    pub name: Arc<Path>,
    /// The whole text.
    pub text: Arc<str>,
    /// The statement in it.
    pub range: Range<usize>,
}

impl Source {
    /// The statement.
    pub fn statement(&self) -> &str {
        &self.text[self.range.clone()]
    }

    /// A problem with the statement as a whole.
    pub fn problem(&self, rule: &'static str, message: impl Into<String>) -> Problem {
        let first = self.statement().find(char::is_whitespace).unwrap_or(self.range.len());
        let span = self.range.start..self.range.start + first;
        Problem::error(&*self.name, rule, message).at(&self.text, span)
    }

    /// What the engine says about the statement. `tables` are the names it knows, for a suggestion.
    pub fn explain(&self, error: &DataFusionError, tables: &[String]) -> Problem {
        let found = first(error);
        let root = found.find_root();
        let (rule, message, span) = match root {
            DataFusionError::SQL(error, _) => {
                let (message, place) = parser_message(error);
                ("syntax", message, place.map(|place| self.word_at(place)))
            }
            _ => {
                let diagnostic = found.diagnostic();
                let message = diagnostic.map_or_else(|| plain(root), |diagnostic| sentence(&diagnostic.message));
                let span = diagnostic
                    .and_then(|diagnostic| diagnostic.span)
                    .and_then(|span| self.span(span));
                let span = span.or_else(|| self.quoted_word(&message));
                (rule(root), message, span)
            }
        };
        let problem = match span {
            Some(span) => Problem::error(&*self.name, rule, message).at(&self.text, span),
            None => self.problem(rule, message),
        };
        match hint(found, &problem.message, tables) {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    fn span(&self, span: Span) -> Option<Range<usize>> {
        let start = offset(self.statement(), span.start)?;
        let end = offset(self.statement(), span.end)
            .filter(|end| *end > start)
            .unwrap_or(start + 1);
        Some(self.range.start + start..(self.range.start + end).min(self.range.end))
    }

    fn word_at(&self, place: Location) -> Range<usize> {
        let statement = self.statement();
        let start = offset(statement, place).unwrap_or(statement.len());
        let rest = &statement[start..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let length = length.max(rest.chars().next().map_or(0, char::len_utf8));
        self.range.start + start..self.range.start + start + length
    }

    /// The first word in quotes of a message, where it stands in the statement.
    fn quoted_word(&self, message: &str) -> Option<Range<usize>> {
        let word = message.split('\'').nth(1).filter(|word| !word.is_empty())?;
        let statement = self.statement().to_ascii_lowercase();
        let start = self.range.start + statement.find(&word.to_ascii_lowercase())?;
        Some(start..start + word.len())
    }
}

fn first(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Collection(errors) => errors.first().map_or(error, first),
        DataFusionError::Context(_, inner) => first(inner),
        DataFusionError::Shared(inner) => first(inner),
        _ => error,
    }
}

/// Line and column, both from 1 and the column in characters, as an offset.
fn offset(text: &str, place: Location) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let start = match line {
        0 => 0,
        _ => text.match_indices('\n').nth(line - 1)?.0 + 1,
    };
    let rest = text[start..].split('\n').next().unwrap_or_default();
    Some(start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
}

fn parser_message(error: &ParserError) -> (String, Option<Location>) {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => return ("the statement is nested too deeply".into(), None),
    };
    // `..., found: from at Line: 1, Column: 8`
    let place = text.rsplit_once(" at Line: ").and_then(|(message, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((
            message,
            Location {
                line: line.parse().ok()?,
                column: column.trim().parse().ok()?,
            },
        ))
    });
    match place {
        Some((message, place)) => (sentence(message), Some(place)),
        None => (sentence(text), None),
    }
}

fn rule(error: &DataFusionError) -> &'static str {
    match error {
        DataFusionError::ResourcesExhausted(_) => "memory",
        DataFusionError::Plan(_) | DataFusionError::SchemaError(..) | DataFusionError::NotImplemented(_) => "query",
        _ => "execution",
    }
}

/// The engine's own words, without the names of its parts around them.
fn plain(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::External(inner) => inner.to_string(),
        DataFusionError::ArrowError(inner, _) => inner.to_string(),
        DataFusionError::NotImplemented(text) => format!("not supported: {text}"),
        other => other.message().into_owned(),
    };
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    sentence(
        text.split(".\nThis issue was likely caused by")
            .next()
            .unwrap_or_default(),
    )
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

fn hint(error: &DataFusionError, message: &str, tables: &[String]) -> Option<String> {
    if let DataFusionError::ResourcesExhausted(_) = error.find_root() {
        return Some("raise query.memory_bytes, or select or join less at a time".into());
    }
    if let Some(name) = message
        .strip_prefix("table '")
        .and_then(|rest| rest.strip_suffix("' not found"))
    {
        let name = name.strip_prefix("sluis.").unwrap_or(name);
        let bare = |table: &str| table.rsplit('.').next().unwrap_or_default().to_owned();
        let wanted = bare(name);
        let same_name = tables.iter().find(|table| bare(table) == wanted);
        let near = same_name
            .map(String::as_str)
            .or_else(|| nearest(name, tables.iter().map(String::as_str)));
        return Some(match near {
            Some(table) => format!("did you mean {table}?"),
            None => "`\\d` shows the tables".into(),
        });
    }
    if let DataFusionError::SchemaError(schema, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
    {
        let names: Vec<&str> = valid_fields.iter().map(|column| column.name()).collect();
        return Some(match nearest(field.name(), names.iter().copied()) {
            Some(name) => format!("did you mean {name}?"),
            None => format!("columns here: {}", names.join(", ")),
        });
    }
    let diagnostic = error.diagnostic()?;
    let helps = diagnostic.helps.iter().map(|help| &help.message);
    let notes = diagnostic.notes.iter().map(|note| &note.message);
    let all: Vec<String> = helps.chain(notes).map(|text| sentence(text)).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    fn explained(text: &str, statement: &str) -> String {
        let mut config = SessionConfig::new();
        config.options_mut().sql_parser.collect_spans = true;
        let context = SessionContext::new_with_config(config);
        let start = text.find(statement).unwrap();
        let source = Source {
            name: Path::new("<sql>").into(),
            text: text.into(),
            range: start..start + statement.len(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let tables = ["mart.leerlingen_per_profiel".to_owned(), "ref.profielen".to_owned()];
        runtime.block_on(async {
            let outcome = match context.sql(source.statement()).await {
                Ok(frame) => frame.collect().await.map(drop),
                Err(error) => Err(error),
            };
            source.explain(&outcome.unwrap_err(), &tables).to_string()
        })
    }

    #[test]
    fn every_kind_of_error_points_into_the_sql() {
        let statements = [
            "select from where",
            "select 1 +\n  from (select 2) x",
            "select *\nfrom mart.leerlingen_per_profil",
            "select * from profielen",
            "with x as (select 1 as leerlingen) select leerlinge from x",
            "with x as (select 1 as a) select a, b, c from x",
            "select lenght('é'), 'é', foo('x')",
            "select a, count(*) from (values (1, 2)) t(a, b) group by b",
            "select 'een' + date '2020-01-01'",
            "select 'open",
            "select cast('x' as int)",
            "select 1 / 0",
        ];
        let shown: Vec<String> = statements
            .iter()
            .map(|sql| format!("{sql}\n{}\n", explained(sql, sql)))
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn places_count_from_the_whole_text() {
        let text = "select 1;\n\n  select\n  nope;";
        assert!(explained(text, "select\n  nope").starts_with("<sql>:4:3: error[query]: column 'nope' not found"));
    }
}
