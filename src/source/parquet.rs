//! Parquet deliveries, read in a child process.
//!
//! Lengths in a binary file are hostile, and the reader panics on some damaged ones. The child has limits on memory and
//! time, reads only the descriptor it is given, and writes one JSON object a line; its death is a refused delivery.
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::blocks::Told;
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
pub fn lines(mut text: Text, spill: &Path) -> Result<Text, String> {
    let tell = |error: std::io::Error| format!("cannot prepare the Parquet reader: {error}");
    std::fs::create_dir_all(spill).map_err(tell)?;
    let mut copy = tempfile::tempfile_in(spill).map_err(tell)?;
    std::io::copy(&mut text, &mut copy).map_err(tell)?;
    std::io::Seek::rewind(&mut copy).map_err(tell)?;
    let program = std::env::current_exe().map_err(tell)?;
    let mut child = Command::new(program)
        .arg(CHILD)
        .env_clear()
        .stdin(Stdio::from(copy))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(tell)?;
    let output = child.stdout.take().ok_or("the Parquet reader has no output")?;
    Ok(Box::new(FromChild { child, output }))
}

/// The child's output; its end is only an end when the child says that all went well.
struct FromChild {
    child: Child,
    output: ChildStdout,
}

impl Read for FromChild {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.output.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.child.wait()?.success() {
            let reason = "the Parquet file is damaged, or beyond the reader's limits".to_owned();
            return Err(std::io::Error::other(Told(reason)));
        }
        Ok(read)
    }
}

impl Drop for FromChild {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the child does: Parquet on standard input (a regular file), lines of JSON to `out`.
///
/// # Errors
/// A sentence without any value of the file.
pub fn child(input: File, out: &mut impl Write) -> Result<(), String> {
    let limit = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::As, limit(MEMORY)).map_err(|error| error.to_string())?;
    setrlimit(Resource::Cpu, limit(SECONDS)).map_err(|error| error.to_string())?;
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
