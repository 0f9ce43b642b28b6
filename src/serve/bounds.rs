//! Queries that are too long to be planned: each part may be one level deeper, and a stack ends the process where it ends.
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::{QueryError, QueryErrorKind};

/// The most words and signs of a query, values and commas aside: [`crate::engine::STACK_BYTES`] holds twice as many levels.
const MOST: usize = 5_000;

/// Refuses a query that is too long to be planned. Lists of values may be longer.
///
/// # Errors
/// When it is.
pub fn bounded(sql: &str) -> Result<(), QueryError> {
    // what cannot be cut into words is told by the parser
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize() else {
        return Ok(());
    };
    let counts = |token: &&Token| {
        !matches!(
            token,
            Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) | Token::EOF
        )
    };
    match tokens.iter().filter(counts).count() {
        count if count > MOST => Err(QueryError::new(
            QueryErrorKind::Plan,
            format!("the query has {count} words and signs, more than the {MOST} that are planned"),
        )
        .hint("put long lists of values in IN (...), and other conditions in a table to join with")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_values_may_be_long_and_conditions_may_not() {
        let values: Vec<String> = (0..100_000).map(|n| format!("'{n}'")).collect();
        bounded(&format!("select * from t where x in ({})", values.join(", "))).unwrap();
        bounded(&"select 1 + 1".repeat(500)).unwrap();
        let long = format!("select 1{}", " + 1".repeat(6_000));
        assert_eq!(bounded(&long).unwrap_err().kind, QueryErrorKind::Plan);
        bounded("select 'never closed").unwrap();
    }
}
