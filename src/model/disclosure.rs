//! The disclosure rule in a header: which columns count persons, and what is withheld with them.
//!
//! Here it is read and each word keeps its place; whether it fits the model's columns is checked when the model is
//! planned.
use std::ops::Range;

mod text;

use super::header::Word;
use crate::disclosure::{Parts, Zeros};
pub(super) use text::DisclosureText;

/// A disclosure rule as its header has it.
#[derive(Debug, Clone)]
pub struct DisclosureHeader {
    /// Its place in the file.
    pub span: Range<usize>,
    /// Columns that tell the cells apart; `None`: the grain.
    pub dimensions: Option<Vec<Word>>,
    /// Columns that count persons.
    pub counts: Vec<CountHeader>,
    /// Columns that count schools, employers or other units.
    pub units: Vec<CountHeader>,
    /// Shares of one count in another.
    pub shares: Vec<ShareHeader>,
    /// Columns withheld with any count or unit of their row.
    pub blank: Vec<Word>,
    /// The fewest persons of counts and shares that do not say so themselves.
    pub min: Option<Minimum>,
    /// Whether a count of nobody may be shown.
    pub zeros: Zeros,
    /// Values that are totals of others.
    pub totals: Vec<TotalHeader>,
    /// Columns that say something of a dimension and not of persons.
    pub attributes: Vec<Word>,
    /// Columns of the query that only the rule needs.
    pub unpublished: Vec<Word>,
}

/// A minimum and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minimum {
    /// The number.
    pub number: u64,
    /// Its place.
    pub span: Range<usize>,
}

/// A column that counts.
#[derive(Debug, Clone)]
pub struct CountHeader {
    /// The column.
    pub column: Word,
    /// The fewest it may show.
    pub min: Option<Minimum>,
    /// Columns withheld with it.
    pub blank: Vec<Word>,
}

/// A share of one count in another.
#[derive(Debug, Clone)]
pub struct ShareHeader {
    /// The columns with the share, such as a percentage and its interval.
    pub columns: Vec<Word>,
    /// The count of those that the share is about.
    pub numerator: Word,
    /// The count of the whole group.
    pub denominator: Word,
    /// The fewest persons of the numerator and of the rest of the group.
    pub min: Option<Minimum>,
    /// Whether nobody and everybody of a group may be shown.
    pub extremes: Zeros,
}

/// A value of a dimension that is a total.
#[derive(Debug, Clone)]
pub struct TotalHeader {
    /// The dimension.
    pub dimension: Word,
    /// The value.
    pub value: Word,
    /// What it is a total of.
    pub parts: Parts,
}

/// What is wrong, where, and what to write instead.
type Fault = (Range<usize>, String, String);

impl DisclosureHeader {
    /// Every minimum that is written down.
    pub fn minimums(&self) -> impl Iterator<Item = &Minimum> {
        let counts = self.counts.iter().chain(&self.units).filter_map(|c| c.min.as_ref());
        let shares = self.shares.iter().filter_map(|s| s.min.as_ref());
        self.min.iter().chain(counts).chain(shares)
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.counts.is_empty() && self.units.is_empty() && self.shares.is_empty() {
            faults.push((
                self.span.clone(),
                "the disclosure rule says of no column what it counts".to_owned(),
                "name the column that counts persons: count = \"personen\"".to_owned(),
            ));
        }
        for minimum in self.minimums().filter(|minimum| minimum.number == 0) {
            faults.push((
                minimum.span.clone(),
                "a minimum of 0 says nothing".to_owned(),
                "1 is the least: then every cell is shown".to_owned(),
            ));
        }
        for total in &self.totals {
            let what = match &total.parts {
                Parts::Values(parts) if parts.is_empty() => "has no parts",
                Parts::Values(parts) if parts.contains(&total.value.text) => "is a part of itself",
                _ if self.in_a_circle(total) => "is, through its parts, a part of itself",
                _ => continue,
            };
            faults.push((
                total.value.span.clone(),
                format!("the total `{}` {what}", total.value.text),
                "list the values that it is the total of, or write \"all others\"".to_owned(),
            ));
        }
        faults
    }

    /// Whether a total is reached again from its own parts.
    fn in_a_circle(&self, start: &TotalHeader) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let mut todo = vec![start];
        while let Some(total) = todo.pop() {
            let Parts::Values(parts) = &total.parts else { continue };
            for part in parts {
                if *part == start.value.text {
                    return true;
                }
                if !seen.contains(&part.as_str()) {
                    seen.push(part);
                    let of_part = |t: &&TotalHeader| t.dimension.text == start.dimension.text && t.value.text == *part;
                    todo.extend(self.totals.iter().filter(of_part));
                }
            }
        }
        false
    }
}
