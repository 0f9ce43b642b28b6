//! Reading the records of the file under inference, as often as needed, the way ingest reads them.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::InferError;
use crate::contract::format::{Compression, Delimited};
use crate::contract::sheet::Spreadsheet;
use crate::source::blocks::{BlockReader, Quoting};
use crate::source::cells::{Cell, Records};
use crate::source::delimited::{Position, Splitter};
use crate::source::spreadsheet::{self, Limits, line};
use crate::source::unpack::{Text, unpack};

const BLOCK: usize = 4 << 20;
const LONGEST_RECORD: usize = 16 << 20;
const LONGEST_FIELD: usize = 1 << 20;
/// Records looked at together
const BATCH: usize = 4096;

/// Opens the text of a file, unpacked; a regular file only
pub fn open(path: &Path) -> Result<Text, InferError> {
    let io = |source| InferError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(InferError::NotAFile { path: path.to_owned() });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(unpack(file, Compression::Auto.resolve(&name), path)?.0)
}

/// The first bytes of a file, unpacked; none when it cannot be read, which is told when it is
pub fn front(path: &Path) -> Option<[u8; 4]> {
    let mut front = [0; 4];
    open(path).ok()?.read_exact(&mut front).ok()?;
    Some(front)
}

/// A delimited file whose dialect is known, or a table in a spreadsheet
#[derive(Debug, Clone)]
pub struct Table {
    /// Where it is
    pub path: PathBuf,
    /// Its dialect
    pub format: Delimited,
    /// Fields of a record
    pub width: usize,
    /// Where in a spreadsheet it is, and what that may unpack to
    pub sheet: Option<(Spreadsheet, Limits)>,
}

/// A record: its fields, trimmed
pub struct Record<'a> {
    bytes: &'a [u8],
    cells: &'a [Cell],
}

impl<'a> Record<'a> {
    /// A field, trimmed
    pub fn field(&self, place: usize) -> &'a [u8] {
        self.cells
            .get(place)
            .map_or(&[], |cell| cell.trimmed(self.bytes).get(self.bytes))
    }
}

/// Records whose shape is wrong or that hold an error, by rule: how many, and the line of the first
pub type Misshapen = BTreeMap<&'static str, (u64, u64)>;

impl Table {
    /// The table in a spreadsheet; with a header its width is to be measured
    pub fn of_sheet(path: &Path, layout: Spreadsheet, width: usize, limits: Limits) -> Self {
        Self {
            path: path.to_owned(),
            format: layout.as_text(),
            width,
            sheet: Some((layout, limits)),
        }
    }

    /// Its text
    fn text(&self) -> Result<Text, InferError> {
        let Some((layout, limits)) = &self.sheet else {
            return open(&self.path);
        };
        let file = File::open(&self.path).map_err(|source| InferError::Io {
            path: self.path.clone(),
            source,
        })?;
        spreadsheet::lines(file, layout, self.width, *limits).map_err(|source| InferError::Io {
            path: self.path.clone(),
            source,
        })
    }

    /// Counts the fields of its first record
    pub fn measure(&mut self) -> Result<(), InferError> {
        let mut reader = BlockReader::new(self.text()?, self.path.clone(), BLOCK, LONGEST_RECORD, None);
        if let Some(mut block) = reader.next(Vec::new())? {
            let (mut position, mut cells) = (Position::default(), Vec::new());
            skip(&block.bytes, self.format.skip_lines, &mut position);
            let splitter = Splitter::new(&self.format, LONGEST_FIELD);
            let _ = splitter.record(&mut block.bytes, position.at, &mut cells);
            self.width = cells.len();
        }
        Ok(())
    }

    /// Visits the header's record (`true`) and then the others, until `visit` returns false
    pub fn visit(&self, mut visit: impl FnMut(bool, &Record<'_>) -> bool) -> Result<Misshapen, InferError> {
        let format = &self.format;
        let quoting = format.quote.filter(|_| format.quoted_newlines).map(|quote| Quoting {
            delimiter: format.delimiter,
            quote,
            backslash: format.backslash,
        });
        let mut reader = BlockReader::new(self.text()?, self.path.clone(), BLOCK, LONGEST_RECORD, quoting);
        let splitter = Splitter::new(format, LONGEST_FIELD);
        let mut misshapen = Misshapen::new();
        let mut records = Records::new(self.width);
        let mut buffer = Vec::new();
        let mut header = format.header;
        while let Some(mut block) = reader.next(buffer)? {
            let splitter = splitter.for_block(&block.bytes);
            let mut position = Position::default();
            if block.index == 0 {
                skip(&block.bytes, format.skip_lines, &mut position);
            }
            while position.at < block.bytes.len() {
                let most = if header { 1 } else { BATCH };
                splitter.records(&mut block.bytes, &mut position, most, &mut records);
                if self.sheet.is_some() {
                    line::restore(&mut block.bytes, &[], &mut records);
                }
                for (record, _) in &records.errors {
                    let line = block.first_line + records.lines.get(*record).map_or(0, |line| u64::from(*line));
                    misshapen.entry("cell_error").or_insert((0, line)).0 += 1;
                }
                for found in &records.misshapen {
                    let line = block.first_line + u64::from(found.line);
                    misshapen.entry(found.shape.rule()).or_insert((0, line)).0 += 1;
                }
                for cells in records.cells.chunks_exact(self.width.max(1)) {
                    let bytes = &block.bytes;
                    if !visit(header, &Record { bytes, cells }) {
                        return Ok(misshapen);
                    }
                    header = false;
                }
                records.clear();
            }
            buffer = block.bytes;
        }
        Ok(misshapen)
    }
}

fn skip(bytes: &[u8], lines: u32, position: &mut Position) {
    for _ in 0..lines {
        let Some(length) = memchr::memchr(b'\n', &bytes[position.at..]) else {
            return;
        };
        position.at += length + 1;
        position.line += 1;
    }
}
