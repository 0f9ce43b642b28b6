//! Opening a delivery as blocks of text, with its first block looked at.
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::mapping::{self, Mapping};
use super::spss;
use super::{Ingest, IngestError};
use crate::contract::Contract;
use crate::contract::files::FileRule;
use crate::contract::format::{Encoding, Format};
use crate::contract::value_labels::Lists;
use crate::source::SourceError;
use crate::source::blocks::{Block, BlockReader, Quoting, Told};
use crate::source::delimited::Splitter;
use crate::source::encoding::decode;
use crate::source::json::array_lines;
use crate::source::last_line::WithoutLast;
use crate::source::open::Opened;
use crate::source::picked::Picked;
use crate::source::spreadsheet::{self, Limits};
use crate::source::unpack::{ContentHash, Text, unpack};

/// Memory a read or write of a converter moves at a time.
const CHUNK: usize = 1 << 20;

/// A delivery ready to be worked through.
pub struct Source {
    /// The rest of the blocks.
    pub reader: BlockReader,
    /// The first block without header and skipped lines.
    pub first: Option<Block>,
    /// The hash of the packed bytes, complete when the reader is at its end.
    pub hash: ContentHash,
    /// How its records become rows.
    pub mapping: Mapping,
    /// Its encoding.
    pub encoding: Encoding,
    /// What the codes of its columns stand for, when it says so.
    pub labels: Option<Lists>,
    /// Whether the file is over within its first block, head included, and its last line has no line end.
    pub unended: bool,
}

/// Lines at the front of a file that are no rows.
pub fn head(format: &Format) -> u64 {
    match format {
        Format::Delimited(delimited) => u64::from(delimited.skip_lines) + u64::from(delimited.header),
        Format::Fixed { skip_lines, .. } => u64::from(*skip_lines),
        Format::Spreadsheet(sheet) => sheet.header.map_or(0, |(_, last)| u64::from(last)),
        _ => 0,
    }
}

/// Opens a delivery, or only some lines of it; the inner error is a reason to refuse it.
pub fn open(
    ingest: &Ingest<'_>,
    contract: &Contract,
    rule: &FileRule,
    relative: &Path,
    opened: Opened,
    period: Option<&str>,
    only: Option<&[u64]>,
) -> Result<Result<Source, String>, IngestError> {
    let settings = &ingest.project.settings.ingest;
    let name = relative.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (text, hash) = unpack(opened.file, rule.compression.resolve(&name), relative)?;
    let (mut found, mut labels) = (None, None);
    let text: Text = match &contract.format {
        Format::Spss { encoding } => {
            let encoding = rule.encoding.or(*encoding);
            let spss = match spss::open(text, contract, encoding, relative, period, settings.max_columns)? {
                Ok(spss) => spss,
                Err(reason) => return Ok(Err(reason)),
            };
            found = Some((spss.mapping, spss.encoding));
            labels = Some(spss.labels);
            spss.text
        }
        Format::Json { records } => as_lines(text, records.clone()),
        Format::Parquet => {
            let lines = crate::source::parquet::lines(text, &ingest.project.spill());
            lines.map_err(|error| SourceError::broken(relative, 0, error))?
        }
        Format::Spreadsheet(sheet) => {
            let limits = Limits::from(settings);
            // with a header the table is as wide as that
            let width = mapping::by_position(contract, period, &name).map_or(0, |mapping| mapping.width);
            let lines = crate::source::copied(text, &ingest.project.spill(), limits.bytes)
                .and_then(|file| spreadsheet::lines(file, sheet, width, limits));
            lines.map_err(|error| SourceError::broken(relative, 0, error))?
        }
        // a line end too many at the end is no record of blanks
        Format::Fixed { .. } => Box::new(WithoutLast::new(text)),
        _ => text,
    };
    let text = match only {
        Some(lines) => Box::new(Picked::new(text, head(&contract.format), lines.to_vec())),
        None => text,
    };
    let quoting = match &contract.format {
        Format::Delimited(delimited) if delimited.quoted_newlines => delimited.quote.map(|quote| Quoting {
            delimiter: delimited.delimiter,
            quote,
            backslash: delimited.backslash,
        }),
        _ => None,
    };
    let bytes = |size: &crate::config::Size| usize::try_from(size.0).unwrap_or(usize::MAX);
    let (size, max_line) = (bytes(&settings.block_bytes), bytes(&settings.max_line_bytes));
    let mut reader = BlockReader::new(text, relative.to_owned(), size, max_line, quoting);
    let mut first = reader.next(Vec::new())?;
    let unended = of_lines(&contract.format) && first.as_ref().is_some_and(Block::is_unended);
    let mut encoding = rule.encoding.unwrap_or(contract.encoding);
    let delimited = contract.format.as_delimited();
    let mapped = match (&delimited, &mut first) {
        _ if let Some((mapping, own)) = found => {
            encoding = own;
            Ok(mapping)
        }
        (Some(delimited), Some(block)) if delimited.header => {
            skip(block, delimited.skip_lines);
            let splitter = Splitter::new(delimited, bytes(&settings.max_field_bytes));
            header(block, splitter, encoding, settings.max_columns)
                .and_then(|headers| mapping::by_header(contract, &headers, period, &name))
        }
        (Some(delimited), None) if delimited.header => Err("the file is empty".to_owned()),
        (_, block) => {
            if let Some(block) = block {
                let lines = match &contract.format {
                    Format::Delimited(delimited) => delimited.skip_lines,
                    Format::Fixed { skip_lines, .. } => *skip_lines,
                    _ => 0,
                };
                skip(block, lines);
            }
            mapping::by_position(contract, period, &name)
        }
    };
    Ok(mapped.map(|mapping| Source {
        reader,
        first,
        hash,
        mapping,
        encoding,
        labels,
        unended,
    }))
}

/// Whether the file itself is lines of text.
pub fn of_lines(format: &Format) -> bool {
    matches!(format, Format::Delimited(_) | Format::Fixed { .. })
}

/// Drops lines from the front of a block.
fn skip(block: &mut Block, lines: u32) {
    for _ in 0..lines {
        let end = memchr::memchr(b'\n', &block.bytes).map_or(block.bytes.len(), |place| place + 1);
        block.bytes.drain(..end);
        block.first_line += 1;
    }
}

/// Takes the header line off a block.
fn header(
    block: &mut Block,
    splitter: Splitter,
    encoding: Encoding,
    max_columns: usize,
) -> Result<Vec<String>, String> {
    let mut cells = Vec::new();
    let (end, breaks) = splitter.record(&mut block.bytes, 0, &mut cells).map_err(|(_, shape)| {
        format!(
            "the header line cannot be read ({}); are delimiter and quote right?",
            shape.rule()
        )
    })?;
    if cells.len() > max_columns {
        return Err(format!(
            "the header has {} columns; the limit is {max_columns} (ingest.max_columns)",
            cells.len()
        ));
    }
    let mut headers = Vec::with_capacity(cells.len());
    for cell in cells {
        let mut text = Vec::new();
        decode(encoding, cell.get(&block.bytes), &mut text)
            .map_err(|fault| format!("the header is not {}: {}", encoding.name(), fault.rule()))?;
        headers.push(String::from_utf8_lossy(&text).into_owned());
    }
    block.bytes.drain(..(end + 1).min(block.bytes.len()));
    block.first_line += 1 + u64::from(breaks);
    Ok(headers)
}

/// A JSON array as one object a line, converted in a thread of its own.
fn as_lines(text: Text, pointer: String) -> Text {
    let (sender, receiver) = sync_channel(4);
    std::thread::spawn(move || {
        let mut pipe = Pipe {
            sender: &sender,
            buffer: Vec::with_capacity(CHUNK),
        };
        let outcome = array_lines(text, &pointer, &mut |line| {
            pipe.write_all(line.as_bytes())
                .and_then(|()| pipe.write_all(b"\n"))
                .map_err(|error| error.to_string())
        });
        let outcome = outcome.and_then(|()| pipe.flush().map_err(|error| error.to_string()));
        if let Err(reason) = outcome {
            // A reader that is gone does not need the reason.
            let _ = sender.send(Err(reason));
        }
    });
    Box::new(Chunks {
        receiver,
        chunk: Vec::new(),
        at: 0,
    })
}

struct Pipe<'a> {
    sender: &'a SyncSender<Result<Vec<u8>, String>>,
    buffer: Vec<u8>,
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let chunk = std::mem::take(&mut self.buffer);
        self.sender
            .send(Ok(chunk))
            .map_err(|_| std::io::Error::other("nobody reads"))
    }
}

struct Chunks {
    receiver: Receiver<Result<Vec<u8>, String>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.receiver.recv() {
                Ok(Ok(chunk)) => (self.chunk, self.at) = (chunk, 0),
                Ok(Err(reason)) => return Err(std::io::Error::other(Told(reason))),
                Err(_) => return Ok(0),
            }
        }
        let length = buffer.len().min(self.chunk.len() - self.at);
        buffer[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
