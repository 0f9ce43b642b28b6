//! From a column to its chunk.
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

use super::dictionary::Dictionary;
use super::layout::Layout;
use super::pages::{Body, Pages, Zstd};
use super::values::{self, PSEUDONYM, Stretch, Values};
use super::{Chunk, Layouts, bits, bounds, delta, hybrid};

/// Encodes chunks, with the memory it needs again and again.
pub struct Encoder {
    zstd: Zstd,
    indices: Vec<u64>,
    body: Vec<u8>,
    levels: Vec<u8>,
    seed: u64,
}

impl Encoder {
    /// An encoder.
    ///
    /// # Errors
    /// When there is no memory for zstd.
    pub fn new() -> Result<Self> {
        Ok(Self {
            zstd: Zstd::new()?,
            indices: Vec::new(),
            body: Vec::new(),
            levels: Vec::new(),
            seed: RandomState::new().hash_one(0),
        })
    }

    /// Encodes the columns of a table, each given in parts.
    ///
    /// # Errors
    /// That of a column, or when a page is too large for Parquet.
    pub fn encode<E: From<ParquetError>>(
        &mut self,
        layouts: &Layouts,
        columns: impl Iterator<Item = std::result::Result<Vec<ArrayRef>, E>>,
    ) -> std::result::Result<Vec<Chunk>, E> {
        let mut theirs = layouts.writers()?.into_iter();
        let encode = |(place, parts): (usize, std::result::Result<Vec<ArrayRef>, E>)| {
            let (parts, writer) = (parts?, theirs.next());
            match layouts.of(place) {
                Some(layout) => Ok(self.ours(layout, &parts)?),
                None => Ok(layouts.theirs(place, writer, &parts)?),
            }
        };
        columns.enumerate().map(encode).collect()
    }

    fn ours(&mut self, layout: &Layout, parts: &[ArrayRef]) -> Result<Chunk> {
        let column = values::gather(layout.shape, parts);
        let nulls = column
            .valid
            .as_ref()
            .map_or(0, |valid| column.rows - valid.count_set_bits());
        let dictionary = if layout.may_have_dictionary {
            Dictionary::of(&column.values, nulls, self.seed, &mut self.indices)
        } else {
            None
        };
        let manner = match dictionary {
            Some(_) => layout.with_dictionary,
            None => layout.without_dictionary,
        };
        let mut pages = Pages::new(manner.codec, &mut self.zstd);
        if let Some(dictionary) = &dictionary {
            pages.dictionary(dictionary.entries, &dictionary.plain)?;
        }
        let width = dictionary
            .as_ref()
            .map(|dictionary| bits::width(dictionary.entries.saturating_sub(1) as u64));
        for Stretch { rows, values, letters } in column.pages(width.is_none()) {
            self.levels.clear();
            self.body.clear();
            if layout.descriptor.max_def_level() > 0 {
                levels(column.valid.as_ref(), &rows, &mut self.levels);
            }
            let encoding = match width {
                Some(width) => {
                    self.body.push(width.to_le_bytes()[0]);
                    hybrid::encode(&self.indices[values.clone()], width, &mut self.body);
                    Encoding::RLE_DICTIONARY
                }
                None => plain(&column.values, values.clone(), letters, &mut self.body),
            };
            pages.data(&Body {
                rows: rows.len(),
                nulls: rows.len() - values.len(),
                levels: &self.levels,
                values: &self.body,
                encoding,
            })?;
        }
        let bounds = match dictionary {
            _ if !manner.bounds => None,
            Some(dictionary) => dictionary.bounds,
            None => bounds::of_values(&column.values, nulls),
        };
        let (bytes, close) = pages.close(layout.descriptor.clone(), bounds)?;
        Ok(Chunk::Ours(bytes, Box::new(close)))
    }
}

/// Encodes values without a dictionary.
fn plain(values: &Values, range: Range<usize>, letters: Range<usize>, out: &mut Vec<u8>) -> Encoding {
    match values {
        Values::Int32(values) => {
            delta::encode(&values[range], out);
            Encoding::DELTA_BINARY_PACKED
        }
        Values::Int64(values) => {
            delta::encode(&values[range], out);
            Encoding::DELTA_BINARY_PACKED
        }
        Values::Text { lengths, data } => {
            delta::encode(&lengths[range], out);
            out.extend_from_slice(&data[letters]);
            Encoding::DELTA_LENGTH_BYTE_ARRAY
        }
        Values::Pseudonym(data) => {
            out.extend_from_slice(&data[range.start * PSEUDONYM..range.end * PSEUDONYM]);
            Encoding::PLAIN
        }
    }
}

/// Which rows have a value: a bit each, or one run when all have.
fn levels(valid: Option<&BooleanBuffer>, rows: &Range<usize>, out: &mut Vec<u8>) {
    match valid.map(|valid| valid.slice(rows.start, rows.len())) {
        Some(valid) if valid.count_set_bits() < rows.len() => {
            let mut bits = valid.sliced().to_vec();
            bits.truncate(rows.len().div_ceil(8));
            hybrid::flags(&bits, out);
        }
        _ => hybrid::run(1, rows.len(), 1, out),
    }
}
