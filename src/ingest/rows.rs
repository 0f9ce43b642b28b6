//! The rows of a batch, and where the cells of their columns are.
use super::faults::small;
use super::mapping::{Feed, Mapping};
use crate::contract::format::Encoding;
use crate::source::cells::{Cell, Records};

/// Bytes that stand behind a block's text, so that a fixed number of bytes can be read at the start of any cell.
pub const MARGIN: usize = 16;

/// The rows of a batch: which record each is from, and which group of it.
#[derive(Default)]
pub struct Rows {
    record: Vec<u32>,
    /// Empty without an unpivot.
    group: Vec<u32>,
}

impl Rows {
    /// Lists the rows of records: one each, or one a group; of groups, blank ones may be left out.
    pub fn expand(&mut self, mapping: &Mapping, skip_blank: bool, records: &Records, bytes: &[u8]) {
        self.record.clear();
        self.group.clear();
        let all = small(records.len());
        if mapping.groups == 1 && !skip_blank {
            self.record.extend(0..all);
            return;
        }
        let feeds: Vec<&Vec<Option<usize>>> = mapping
            .feeds
            .iter()
            .filter_map(|feed| match feed {
                Feed::Groups(fields) => Some(fields),
                _ => None,
            })
            .collect();
        for record in 0..all {
            for group in 0..mapping.groups {
                let blank = |fields: &&Vec<Option<usize>>| {
                    fields[group].is_none_or(|field| {
                        let cell = records.cells[record as usize * records.width + field];
                        cell.get(bytes).trim_ascii().is_empty()
                    })
                };
                if !(skip_blank && feeds.iter().all(blank)) {
                    self.record.push(record);
                    self.group.push(small(group));
                }
            }
        }
    }

    /// Brings the rows into another order.
    pub fn reorder(&mut self, order: &[u32]) {
        let taken = |list: &[u32]| order.iter().map(|&row| list[row as usize]).collect();
        self.record = taken(&self.record);
        if !self.group.is_empty() {
            self.group = taken(&self.group);
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// The record of a row.
    pub fn record(&self, row: usize) -> usize {
        self.record[row] as usize
    }

    /// The record of each row.
    pub fn records(&self) -> &[u32] {
        &self.record
    }

    /// The field of its record that feeds a column in a row, if one does.
    pub fn field(&self, row: usize, feed: &Feed) -> Option<usize> {
        match feed {
            Feed::Field(field) => Some(*field),
            Feed::Groups(fields) => fields.get(self.group(row)).copied().flatten(),
            _ => None,
        }
    }

    fn group(&self, row: usize) -> usize {
        self.group.get(row).map_or(0, |&group| group as usize)
    }
}

/// The cells of one column in a batch.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The block's bytes and [`MARGIN`] more.
    pub bytes: &'a [u8],
    /// The records found.
    pub records: &'a Records,
    /// The rows made of them.
    pub rows: &'a Rows,
    /// What feeds the column.
    pub feed: &'a Feed,
    /// Where the texts of a constant feed stand.
    pub constants: &'a [Cell],
    /// Whether blanks around a cell are left out.
    pub trim: bool,
    /// The encoding of the cells.
    pub encoding: Encoding,
    /// Whether no byte of the block needs decoding.
    pub plain: bool,
}

impl<'a> View<'a> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cell of a row.
    #[inline(always)]
    pub fn cell(&self, row: usize) -> Cell {
        let record = self.rows.record(row) * self.records.width;
        match self.feed {
            Feed::Field(field) if self.trim => self.records.cells[record + field].trimmed(self.bytes),
            Feed::Field(field) => self.records.cells[record + field],
            Feed::Groups(fields) => fields[self.rows.group(row)].map_or(Cell::default(), |field| {
                self.records.cells[record + field].trimmed(self.bytes)
            }),
            Feed::Parts(_) => self.constants[self.rows.group(row)],
            Feed::Constant(_) => self.constants[0],
            Feed::Absent => Cell::default(),
        }
    }

    /// The bytes of a row's cell.
    #[inline(always)]
    pub fn get(&self, row: usize) -> &'a [u8] {
        self.cell(row).get(self.bytes)
    }
}
