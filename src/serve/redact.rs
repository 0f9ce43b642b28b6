//! Queries without their literals, for the access log: what was asked for may name a person.
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Statement, Value, ValueWithSpan, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::pseudonym::like_a_key;

/// The most characters of a query that are kept.
const MOST: usize = 4_000;

struct Blank;

impl VisitorMut for Blank {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if !matches!(value.value, Value::Placeholder(_) | Value::Null | Value::Boolean(_)) {
            value.value = Value::Placeholder("?".to_owned());
        }
        ControlFlow::Continue(())
    }
}

/// A statement as text, with `?` for every literal and without comments.
pub fn redacted(statement: &Parsed) -> String {
    let text = match statement {
        Parsed::Statement(statement) => blanked(statement),
        Parsed::Explain(explain) => format!("EXPLAIN {}", redacted(&explain.statement)),
        _ => "(not a query)".to_owned(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn blanked(statement: &Statement) -> String {
    let mut statement = statement.clone();
    let _ = statement.visit(&mut Blank);
    let text = statement.to_string();
    // values that are none to the parser: in types, options, names
    match Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize() {
        Ok(tokens) => tokens.iter().map(blanked_token).collect(),
        Err(_) => "(not shown)".to_owned(),
    }
}

fn blanked_token(token: &Token) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
    match token {
        Token::Placeholder(name) if is_number(name.strip_prefix('$')) || name == "?" => name.clone(),
        Token::Word(word) if word.quote_style.is_some() && !word.value.chars().all(is_plain) => "\"?\"".to_owned(),
        // a name may be made up from what is asked for
        Token::Word(word) if like_a_key(&word.value) => "?".to_owned(),
        Token::Word(_) => token.to_string(),
        Token::Whitespace(Whitespace::Space | Whitespace::Tab | Whitespace::Newline) => token.to_string(),
        Token::Whitespace(_) => " ".to_owned(),
        Token::Number(..)
        | Token::Placeholder(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::DollarQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::SingleQuotedByteStringLiteral(_)
        | Token::Char(_) => "?".to_owned(),
        other => other.to_string(),
    }
}

/// Whether it is a number of a parameter.
fn is_number(text: Option<&str>) -> bool {
    text.is_some_and(|text| (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn of(sql: &str) -> String {
        redacted(&DFParser::parse_sql(sql).unwrap()[0])
    }

    #[test]
    fn literals_are_left_out_wherever_they_stand() {
        assert_eq!(
            of("select * from core.x where bsn = '123456782' and naam in ('Jan', $1) and n > 3 -- Jan"),
            "SELECT * FROM core.x WHERE bsn = ? AND naam IN (?, $1) AND n > ?"
        );
        let hidden = [
            "select date '1990-05-04', interval '3 days', cast('geheim' as text), x like '%geheim%'",
            "with a as (values ('geheim')) select case when b = 'geheim' then 1 else 19900504 end from a limit 19900504",
            "select e'geheim', $$geheim$$, x'ab19900504', substring('geheim' from 2 for 19900504) from t",
            "explain select 'geheim'",
            "select 1 as \"Geheim 19900504\", \"geheim1990\" from t",
            "select $geheim from t",
            "select leerlingen as b19900504 from t",
            "select cast(x as varchar(19900504)) from t",
            "select position('geheim' in x), trim('geheim' from x), overlay(x placing 'geheim' from 1), extract(year from date '1990-05-04')",
        ];
        for sql in hidden {
            let text = of(sql);
            assert!(
                !text.to_lowercase().contains("geheim") && !text.contains("1990"),
                "{text}"
            );
        }
    }
}
