//! The rows of a batch, and where the cells of their columns are.
use super::faults::small;
use super::mapping::{Feed, Mapping};
use super::packed::Packed;
use crate::contract::format::Encoding;
use crate::source::cells::{Cell, Records};

/// Bytes that stand behind a block's text, so that a fixed number of bytes can be read at the start of any cell.
pub const MARGIN: usize = 16;

/// Rows cast at a time: what fits the processor's caches.
pub const BATCH: usize = 4096;

/// How far the records found have become rows.
#[derive(Default)]
pub struct Next {
    /// The record that is next.
    pub record: usize,
    /// The item of it that is next.
    item: usize,
    /// Records before it whose packed field is blank.
    pub without_items: u64,
}

/// The rows of a batch: which record each is from, and which group or item of it.
#[derive(Default)]
pub struct Rows {
    record: Vec<u32>,
    /// Empty without an unpivot or an unpack.
    group: Vec<u32>,
    /// Rows that stand for a packed field of which the items cannot be told apart.
    pub uneven: Vec<usize>,
}

impl Rows {
    /// Lists rows of the records from `next` on: one each, or one a group or an item; of groups, blank ones may be left
    /// out. Items are as many as a field has room for: of those, a batch at a time.
    pub fn expand(&mut self, mapping: &Mapping, skip_blank: bool, records: &Records, bytes: &[u8], next: &mut Next) {
        self.record.clear();
        self.group.clear();
        self.uneven.clear();
        if let Some(packed) = mapping.packed {
            self.items(packed, records, bytes, next);
            return;
        }
        next.record = records.len();
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

    fn items(&mut self, packed: Packed, records: &Records, bytes: &[u8], next: &mut Next) {
        while next.record < records.len() && self.len() < BATCH {
            let field = packed.cell(records, next.record, bytes);
            let length = field.len as usize;
            let (items, left) = (length / packed.width.max(1), length % packed.width.max(1));
            if field.trimmed(bytes).len == 0 {
                next.without_items += 1;
            } else if left > 0 {
                self.uneven.push(self.len());
                self.push(next.record, 0);
            } else {
                while next.item < items && self.len() < BATCH {
                    self.push(next.record, next.item);
                    next.item += 1;
                }
                if next.item < items {
                    return;
                }
            }
            next.record += 1;
            next.item = 0;
        }
    }

    fn push(&mut self, record: usize, group: usize) {
        self.record.push(small(record));
        self.group.push(small(group));
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

    /// The place of a row among those of its record.
    pub fn place(&self, row: usize) -> u64 {
        self.group(row) as u64
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
            Feed::Item { packed, start, width } => {
                let field = packed.cell(self.records, self.rows.record(row), self.bytes);
                let part = packed.part(field, self.rows.group(row), *start, *width);
                if self.trim { part.trimmed(self.bytes) } else { part }
            }
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
