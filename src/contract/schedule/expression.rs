//! Cron expressions.
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use croner::Cron;

/// A cron expression of five fields, or six with seconds first, that comes due at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    // kilobytes: it has every year of five thousand
    cron: Arc<Cron>,
}

impl Expression {
    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first moment that it names after `wall` (or at it), by a clock that never jumps.
    pub fn next(&self, wall: DateTime<Utc>, or_at: bool) -> Option<DateTime<Utc>> {
        self.cron.find_next_occurrence(&wall, or_at).ok()
    }

    /// The last moment that it names before `wall`, by a clock that never jumps.
    pub fn previous(&self, wall: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.find_previous_occurrence(&wall, false).ok()
    }

    /// Whether it names times in this hour of the day.
    pub fn names_hour(&self, hour: u32) -> bool {
        self.cron.pattern.hour_match(hour).unwrap_or(false)
    }
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // croner takes nicknames and a seventh field for years too
        let fields = text.split_whitespace().count();
        if !(5..=6).contains(&fields) {
            return Err(format!(
                "`{text}` has {fields} {}; a cron expression has five (minute, hour, day of the month, month, day of \
                 the week), or six with seconds first",
                if fields == 1 { "field" } else { "fields" }
            ));
        }
        let cron = Cron::from_str(text).map_err(|_| wrong(text))?;
        let expression = Self {
            text: text.to_owned(),
            cron: Arc::new(cron),
        };
        match expression.next(DateTime::UNIX_EPOCH, true) {
            Some(_) => Ok(expression),
            None => Err(format!("`{text}` never comes due: there is no such day")),
        }
    }
}

/// What is wrong with an expression that cannot be read: the first field that cannot be read by itself.
fn wrong(text: &str) -> String {
    const NAMES: [&str; 6] = [
        "second",
        "minute",
        "hour",
        "day of the month",
        "month",
        "day of the week",
    ];
    let fields: Vec<&str> = text.split_whitespace().collect();
    let names = NAMES.iter().skip(NAMES.len() - fields.len());
    let alone = |at: usize| {
        let field = |(index, field)| if index == at { field } else { "*" };
        fields
            .iter()
            .copied()
            .enumerate()
            .map(field)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut fields = fields.iter().zip(names).enumerate();
    match fields.find(|(at, _)| Cron::from_str(&alone(*at)).is_err()) {
        Some((_, (field, name))) => format!("`{text}` is not a cron expression: `{field}` names no {name}"),
        None => format!("`{text}` is not a cron expression"),
    }
}
