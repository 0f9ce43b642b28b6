//! Reading the records of the file under inference, as often as needed, the way ingest reads them.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::InferError;
use crate::contract::format::{Compression, Delimited};
use crate::source::blocks::{BlockReader, Quoting};
use crate::source::cells::{Cell, Records};
use crate::source::delimited::{Position, Splitter};
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

/// A delimited file whose dialect is known
#[derive(Debug, Clone)]
pub struct Table {
    /// Where it is
    pub path: PathBuf,
    /// Its dialect
    pub format: Delimited,
    /// Fields of a record
    pub width: usize,
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

/// Records whose shape is wrong, by rule: how many, and the line of the first
pub type Misshapen = BTreeMap<&'static str, (u64, u64)>;

impl Table {
    /// Visits the header's record (`true`) and then the others, until `visit` returns false
    pub fn visit(&self, mut visit: impl FnMut(bool, &Record<'_>) -> bool) -> Result<Misshapen, InferError> {
        let format = &self.format;
        let quoting = format.quote.filter(|_| format.quoted_newlines).map(|quote| Quoting {
            delimiter: format.delimiter,
            quote,
            backslash: format.backslash,
        });
        let mut reader = BlockReader::new(open(&self.path)?, self.path.clone(), BLOCK, LONGEST_RECORD, quoting);
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
