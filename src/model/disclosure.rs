//! The disclosure rule in a header: which columns count persons, and what is withheld with them.
//!
//! Here it is read and each word keeps its place; whether it fits the model's columns is checked when the model is
//! planned.
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::audit::Columns;
use super::header::Word;
use crate::disclosure::{Parts, Zeros};

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisclosureText {
    count: Option<Columns>,
    min: Option<Spanned<u64>>,
    blank: Option<Columns>,
    #[serde(default)]
    zeros: Zeros,
    dimensions: Option<Columns>,
    #[serde(default)]
    totals: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, PartsText>>,
    #[serde(default)]
    counts: OneOrMore<CountText>,
    #[serde(default)]
    shares: OneOrMore<ShareText>,
    #[serde(default)]
    units: OneOrMore<UnitText>,
    attributes: Option<Columns>,
    unpublished: Option<Columns>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountText {
    column: Spanned<String>,
    min: Option<Spanned<u64>>,
    blank: Option<Columns>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitText {
    column: Spanned<String>,
    min: Spanned<u64>,
    blank: Option<Columns>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareText {
    share: Columns,
    numerator: Spanned<String>,
    denominator: Spanned<String>,
    min: Option<Spanned<u64>>,
    extremes: Option<Zeros>,
}

/// One table or a list of tables (an untagged enum of serde would lose the places).
struct OneOrMore<T>(Vec<T>);

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        OneOrMore(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Tables<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Tables<T> {
            type Value = OneOrMore<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table or a list of tables")
            }
            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
                Ok(OneOrMore(vec![T::deserialize(MapAccessDeserializer::new(table))?]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, tables: A) -> Result<Self::Value, A::Error> {
                Ok(OneOrMore(Vec::deserialize(SeqAccessDeserializer::new(tables))?))
            }
        }
        input.deserialize_any(Tables(std::marker::PhantomData))
    }
}

/// `"all others"`, or a list of values.
struct PartsText(Parts);

/// What stands for every other value of the dimension that is no total itself.
const ALL_OTHERS: &str = "all others";

impl<'de> Deserialize<'de> for PartsText {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = PartsText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values, or \"all others\"")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<PartsText, E> {
                match word {
                    ALL_OTHERS => Ok(PartsText(Parts::AllOthers)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<PartsText, A::Error> {
                let values = Vec::deserialize(SeqAccessDeserializer::new(values))?;
                Ok(PartsText(Parts::Values(values)))
            }
        }
        input.deserialize_any(Values)
    }
}

/// What is wrong, where, and what to write instead.
type Fault = (Range<usize>, String, String);

/// The words of a list that may be left out.
fn words(columns: Option<Columns>) -> Vec<Word> {
    columns.map(Columns::words).unwrap_or_default()
}

fn minimum(number: Option<Spanned<u64>>) -> Option<Minimum> {
    number.map(|number| Minimum {
        span: number.span(),
        number: number.into_inner(),
    })
}

impl DisclosureText {
    /// The rule; what is wrong with it whatever the columns are goes to `refuse`.
    pub(super) fn check(self, span: Range<usize>, refuse: impl FnMut(Fault)) -> DisclosureHeader {
        let blank = words(self.blank);
        let plain = words(self.count).into_iter().map(|column| CountHeader {
            column,
            min: None,
            blank: Vec::new(),
        });
        let own = self.counts.0.into_iter().map(|count| CountHeader {
            column: count.column.into(),
            min: minimum(count.min),
            blank: words(count.blank),
        });
        let units = self.units.0.into_iter().map(|unit| CountHeader {
            column: unit.column.into(),
            min: minimum(Some(unit.min)),
            blank: words(unit.blank),
        });
        let shares = self.shares.0.into_iter().map(|share| ShareHeader {
            columns: share.share.words(),
            numerator: share.numerator.into(),
            denominator: share.denominator.into(),
            min: minimum(share.min),
            extremes: share.extremes.unwrap_or(Zeros::Protect),
        });
        let totals = self.totals.into_iter().flat_map(|(dimension, totals)| {
            let dimension = Word::from(dimension);
            totals.into_iter().map(move |(value, parts)| TotalHeader {
                dimension: dimension.clone(),
                value: value.into(),
                parts: parts.0,
            })
        });
        let header = DisclosureHeader {
            span,
            dimensions: self.dimensions.map(Columns::words),
            counts: plain.chain(own).collect(),
            units: units.collect(),
            shares: shares.collect(),
            blank,
            min: minimum(self.min),
            zeros: self.zeros,
            totals: totals.collect(),
            attributes: words(self.attributes),
            unpublished: words(self.unpublished),
        };
        header.faults().into_iter().for_each(refuse);
        header
    }
}

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
