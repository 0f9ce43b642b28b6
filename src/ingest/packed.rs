//! Packed fields: where their items are.
use super::mapping::Feed;
use crate::contract::Contract;
use crate::contract::column::Origin;
use crate::source::cells::{Cell, Records};

/// A field with items of the same width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// The field of the record; none when the file lacks it and the contract allows that.
    pub field: Option<usize>,
    /// Whether blanks around the field are left out.
    pub trim: bool,
    /// Bytes of an item.
    pub width: usize,
}

impl Packed {
    /// The field of a record.
    pub fn cell(self, records: &Records, record: usize, bytes: &[u8]) -> Cell {
        match self.field.map(|field| records.cells[record * records.width + field]) {
            Some(cell) if self.trim => cell.trimmed(bytes),
            cell => cell.unwrap_or_default(),
        }
    }

    /// Bytes of an item, as far as the field goes.
    pub fn part(self, field: Cell, item: usize, start: usize, width: usize) -> Cell {
        let (first, end) = (field.start as usize, (field.start + field.len) as usize);
        let start = (first + item * self.width + start).min(end);
        Cell::of(start, (start + width).min(end))
    }
}

/// The packed field, once the others are fed; the columns of its items are fed from it.
pub fn packed(contract: &Contract, feeds: &mut [Feed]) -> Option<Packed> {
    let unpack = contract.unpack?;
    let packed = Packed {
        field: match feeds[unpack.column] {
            Feed::Field(field) => Some(field),
            _ => None,
        },
        trim: contract.columns[unpack.column].trim,
        width: unpack.width,
    };
    for (feed, column) in feeds.iter_mut().zip(&contract.columns) {
        if let Origin::Item(start, width) = column.origin {
            *feed = Feed::Item { packed, start, width };
        }
    }
    Some(packed)
}
