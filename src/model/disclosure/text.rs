//! A disclosure rule as TOML.
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{CountHeader, DisclosureHeader, Fault, Minimum, ShareHeader, TotalHeader};
use crate::disclosure::{Parts, Zeros};
use crate::model::audit::Columns;
use crate::model::header::Word;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureText {
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
    pub fn check(self, span: Range<usize>, refuse: impl FnMut(Fault)) -> DisclosureHeader {
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
