//! Column chunks: columns encoded as Parquet has them.
//!
//! Encoding is the most work of an ingest, and the parquet crate's writers take one value at a time. Numbers, dates,
//! short decimals, texts and pseudonyms are nearly all that is delivered: their pages are encoded here, a whole column
//! at a time, and the crate only puts them into the file. Columns of other types, and those with a bloom filter or
//! bounds of each page, are the crate's own work.

mod bits;
mod bounds;
mod delta;
mod dictionary;
mod encoder;
mod hybrid;
mod interner;
mod layout;
mod pages;
mod pays;
mod properties;
mod values;

#[cfg(test)]
mod tests;

use std::io::Write;

use bytes::Bytes;
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::writer::SerializedRowGroupWriter;

pub use encoder::Encoder;
pub use layout::Layouts;

/// An encoded column of one row group.
pub enum Chunk {
    /// Encoded here.
    Ours(Bytes, Box<ColumnCloseResult>),
    /// Encoded by the parquet crate.
    Theirs(Box<ArrowColumnChunk>),
}

impl Chunk {
    /// Puts the chunk into a row group.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append_to<W: Write + Send>(self, row_group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        match self {
            Self::Ours(bytes, close) => row_group.append_column(&bytes, *close),
            Self::Theirs(chunk) => chunk.append_to_row_group(row_group),
        }
    }
}
