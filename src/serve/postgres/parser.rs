//! SQL of PostgreSQL clients, as statements.
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;

use crate::serve::{QueryError, QueryErrorKind};

/// Rewrites what clients ask of catalogs to what the query engine can answer.
static COMPATIBLE: LazyLock<PostgresCompatibilityParser> = LazyLock::new(PostgresCompatibilityParser::new);

/// The statements in `sql`.
///
/// # Errors
/// When it is not SQL, with the place.
pub fn parse(sql: &str) -> Result<Vec<Statement>, QueryError> {
    let plain = Parser::parse_sql(&PostgreSqlDialect {}, sql);
    match (COMPATIBLE.parse(sql), plain) {
        // what did not need to change keeps its places, for messages
        (Ok(changed), Ok(plain)) if changed.len() == plain.len() => {
            let pairs = changed.into_iter().zip(plain);
            let keep = |(changed, plain)| if changed == plain { plain } else { changed };
            Ok(pairs.map(keep).collect())
        }
        (Ok(changed), _) => Ok(changed),
        (Err(_), Err(error)) | (Err(error), Ok(_)) => Err(of_parser(sql, &error)),
    }
}

fn of_parser(sql: &str, error: &ParserError) -> QueryError {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "the query is nested too deeply",
    };
    let (message, place) = match text.rsplit_once(" at Line: ") {
        Some((message, place)) => (message, place.split_once(", Column: ")),
        None => (text, None),
    };
    let place = place.and_then(|(line, column)| Some((line.trim().parse().ok()?, column.trim().parse().ok()?)));
    QueryError {
        position: place.and_then(|(line, column)| position(sql, line, column)),
        ..QueryError::new(QueryErrorKind::Syntax, message)
    }
}

/// The 1-based character at a line and column, which count from 1.
fn position(sql: &str, line: usize, column: usize) -> Option<usize> {
    let before: usize = sql
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(|line| line.chars().count())
        .sum();
    Some(before + column)
}

/// `position` belongs to the text that the service had; it is that of `sql` only if they are written alike.
pub fn placed(mut error: QueryError, sql: &str, statement: &Statement) -> QueryError {
    let written = sql.trim_end().trim_end_matches(';');
    if !written.eq_ignore_ascii_case(&statement.to_string()) {
        error.position = None;
    }
    error
}
