//! The values of a column, taken together from the batches they came in; nulls are left out and noted.
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type};

use super::interner::BEHIND;

/// Rows of a page: a reader that needs one row decodes a page.
const PAGE_ROWS: usize = 20_000;
/// Bytes of text after which a page ends.
const PAGE_BYTES: usize = 1 << 20;

/// The most digits of a decimal that Parquet keeps in 32 and in 64 bits.
const DIGITS: (u8, u8) = (9, 18);

/// Bytes of a pseudonym.
pub const PSEUDONYM: usize = 16;

/// Values without their nulls.
pub enum Values {
    /// Numbers, days and short decimals.
    Int32(Vec<i32>),
    /// Long numbers and decimals.
    Int64(Vec<i64>),
    /// Texts one behind the other, with [`BEHIND`] more bytes, and their lengths.
    Text {
        /// Bytes of each.
        lengths: Vec<i32>,
        /// All bytes.
        data: Vec<u8>,
    },
    /// Sixteen bytes each.
    Pseudonym(Vec<u8>),
}

/// A column of rows.
pub struct Column {
    /// Number of rows.
    pub rows: usize,
    /// A bit for each row that has a value, when some have none.
    pub valid: Option<BooleanBuffer>,
    /// The values of those that have one.
    pub values: Values,
}

/// The rows of a page and the values they have.
pub struct Stretch {
    /// The rows.
    pub rows: Range<usize>,
    /// The values, counted without nulls.
    pub values: Range<usize>,
    /// The bytes of texts.
    pub letters: Range<usize>,
}

impl Column {
    /// Cuts the column into pages of about the same number of rows; where texts are `spelled` out in them, a page ends
    /// with the one that makes it [`PAGE_BYTES`] long.
    pub fn pages(&self, spelled: bool) -> Vec<Stretch> {
        let most = self.rows.div_ceil(self.rows.div_ceil(PAGE_ROWS).max(1));
        let lengths = match &self.values {
            Values::Text { lengths, .. } if spelled => lengths.as_slice(),
            _ => &[],
        };
        let (mut row, mut value, mut letter) = (0, 0, 0);
        let mut stretches = Vec::new();
        while row < self.rows {
            let (mut end, last) = (self.rows.min(row + most), (value, letter));
            if lengths.is_empty() {
                value += self
                    .valid
                    .as_ref()
                    .map_or(end - row, |valid| valid.slice(row, end - row).count_set_bits());
            } else {
                let there = |row: usize| self.valid.as_ref().is_none_or(|valid| valid.value(row));
                let full = (row..end).find(|&row| {
                    if there(row) {
                        letter += lengths[value].cast_unsigned() as usize;
                        value += 1;
                    }
                    letter - last.1 >= PAGE_BYTES
                });
                end = full.map_or(end, |row| row + 1);
            }
            stretches.push(Stretch {
                rows: row..end,
                values: last.0..value,
                letters: last.1..letter,
            });
            row = end;
        }
        stretches
    }
}

/// How the values of a type of column are stored.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Numbers.
    Int32,
    /// Days.
    Date32,
    /// Long numbers.
    Int64,
    /// Decimals that fit 32 bits.
    Narrow,
    /// Decimals that fit 64 bits.
    Short,
    /// Texts.
    Text,
    /// Sixteen bytes.
    Pseudonym,
}

impl Shape {
    /// The shape of a type, if it has one of these.
    pub fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Int32 => Self::Int32,
            DataType::Date32 => Self::Date32,
            DataType::Int64 => Self::Int64,
            DataType::Decimal128(precision, _) if *precision <= DIGITS.0 => Self::Narrow,
            DataType::Decimal128(precision, _) if *precision <= DIGITS.1 => Self::Short,
            DataType::Utf8 => Self::Text,
            DataType::FixedSizeBinary(16) => Self::Pseudonym,
            _ => return None,
        })
    }
}

/// Takes the parts of a column together; they are of the type with this shape.
pub fn gather(shape: Shape, parts: &[ArrayRef]) -> Column {
    let rows = parts.iter().map(|part| part.len()).sum();
    let nulls: usize = parts.iter().map(|part| part.null_count()).sum();
    let valid = (nulls > 0).then(|| {
        let mut valid = BooleanBufferBuilder::new(rows);
        for part in parts {
            match part.nulls() {
                Some(nulls) => valid.append_buffer(nulls.inner()),
                None => valid.append_n(part.len(), true),
            }
        }
        valid.finish()
    });
    let some = rows - nulls;
    let values = match shape {
        Shape::Int32 => Values::Int32(numbers(
            parts,
            some,
            |part| part.as_primitive::<Int32Type>().values(),
            same,
        )),
        Shape::Date32 => Values::Int32(numbers(
            parts,
            some,
            |part| part.as_primitive::<Date32Type>().values(),
            same,
        )),
        Shape::Int64 => Values::Int64(numbers(
            parts,
            some,
            |part| part.as_primitive::<Int64Type>().values(),
            same,
        )),
        Shape::Narrow => Values::Int32(numbers(parts, some, decimals, narrow)),
        Shape::Short => Values::Int64(numbers(parts, some, decimals, short)),
        Shape::Text => texts(parts, some),
        Shape::Pseudonym => pseudonyms(parts, some),
    };
    Column { rows, valid, values }
}

fn same<T>(value: T) -> T {
    value
}

fn decimals(part: &ArrayRef) -> &[i128] {
    part.as_primitive::<Decimal128Type>().values()
}

/// A decimal of up to nine digits fits 32 bits.
#[allow(clippy::cast_possible_truncation)]
fn narrow(value: i128) -> i32 {
    value as i32
}

/// A decimal of up to eighteen digits fits 64 bits.
#[allow(clippy::cast_possible_truncation)]
fn short(value: i128) -> i64 {
    value as i64
}

fn numbers<'a, T: Copy + 'a, O>(
    parts: &'a [ArrayRef],
    some: usize,
    of: impl Fn(&'a ArrayRef) -> &'a [T],
    number: impl Fn(T) -> O + Copy,
) -> Vec<O> {
    let mut out = Vec::with_capacity(some);
    for part in parts {
        let values = of(part);
        match part.nulls() {
            Some(nulls) => out.extend(nulls.valid_indices().map(|row| number(values[row]))),
            None => out.extend(values.iter().map(|&value| number(value))),
        }
    }
    out
}

fn texts(parts: &[ArrayRef], some: usize) -> Values {
    let (mut lengths, mut data) = (Vec::with_capacity(some), Vec::new());
    for part in parts {
        let texts = part.as_string::<i32>();
        match texts.nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => {
                for row in nulls.valid_indices() {
                    lengths.push(texts.value_length(row));
                    data.extend_from_slice(texts.value(row).as_bytes());
                }
            }
            None => {
                let offsets = texts.value_offsets();
                lengths.extend(offsets.windows(2).map(|pair| pair[1] - pair[0]));
                let ends = (offsets.first(), offsets.last());
                if let (Some(first), Some(last)) = ends {
                    data.extend_from_slice(
                        &texts.value_data()[first.cast_unsigned() as usize..last.cast_unsigned() as usize],
                    );
                }
            }
        }
    }
    data.extend_from_slice(&[0; BEHIND]);
    Values::Text { lengths, data }
}

fn pseudonyms(parts: &[ArrayRef], some: usize) -> Values {
    let mut data = Vec::with_capacity(some * PSEUDONYM);
    for part in parts {
        let values = part.as_fixed_size_binary();
        match values.nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => nulls
                .valid_indices()
                .for_each(|row| data.extend_from_slice(values.value(row))),
            None => data.extend_from_slice(values.value_data()),
        }
    }
    Values::Pseudonym(data)
}
