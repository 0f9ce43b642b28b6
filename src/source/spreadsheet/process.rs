//! The process that reads a spreadsheet, and its two ends.
use std::fs::File;
use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use super::book::Book;
use super::container::{Limits, check};
use super::outline::{self, Outline};
use super::table;
use crate::contract::sheet::Spreadsheet;
use crate::source::child;
use crate::source::unpack::Text;

/// The hidden command that the child runs; the request follows as JSON.
pub const CHILD: &str = "__read-spreadsheet";
/// Address space that the program itself needs, in bytes.
const PROGRAM: u64 = 1 << 30;
/// What a byte of a workbook may become in the memory of its reader.
const GROWTH: u64 = 4;
/// Processor time before a file is known to be safe, in seconds; after that a second more for each of these bytes.
const SECONDS: u64 = 60;
const BYTES_A_SECOND: u64 = 1 << 20;
/// What is said when the child does not say why it stopped.
const DAMAGED: &str = "the spreadsheet is damaged, or beyond its reader's limits of memory and time";

/// What the child is asked.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    limits: Limits,
    wanted: Wanted,
}

#[derive(Debug, Serialize, Deserialize)]
enum Wanted {
    /// The table as lines; without a header it has this many columns.
    Lines(Spreadsheet, u32),
    /// What stands where in the first visible sheet.
    Outline,
}

/// The table of a spreadsheet as lines of text, a delivery's rows; without a header it has `width` columns.
///
/// # Errors
/// When the reader cannot be started; what is wrong with the file comes with the first read.
pub fn lines(file: File, layout: &Spreadsheet, width: usize, limits: Limits) -> std::io::Result<Text> {
    let width = u32::try_from(width).unwrap_or(u32::MAX);
    ask(file, limits, Wanted::Lines(layout.clone(), width))
}

/// What stands where in the first visible sheet, for somebody who has to find the table in it.
///
/// # Errors
/// Why the file cannot be read.
pub fn outline(file: File, limits: Limits) -> Result<Outline, String> {
    let text = ask(file, limits, Wanted::Outline).map_err(|error| error.to_string())?;
    serde_json::from_reader(text).map_err(|error| {
        let error = std::io::Error::from(error);
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<crate::source::blocks::Told>())
        {
            Some(told) => told.0.clone(),
            None => DAMAGED.to_owned(),
        }
    })
}

fn ask(file: File, limits: Limits, wanted: Wanted) -> std::io::Result<Text> {
    let request = serde_json::to_string(&Request { limits, wanted })?;
    child::reader(&[CHILD, &request], file, DAMAGED)
}

/// What the child does: a spreadsheet on standard input (a regular file), lines of text to `out`.
///
/// # Errors
/// A sentence without any value of the file.
pub fn child(input: File, request: &str, out: &mut impl Write) -> Result<(), String> {
    // what a reader says as it dies may hold values of the file
    std::panic::set_hook(Box::new(|_| {}));
    let request: Request = serde_json::from_str(request).map_err(|_| "no request".to_owned())?;
    let limits = &request.limits;
    child::limit_memory(PROGRAM.saturating_add(limits.bytes.saturating_mul(GROWTH)))?;
    child::limit_time(SECONDS)?;
    catch_unwind(AssertUnwindSafe(|| read(input, &request, out)))
        .unwrap_or_else(|_| Err("the spreadsheet is damaged: its reader stopped".to_owned()))
}

fn read(mut input: File, request: &Request, out: &mut impl Write) -> Result<(), String> {
    let (kind, bytes) = check(&mut input, &request.limits)?;
    child::limit_time(2 * SECONDS + bytes / BYTES_A_SECOND)?;
    let mut book = Book::open(input, kind)?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match &request.wanted {
        Wanted::Lines(layout, width) => table::write(&mut book, layout, *width, &mut out)?,
        Wanted::Outline => {
            let outline = outline::of(&mut book)?;
            serde_json::to_writer(&mut out, &outline).map_err(|_| "nobody reads the outline".to_owned())?;
        }
    }
    out.flush().map_err(|_| "nobody reads the lines".to_owned())
}
