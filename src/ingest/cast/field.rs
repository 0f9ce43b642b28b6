//! Fields as UTF-8, with the contract's marks and mappings applied.
use zeroize::Zeroize;

use crate::contract::column::{Case, Column};
use crate::ingest::mapping::Feed;
use crate::ingest::rows::{MARGIN, View};
use crate::source::cells::Cell;
use crate::source::encoding::decode;

/// What a field is before it is parsed.
pub enum Field<'a> {
    Missing,
    Suppressed,
    Value(Value<'a>),
}

/// The text of a field.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// The text.
    pub text: &'a [u8],
    /// The bytes from its first on; those behind its end mean nothing.
    pub window: &'a [u8; MARGIN],
}

impl Value<'_> {
    /// Up to eight bytes of the text, the first one lowest, zeros behind its end.
    #[inline(always)]
    pub fn word(self) -> u64 {
        let word = self.first_bytes();
        match self.text.len() {
            8.. => word,
            length => word & ((1 << (8 * length)) - 1),
        }
    }

    /// The first eight bytes of the window, the first one lowest.
    #[inline(always)]
    pub fn first_bytes(self) -> u64 {
        let mut low = [0; 8];
        low.copy_from_slice(&self.window[..8]);
        u64::from_le_bytes(low)
    }

    /// Up to fifteen bytes of the text, the first one lowest, and its length in the highest byte.
    #[inline(always)]
    pub fn double_word(self) -> u128 {
        let length = self.text.len().min(MARGIN - 1);
        u128::from_le_bytes(*self.window) & MASKS[length] | (length as u128) << 120
    }
}

/// As many low bytes as the place says.
const MASKS: [u128; MARGIN] = {
    let mut masks = [0; MARGIN];
    let mut length = 1;
    while length < MARGIN {
        masks[length] = masks[length - 1] << 8 | 0xff;
        length += 1;
    }
    masks
};

/// Reads the fields of a column the quick way: where the bytes of a short field without blanks around it are its text.
#[derive(Clone, Copy)]
pub struct Quick<'a> {
    bytes: &'a [u8],
    /// The cells of the records, from the column's first one on.
    cells: &'a [Cell],
    width: usize,
    /// The record of each row.
    pub records: &'a [u32],
}

impl<'a> Quick<'a> {
    /// None when the column has marks, mappings, an encoding or an unpivot that every field must go through.
    pub fn new(column: &Column, view: View<'a>) -> Option<Self> {
        let marks = !column.missing.is_empty() || !column.suppressed.is_empty() || column.missing_pattern.is_some();
        if !view.plain || marks || !column.map.is_empty() || column.case.is_some() {
            return None;
        }
        Self::of(view)
    }

    /// The same where marks and mappings do not count.
    pub fn of(view: View<'a>) -> Option<Self> {
        let Feed::Field(field) = view.feed else { return None };
        Some(Self {
            bytes: view.bytes,
            cells: view.records.cells.get(*field..)?,
            width: view.records.width,
            records: view.rows.records(),
        })
    }

    /// The field of a record, unless it must be read with [`Fields`].
    #[inline(always)]
    pub fn value(self, record: u32) -> Option<Value<'a>> {
        let cell = self.cells.get(record as usize * self.width)?;
        let start = cell.start as usize;
        let window = self.bytes.get(start..start + MARGIN)?.first_chunk::<MARGIN>()?;
        let last = (cell.len as usize).wrapping_sub(1);
        (last < MARGIN && window[0] > b' ' && window[last] > b' ').then(|| Value {
            text: &window[..=last],
            window,
        })
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        // It may hold a person key.
        self.scratch.zeroize();
    }
}

/// Reads the fields of a column.
pub struct Fields<'a> {
    column: &'a Column,
    view: View<'a>,
    scratch: Vec<u8>,
}

impl<'a> Fields<'a> {
    /// A reader of the fields of a column.
    pub fn new(column: &'a Column, view: View<'a>) -> Self {
        let scratch = Vec::new();
        Self { column, view, scratch }
    }

    /// The field of a row, or the rule its bytes break.
    pub fn read(&mut self, row: usize) -> Result<Field<'_>, &'static str> {
        self.read_marked(self.view.get(row))
    }

    fn read_marked(&mut self, field: &[u8]) -> Result<Field<'_>, &'static str> {
        let text = &mut self.scratch;
        // Room before anything is written: growing would leave a copy behind.
        let room = 3 * field.len() + MARGIN;
        if text.capacity() < room {
            text.zeroize();
            text.reserve(room);
        }
        text.clear();
        if self.view.plain {
            text.extend_from_slice(field);
        } else {
            decode(self.view.encoding, field, text).map_err(|fault| fault.rule())?;
        }
        if let Some(mapped) = self.column.map.get(text.as_slice()) {
            text.clear();
            text.extend_from_slice(mapped);
        }
        match self.column.case {
            Some(Case::Upper) => text.make_ascii_uppercase(),
            Some(Case::Lower) => text.make_ascii_lowercase(),
            None => {}
        }
        let is = |marks: &[Vec<u8>]| marks.contains(text);
        let looks_missing = || {
            let pattern = self.column.missing_pattern.as_ref();
            pattern.is_some_and(|pattern| pattern.is_match(text))
        };
        if text.is_empty() || is(&self.column.missing) || looks_missing() {
            return Ok(Field::Missing);
        }
        if is(&self.column.suppressed) {
            return Ok(Field::Suppressed);
        }
        let length = text.len();
        text.extend_from_slice(&[0; MARGIN]);
        // There are MARGIN bytes and more.
        let window = text.first_chunk().ok_or("encoding")?;
        Ok(Field::Value(Value {
            text: &text[..length],
            window,
        }))
    }
}
