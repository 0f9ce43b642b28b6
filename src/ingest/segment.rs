//! What became of one block.
use std::collections::BTreeMap;

use super::cast::Repaired;
use super::encode::Part;
use super::job::Job;
use super::keyset::Entry;
use super::quarantine::Rejected;
use super::undeclared::Numbers;

/// What became of one block.
pub struct Segment {
    /// The block's number.
    pub index: u64,
    /// Bytes of the block.
    pub bytes: u64,
    /// Rows delivered: staged, set aside and dropped.
    pub rows_in: u64,
    /// Rows staged.
    pub rows_staged: u64,
    /// Rows that the contract drops.
    pub rows_dropped: u64,
    /// Encoded partitions.
    pub parts: Vec<Part>,
    /// Rows set aside.
    pub rejected: Vec<Rejected>,
    /// The line of the first open quote, if any.
    pub open_quote: Option<u64>,
    /// Hashed keys that must be unique, with their lines: one list a rule.
    pub unique: Vec<Vec<Entry>>,
    /// Pseudonyms given out: one list a key column.
    pub given: Vec<Vec<Entry>>,
    /// Repairs of person keys.
    pub repaired: Repaired,
    /// Person keys made null.
    pub nulled: u64,
    /// Records whose packed field is blank, so that they have no rows.
    pub without_items: u64,
    /// Numbers of columns that should hold no person keys.
    pub numbers: Numbers,
    /// Whether JSON keys without a column were seen.
    pub unknown_keys: bool,
    /// Whether the last line of the file is in it and has no line end.
    pub unended: bool,
    /// Whether that line is not a whole row either.
    pub cut_off: bool,
}

impl Segment {
    /// Nothing yet of a block of so many bytes.
    pub fn new(index: u64, bytes: usize, job: &Job) -> Self {
        Self {
            index,
            bytes: bytes as u64,
            rows_in: 0,
            rows_staged: 0,
            rows_dropped: 0,
            parts: Vec::new(),
            rejected: Vec::new(),
            open_quote: None,
            unique: vec![Vec::new(); job.contract.unique.len()],
            given: vec![Vec::new(); job.contract.columns.len()],
            repaired: BTreeMap::new(),
            nulled: 0,
            without_items: 0,
            numbers: Numbers::new(&job.stored),
            unknown_keys: false,
            unended: false,
            cut_off: false,
        }
    }
}
