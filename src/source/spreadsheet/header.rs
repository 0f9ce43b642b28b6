//! Headers of one or several rows as one name a column.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::value::Value;
use crate::contract::sheet::HeaderFill;

/// Cells that are merged into one; rows and columns count from 0, the last ones belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// First row and column.
    pub first: (u32, u32),
    /// Last row and column.
    pub last: (u32, u32),
}

/// The texts of a header's rows.
#[derive(Debug, Default)]
pub struct Header {
    /// By column and row, from 0.
    columns: BTreeMap<u32, BTreeMap<u32, String>>,
}

impl Header {
    /// Takes a cell.
    pub fn add(&mut self, row: u32, column: u32, value: &Value) {
        let words: Vec<&str> = value.shown().split_whitespace().collect();
        if !words.is_empty() {
            self.columns.entry(column).or_default().insert(row, words.join(" "));
        }
    }

    /// Gives merged cells the text of the first of them, from left to right. A cell merged downwards has its text in its
    /// first row only, so that it is part of a name once.
    pub fn fill(&mut self, regions: &[Region], fill: HeaderFill) {
        let mut begun: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (&column, texts) in &self.columns {
            texts.keys().for_each(|&row| begun.entry(row).or_default().push(column));
        }
        for region in regions {
            let (row, first) = region.first;
            let text = self.columns.get(&first).and_then(|texts| texts.get(&row)).cloned();
            let Some(text) = text else { continue };
            for column in first + 1..=region.last.1 {
                let texts = self.columns.entry(column).or_default();
                texts.entry(row).or_insert_with(|| text.clone());
            }
        }
        begun.pop_last();
        if fill == HeaderFill::Right {
            self.fill_right(&begun);
        }
    }

    /// Fills the rows of which `begun` has the columns with a text of their own.
    fn fill_right(&mut self, begun: &BTreeMap<u32, Vec<u32>>) {
        let widest = self.columns.last_key_value().map_or(0, |(column, _)| *column);
        let mut above: BTreeSet<u32> = BTreeSet::new();
        for (&row, own) in begun {
            let mut text: Option<String> = None;
            for column in 0..=widest {
                let texts = self.columns.entry(column).or_default();
                match (texts.get(&row), &text) {
                    (Some(own), _) => text = Some(own.clone()),
                    // a new group of a row above is not the old one's
                    (None, _) if above.contains(&column) => text = None,
                    (None, Some(text)) => {
                        texts.insert(row, text.clone());
                    }
                    (None, None) => {}
                }
            }
            above.extend(own);
        }
        self.columns.retain(|_, texts| !texts.is_empty());
    }

    /// First and last column with a text.
    pub fn extent(&self) -> Option<(u32, u32)> {
        let (first, last) = (self.columns.first_key_value()?, self.columns.last_key_value()?);
        Some((*first.0, *last.0))
    }

    /// The name of a column: its texts from top to bottom.
    pub fn name(&self, column: u32, separator: &str) -> String {
        let texts = self.columns.get(&column).into_iter().flat_map(BTreeMap::values);
        texts.map(String::as_str).collect::<Vec<_>>().join(separator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rows: &[&str], regions: &[Region], fill: HeaderFill) -> Vec<String> {
        let mut header = Header::default();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells.split('|')) {
                header.add(row, column, &Value::Text(cell.to_owned()));
            }
        }
        header.fill(regions, fill);
        let (first, last) = header.extent().unwrap();
        (first..=last).map(|column| header.name(column, " - ")).collect()
    }

    #[test]
    fn merged_cells_give_their_text_to_every_column_once() {
        let across = Region {
            first: (0, 1),
            last: (0, 2),
        };
        let down = Region {
            first: (0, 3),
            last: (1, 3),
        };
        let found = names(
            &["|Vestiging|||", "Jaar|BRIN|Nummer||Opmerking\n van ons"],
            &[across, down],
            HeaderFill::Merged,
        );
        assert_eq!(
            found,
            [
                "Jaar",
                "Vestiging - BRIN",
                "Vestiging - Nummer",
                "",
                "Opmerking van ons"
            ]
        );
        let found = names(
            &["|Vestiging||Regio|", "Jaar|BRIN|Nummer||"],
            &[across, down],
            HeaderFill::Merged,
        );
        assert_eq!(found, ["Jaar", "Vestiging - BRIN", "Vestiging - Nummer", "Regio"]);
    }

    #[test]
    fn blank_cells_take_the_text_on_their_left_within_the_group_above() {
        let found = names(
            &[
                "|Inwoners|||Woning|",
                "|Totaal|Geslacht|||Type",
                "PC4|Totaal|Man|Vrouw|Totaal|Koop",
            ],
            &[],
            HeaderFill::Right,
        );
        assert_eq!(
            found,
            [
                "PC4",
                "Inwoners - Totaal - Totaal",
                "Inwoners - Geslacht - Man",
                "Inwoners - Geslacht - Vrouw",
                "Woning - Totaal",
                "Woning - Type - Koop"
            ]
        );
    }
}
