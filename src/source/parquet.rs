//! Parquet deliveries, read in a child process as one JSON object a line.
use std::fs::File;
use std::io::Write;
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::child;
use super::unpack::Text;

/// The hidden command that the child runs.
pub const CHILD: &str = "__read-parquet";
/// Address space of the child, in bytes.
const MEMORY: u64 = 4 << 30;
/// Processor time of the child, in seconds.
const SECONDS: u64 = 3600;
/// Rows read at a time.
const ROWS: usize = 4096;

/// The rows of a Parquet file as lines of JSON.
///
/// The packed text is copied to an unnamed file of the spill folder, because Parquet is read from its end.
///
/// # Errors
/// When the copy or the child cannot be made.
pub fn lines(text: Text, spill: &Path) -> std::io::Result<Text> {
    let damaged = "the Parquet file is damaged, or beyond the reader's limits";
    child::reader(&[CHILD], child::copied(text, spill, u64::MAX)?, damaged)
}

/// What the child does: Parquet on standard input (a regular file), lines of JSON to `out`.
///
/// # Errors
/// A sentence without any value of the file.
pub fn child(input: File, out: &mut impl Write) -> Result<(), String> {
    child::limit_memory(MEMORY)?;
    child::limit_time(SECONDS)?;
    let tell = |_| "not a readable Parquet file".to_owned();
    let rows = ParquetRecordBatchReaderBuilder::try_new(input)
        .map_err(tell)?
        .with_batch_size(ROWS)
        .build()
        .map_err(tell)?;
    let mut writer = arrow::json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow::json::writer::LineDelimited>(out);
    for batch in rows {
        let batch = batch.map_err(|_| "a row group cannot be read".to_owned())?;
        writer
            .write(&batch)
            .map_err(|_| "a value cannot be written".to_owned())?;
    }
    writer.finish().map_err(|_| "the lines cannot be finished".to_owned())
}
