//! Slices: partitions seen by some of their columns.
use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::lake::{Partition, partition_key};
use crate::model::InputMapping;

/// Values of some partition columns, in the order of the table's partition columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice(pub Partition);

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&partition_key(&self.0))
    }
}

impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl Slice {
    /// The slice of `partition` by `columns`; `None` when it has not all of them.
    pub fn of(partition: &Partition, columns: &[String]) -> Option<Slice> {
        let value = |column: &String| partition.iter().find(|(name, _)| name == column).cloned();
        columns.iter().map(value).collect::<Option<Vec<_>>>().map(Slice)
    }

    /// Slices of a model that are made from the input slice `self`.
    pub fn targets(&self, mapping: &InputMapping) -> BTreeSet<Slice> {
        self.mapped(|column, value| mapping.targets(column, value))
    }

    /// Slices of the input that the model's slice `self` is made from.
    pub fn sources(&self, mapping: &InputMapping) -> BTreeSet<Slice> {
        self.mapped(|column, value| mapping.sources(column, value))
    }

    fn mapped(&self, values: impl Fn(&str, &str) -> Vec<String>) -> BTreeSet<Slice> {
        let mut slices: Vec<Partition> = vec![Vec::new()];
        for (column, value) in &self.0 {
            let values = values(column, value);
            let with = |slice: &Partition| {
                let longer = |v: &String| slice.iter().cloned().chain([(column.clone(), v.clone())]).collect();
                values.iter().map(longer).collect::<Vec<Partition>>()
            };
            slices = slices.iter().flat_map(with).collect();
        }
        slices.into_iter().map(Slice).collect()
    }
}

/// The partition behind a manifest's key (`k=v/k=v`, values percent-encoded).
pub fn partition_of_key(key: &str) -> Option<Partition> {
    if key.is_empty() {
        return Some(Vec::new());
    }
    let part = |part: &str| {
        let (column, value) = part.split_once('=')?;
        Some((column.to_string(), decode(value)?))
    };
    key.split('/').map(part).collect()
}

fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        bytes.push(digit(*high)? * 16 + digit(*low)?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
