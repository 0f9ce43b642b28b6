//! What became of a delivery, for the command line and the ledger.
use std::collections::BTreeMap;

use super::cast::Repaired;
use crate::contract::Contract;
use crate::ledger::Delivery;

/// What became of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Published in this version of its table.
    Published(u64),
    /// Everything was done but publishing.
    #[default]
    DryRun,
    /// Known already; the text says since when and how it ended.
    Skipped(String),
    /// Newer bytes for the same period were published instead.
    Superseded,
    /// Refused as a whole, with the reason.
    Rejected(String),
    /// Not read at all, for what its name or its kind tells: why, and what to do.
    Unfit(String),
    /// Not complete yet: it changed a moment ago.
    Waiting,
}

/// How many rows broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCount {
    /// The column, or none for the row as a whole.
    pub column: Option<String>,
    /// The rule.
    pub rule: String,
    /// Rows.
    pub rows: u64,
}

/// A place where a rule was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column, or none for the row as a whole.
    pub column: Option<String>,
    /// The rule.
    pub rule: String,
}

/// The account of one delivery.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file, relative to the landing folder: bytes that are known may have come from another then.
    pub file: String,
    /// The delivery as in the ledger.
    pub delivery: Delivery,
    /// What became of it.
    pub outcome: Outcome,
    /// Things worth saying: drift, repairs, orphans.
    pub notes: Vec<String>,
    /// Broken rules with their numbers of rows, most first.
    pub faults: Vec<FaultCount>,
    /// The first places where a rule was broken.
    pub places: Vec<Place>,
}

/// Counts rows by column and rule.
#[derive(Debug, Default)]
pub struct FaultCounts(BTreeMap<(Option<String>, String), u64>);

impl FaultCounts {
    /// One more row.
    pub fn add(&mut self, column: Option<&str>, rule: &str) {
        *self
            .0
            .entry((column.map(ToOwned::to_owned), rule.to_owned()))
            .or_default() += 1;
    }

    /// The counts, most first.
    pub fn list(&self) -> Vec<FaultCount> {
        let mut list: Vec<FaultCount> = self
            .0
            .iter()
            .map(|((column, rule), &rows)| FaultCount {
                column: column.clone(),
                rule: rule.clone(),
                rows,
            })
            .collect();
        list.sort_by_key(|count| std::cmp::Reverse(count.rows));
        list
    }
}

/// Repairs and keys made null, as notes.
pub fn repair_notes(repaired: &Repaired, nulled: u64) -> Vec<String> {
    let repairs = repaired
        .iter()
        .map(|(repair, count)| format!("{count} person keys repaired ({repair})"));
    let nulled = (nulled > 0).then(|| format!("{nulled} invalid person keys made null"));
    repairs.chain(nulled).collect()
}

/// Rows of other registers, as a note.
pub fn dropped_note(rows: u64) -> Option<String> {
    let rows = match rows {
        0 => return None,
        1 => "1 row is".to_owned(),
        several => format!("{several} rows are"),
    };
    Some(format!(
        "{rows} of a register that does not identify persons: dropped, as the contract asks"
    ))
}

/// Records without items in their packed field, as a note: they have no rows.
pub fn items_note(contract: &Contract, records: u64) -> Option<String> {
    let column = &contract.columns.get(contract.unpack?.column)?.name;
    let records = match records {
        0 => return None,
        1 => "1 record has".to_owned(),
        several => format!("{several} records have"),
    };
    Some(format!("{records} no items: `{column}` is blank"))
}
