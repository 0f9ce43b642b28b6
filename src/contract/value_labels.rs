//! What the codes of a table's columns stand for, as its deliveries say: the code list `ref.<table>_<column>_labels`.
//!
//! The lists are kept in the manifest of the table, so that they change together with the rows.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The manifest property that holds them.
pub const PROPERTY: &str = "value_labels";
/// The columns of such a list, all text.
pub const COLUMNS: [&str; 3] = ["code", "label", "missing"];
/// Most bytes of the lists of a delivery: they are part of every manifest.
pub const MOST: usize = 4 << 20;

/// The list of a column of a table.
pub fn name_of(table: &str, column: &str) -> String {
    format!("{table}_{column}_labels")
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, String, bool)", into = "(String, String, bool)")]
pub struct Label {
    /// The code, as text.
    pub code: String,
    /// What it stands for.
    pub label: String,
    /// Whether it says why there is no value.
    pub missing: bool,
}

impl From<(String, String, bool)> for Label {
    fn from((code, label, missing): (String, String, bool)) -> Self {
        Self { code, label, missing }
    }
}

impl From<Label> for (String, String, bool) {
    fn from(label: Label) -> Self {
        (label.code, label.label, label.missing)
    }
}

/// The lists of a delivery, by column.
pub type Lists = BTreeMap<String, Arc<Vec<Label>>>;

/// What the deliveries in a table say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueLabels {
    /// By digest: most deliveries say the same.
    lists: BTreeMap<String, Arc<Vec<Label>>>,
    deliveries: BTreeMap<String, Delivered>,
}

/// What one delivery says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Delivered {
    period: Option<String>,
    /// From columns to digests.
    columns: BTreeMap<String, String>,
}

impl ValueLabels {
    /// From the properties of a manifest; none when its deliveries say nothing of codes.
    pub fn of(properties: &BTreeMap<String, String>) -> Option<Self> {
        serde_json::from_str(properties.get(PROPERTY)?).ok()
    }

    /// As a property of a manifest, when they say anything.
    pub fn property(&self) -> Option<(String, String)> {
        let text = serde_json::to_string(self)
            .ok()
            .filter(|_| !self.deliveries.is_empty())?;
        Some((PROPERTY.to_owned(), text))
    }

    /// Adds what a delivery says, in the place of what it said before.
    pub fn add(&mut self, delivery: &str, period: Option<String>, lists: &Lists) {
        let mut columns = BTreeMap::new();
        for (column, list) in lists {
            let digest = digest(list);
            self.lists.entry(digest.clone()).or_insert_with(|| Arc::clone(list));
            columns.insert(column.clone(), digest);
        }
        self.deliveries
            .insert(delivery.to_owned(), Delivered { period, columns });
        self.tidy();
    }

    /// Keeps what these deliveries say.
    pub fn keep(&mut self, deliveries: &BTreeSet<&str>) {
        self.deliveries.retain(|id, _| deliveries.contains(id.as_str()));
        self.tidy();
    }

    fn tidy(&mut self) {
        let used: BTreeSet<&String> = self
            .deliveries
            .values()
            .flat_map(|said| said.columns.values())
            .collect();
        self.lists.retain(|digest, _| used.contains(digest));
    }

    /// The columns that have a list.
    pub fn columns(&self) -> BTreeSet<&str> {
        let columns = self.deliveries.values().flat_map(|said| said.columns.keys());
        columns.map(String::as_str).collect()
    }

    /// The list of a column: each code once, as the delivery of the last period has it.
    pub fn list(&self, column: &str) -> Option<Vec<Label>> {
        let mut said: Vec<_> = self
            .deliveries
            .iter()
            .filter(|(_, said)| said.columns.contains_key(column))
            .collect();
        if said.is_empty() {
            return None;
        }
        said.sort_by_key(|(id, said)| std::cmp::Reverse((&said.period, *id)));
        let (mut list, mut codes) = (Vec::new(), BTreeSet::new());
        for (_, said) in said {
            let labels = said.columns.get(column).and_then(|digest| self.lists.get(digest));
            for label in labels.into_iter().flat_map(|labels| labels.iter()) {
                if codes.insert(label.code.as_str()) {
                    list.push(label.clone());
                }
            }
        }
        Some(list)
    }

    /// Codes that stand for something else than `lists` says, by column.
    pub fn differing(&self, lists: &Lists) -> Vec<(String, usize)> {
        let differ = |(column, list): (&String, &Arc<Vec<Label>>)| {
            let known = self.list(column)?;
            let known: BTreeMap<&str, &Label> = known.iter().map(|label| (label.code.as_str(), label)).collect();
            let other = |label: &&Label| known.get(label.code.as_str()).is_some_and(|known| *known != *label);
            Some((column.clone(), list.iter().filter(other).count()))
        };
        lists
            .iter()
            .filter_map(differ)
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// A digest of the list of a column.
    pub fn digest(&self, column: &str) -> Option<String> {
        self.list(column).map(|list| digest(&list))
    }
}

fn digest(list: &[Label]) -> String {
    let mut hasher = blake3::Hasher::new();
    for label in list {
        for text in [
            label.code.as_str(),
            label.label.as_str(),
            if label.missing { "1" } else { "0" },
        ] {
            hasher
                .update(&(text.len() as u64).to_le_bytes())
                .update(text.as_bytes());
        }
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(labels: &[(&str, &str, bool)]) -> Lists {
        let label = |(code, label, missing): &(&str, &str, bool)| Label {
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            missing: *missing,
        };
        Lists::from([("leerweg".to_owned(), Arc::new(labels.iter().map(label).collect()))])
    }

    #[test]
    fn the_last_period_says_what_a_code_stands_for() {
        let mut labels = ValueLabels::default();
        labels.add(
            "d-2",
            Some("2021".to_owned()),
            &lists(&[("1", "bl", false), ("9", "onbekend", true)]),
        );
        labels.add(
            "d-1",
            Some("2019".to_owned()),
            &lists(&[("1", "bb", false), ("2", "kb", false)]),
        );
        let codes = |labels: &ValueLabels| {
            let list = labels.list("leerweg").unwrap();
            list.iter()
                .map(|label| format!("{}={}", label.code, label.label))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(&labels), ["1=bl", "9=onbekend", "2=kb"]);
        assert_eq!(
            labels.differing(&lists(&[("1", "bb", false)])),
            [("leerweg".to_owned(), 1)]
        );
        let again = ValueLabels::of(&labels.property().into_iter().collect());
        assert_eq!(again.as_ref(), Some(&labels));
        labels.keep(&BTreeSet::from(["d-1"]));
        assert_eq!(codes(&labels), ["1=bb", "2=kb"]);
        assert_eq!((labels.lists.len(), labels.columns()), (1, BTreeSet::from(["leerweg"])));
        assert_eq!(labels.list("profiel"), None);
    }
}
