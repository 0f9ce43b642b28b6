//! Parameters written as `?`, as ODBC and JDBC users do: the engine knows `$1`.
use std::borrow::Cow;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

/// `sql` with each `?` as `$1`, `$2` and so on, and `?3` as `$3`; those in text and comments stay.
pub(super) fn numbered(sql: &str) -> Cow<'_, str> {
    if !sql.contains('?') {
        return Cow::Borrowed(sql);
    }
    // what cannot be cut in words is told by the parser
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location() else {
        return Cow::Borrowed(sql);
    };
    let mut marks = tokens.iter().filter_map(|token| match &token.token {
        Token::Placeholder(name) if name.starts_with('?') => Some((token.span.start, name.len() == 1)),
        _ => None,
    });
    let mut next = marks.next();
    let (mut number, mut at) = (0_usize, Location::new(1, 1));
    let mut text = String::with_capacity(sql.len() + 8);
    for letter in sql.chars() {
        match next {
            Some((start, bare)) if start == at => {
                text.push('$');
                if bare {
                    number += 1;
                    text.push_str(&number.to_string());
                }
                next = marks.next();
            }
            _ => text.push(letter),
        }
        at = match letter {
            '\n' => Location::new(at.line + 1, 1),
            _ => Location::new(at.line, at.column + 1),
        };
    }
    Cow::Owned(text)
}
