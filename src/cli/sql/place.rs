//! An error of the query engine as a problem with its place in the SQL.
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use datafusion::error::DataFusionError;

use crate::diagnostic::Problem;
use crate::engine;

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
        self.at(engine::place::first_word(self.statement()), rule, message)
    }

    /// What the engine says about the statement. `tables` are the names it knows, for a suggestion.
    pub fn explain(&self, error: &DataFusionError, tables: &[String]) -> Problem {
        let found = engine::explain(self.statement(), error, tables);
        let span = found
            .span
            .unwrap_or_else(|| engine::place::first_word(self.statement()));
        let problem = self.at(span, found.rule, found.message);
        match found.hint {
            Some(hint) => problem.hint(hint),
            None if found.rule == "unknown-table" => problem.hint("`\\d` shows the tables"),
            None => problem,
        }
    }

    /// A problem at a place in the statement.
    fn at(&self, span: Range<usize>, rule: &'static str, message: impl Into<String>) -> Problem {
        let span = self.range.start + span.start..self.range.start + span.end;
        Problem::error(&*self.name, rule, message).at(&self.text, span)
    }
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
    fn places_count_from_the_whole_text() {
        let text = "select 1;\n\n  select\n  nope;";
        assert!(
            explained(text, "select\n  nope").starts_with("<sql>:4:3: error[unknown-column]: column 'nope' not found")
        );
    }
}
