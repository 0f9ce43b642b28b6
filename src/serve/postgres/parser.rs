//! SQL of PostgreSQL clients, as statements.
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;

use super::dialect;
use crate::serve::bounds::bounded;
use crate::serve::{QueryError, QueryErrorKind};

/// Rewrites what clients ask of catalogs to what the query engine can answer. It leaves out what the engine cannot, so
/// that it must not see a query of our tables.
static COMPATIBLE: LazyLock<PostgresCompatibilityParser> = LazyLock::new(PostgresCompatibilityParser::new);

/// How asyncpg asks what a type is made of, through everything that types of PostgreSQL can be.
const ASYNCPG_TYPES: &str = "WITH RECURSIVE typeinfo_tree(";

/// The same for the types there are here: plain ones, and lists of them.
const TYPES: &str = "SELECT t.oid AS oid, ns.nspname AS ns, t.typname AS name, t.typtype AS kind, NULL::oid AS basetype, \
    t.typelem AS elemtype, e.typdelim AS elemdelim, NULL::oid AS range_subtype, NULL::text[] AS attrtypoids, \
    NULL::text[] AS attrnames, 0 AS depth, NULL::text AS basetype_name, e.typname AS elemtype_name, \
    NULL::text AS range_subtype_name \
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace ns ON ns.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typlen = -1 \
    WHERE t.oid = any($1::oid[])";

/// The longest text with several statements in which places are told: it is gone over once for each of them.
const MOST_PLACED: usize = 64 << 10;

/// The statements in `sql`.
///
/// # Errors
/// When it is not SQL, with the place.
pub fn parse(sql: &str) -> Result<Vec<Statement>, QueryError> {
    bounded(sql)?;
    let word = sql.trim().trim_end_matches(';').trim_end();
    let sql = if sql.trim_start().starts_with(ASYNCPG_TYPES) {
        TYPES
    } else {
        sql
    };
    let sql = if word.eq_ignore_ascii_case("abort") {
        "ROLLBACK"
    } else {
        sql
    };
    let plain = Parser::parse_sql(&PostgreSqlDialect {}, sql).map_err(|error| of_parser(sql, &error))?;
    let compatible = match plain.iter().any(dialect::is_of_catalog) {
        true => COMPATIBLE
            .parse(sql)
            .ok()
            .filter(|compatible| compatible.len() == plain.len()),
        false => None,
    };
    let each = |(index, plain): (usize, Statement)| {
        let compatible = compatible.as_ref().filter(|_| dialect::is_of_catalog(&plain));
        match compatible.and_then(|compatible| compatible.get(index)) {
            Some(compatible) => dialect::of_catalog(compatible.clone()),
            None => dialect::of_data(plain),
        }
    };
    Ok(plain.into_iter().enumerate().map(each).collect())
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

/// The text of one of `count` statements in `sql`, with all others blank, so that each of its words keeps its place. Empty
/// when the text is too long for that.
pub fn alone(sql: &str, index: usize, count: usize) -> Cow<'_, str> {
    if count == 1 {
        return Cow::Borrowed(sql);
    }
    match parts(sql) {
        Some(parts) if sql.len() <= MOST_PLACED && parts.len() == count => {
            let part = parts.into_iter().nth(index).unwrap_or_default();
            let blank = |(at, sign): (usize, char)| match part.contains(&at) || sign == '\n' {
                true => sign,
                false => ' ',
            };
            Cow::Owned(sql.char_indices().map(blank).collect())
        }
        _ => Cow::Borrowed(""),
    }
}

/// Where the statements in `sql` are: what stands between semicolons, unless it is nothing.
fn parts(sql: &str) -> Option<Vec<Range<usize>>> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
        .tokenize_with_location()
        .ok()?;
    let mut starts = lines(sql);
    let (mut parts, mut start, mut any) = (Vec::new(), 0, false);
    for token in &tokens {
        match token.token {
            Token::SemiColon => {
                let at = starts(token.span.start.line, token.span.start.column)?;
                if any {
                    parts.push(start..at);
                }
                (start, any) = (at + 1, false);
            }
            Token::Whitespace(_) | Token::EOF => {}
            _ => any = true,
        }
    }
    if any {
        parts.push(start..sql.len());
    }
    Some(parts)
}

/// The byte at a line and column, asked for in order.
fn lines(sql: &str) -> impl FnMut(u64, u64) -> Option<usize> + '_ {
    let (mut line, mut column) = (1, 0);
    let mut signs = sql.char_indices();
    let mut ended = false;
    move |wanted_line, wanted_column| {
        signs.find_map(|(at, sign)| {
            (line, column) = match ended {
                true => (line + 1, 1),
                false => (line, column + 1),
            };
            ended = sign == '\n';
            ((line, column) == (wanted_line, wanted_column)).then_some(at)
        })
    }
}
