//! One pass over every byte of a file: line ends, control bytes, and the evidence for its encoding.
use std::io::Read;

use super::evidence::{CANDIDATES, Score, Scores};
use crate::source::encoding::is_plain;

/// Bytes read at a time
const CHUNK: usize = 1 << 20;

/// What the bytes of a file say
#[derive(Debug, Default)]
pub struct Census {
    /// All bytes, the byte-order mark too
    pub bytes: u64,
    /// Begins with the mark of UTF-8
    pub byte_order_mark: bool,
    /// Begins with a mark of UTF-16
    pub utf16: bool,
    /// Line feeds without a carriage return
    pub line_feeds: u64,
    /// Carriage return, line feed
    pub pairs: u64,
    /// Carriage returns alone
    pub lone_returns: u64,
    /// NUL bytes, and where the first is
    pub nuls: Count,
    /// 0x1A, the old end-of-file mark
    pub end_marks: Count,
    /// Other control bytes
    pub controls: Count,
    /// Double quotes
    pub quotes: u64,
    /// Bytes of 0x80 and up
    pub high: Count,
    /// Of the high bytes in 0x80 to 0x9F, where ISO 8859-1 has no characters
    pub c1: u64,
    /// Sequences of more than one byte that are UTF-8
    pub sequences: u64,
    /// Bytes that are not UTF-8
    pub not_utf8: Count,
    /// U+FFFD, the mark of an earlier wrong decoding
    pub replacements: u64,
    /// How each single-byte encoding reads the high bytes
    pub scores: [Score; CANDIDATES.len()],
    /// The first bytes, without a byte-order mark
    pub sample: Vec<u8>,
}

/// How many, and the place of the first
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How many
    pub number: u64,
    /// Byte offset of the first
    pub first: u64,
}

impl Count {
    fn add(&mut self, offset: u64) {
        if self.number == 0 {
            self.first = offset;
        }
        self.number += 1;
    }
}

/// Reads everything; keeps at most `sample` bytes
pub fn census(mut text: impl Read, sample: usize) -> std::io::Result<Census> {
    let mut census = Census::default();
    let mut scores = Scores::default();
    let mut utf8 = Utf8::default();
    let mut chunk = vec![0; CHUNK];
    let mut previous = 0u8;
    loop {
        let mut length = 0;
        while length < CHUNK {
            match text.read(&mut chunk[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut bytes = &chunk[..length];
        if census.bytes == 0 {
            census.utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            census.byte_order_mark = bytes.starts_with(&[0xef, 0xbb, 0xbf]);
            if census.byte_order_mark {
                bytes = &bytes[3..];
                census.bytes = 3;
            }
        }
        let room = sample.saturating_sub(census.sample.len()).min(bytes.len());
        census.sample.extend_from_slice(&bytes[..room]);
        if bytes.is_empty() {
            break;
        }
        census.take(bytes, &mut previous, &mut scores, &mut utf8);
    }
    scores.end();
    utf8.end(&mut census);
    census.scores = scores.totals;
    census.lone_returns -= census.pairs;
    census.line_feeds -= census.pairs;
    Ok(census)
}

impl Census {
    fn take(&mut self, bytes: &[u8], previous: &mut u8, scores: &mut Scores, utf8: &mut Utf8) {
        for bytes in bytes.chunks(4096) {
            for place in memchr::memchr_iter(b'\n', bytes) {
                let before = if place == 0 { *previous } else { bytes[place - 1] };
                self.pairs += u64::from(before == b'\r');
                self.line_feeds += 1;
            }
            self.lone_returns += memchr::memchr_iter(b'\r', bytes).count() as u64;
            self.quotes += memchr::memchr_iter(b'"', bytes).count() as u64;
            if is_plain(bytes) && !utf8.open() {
                scores.skip(bytes);
            } else {
                self.examine(bytes, scores, utf8);
            }
            *previous = bytes.last().copied().unwrap_or(*previous);
            self.bytes += bytes.len() as u64;
        }
    }

    fn examine(&mut self, bytes: &[u8], scores: &mut Scores, utf8: &mut Utf8) {
        for (&byte, offset) in bytes.iter().zip(self.bytes..) {
            scores.take(byte);
            if byte >= 0x80 || utf8.open() {
                utf8.take(byte, offset, self);
            }
            match byte {
                0 => self.nuls.add(offset),
                0x1a => self.end_marks.add(offset),
                b'\t' | b'\n' | b'\r' => {}
                1..0x20 | 0x7f => self.controls.add(offset),
                0x80.. => {
                    self.high.add(offset);
                    self.c1 += u64::from(byte < 0xa0);
                }
                _ => {}
            }
        }
    }
}

/// Checks UTF-8 byte by byte
#[derive(Debug, Default)]
struct Utf8 {
    sequence: [u8; 4],
    length: usize,
    start: u64,
}

impl Utf8 {
    fn open(&self) -> bool {
        self.length > 0
    }

    fn take(&mut self, byte: u8, offset: u64, census: &mut Census) {
        if self.length == 0 {
            self.start = offset;
        }
        self.sequence[self.length] = byte;
        self.length += 1;
        match std::str::from_utf8(&self.sequence[..self.length]) {
            Ok(text) => {
                census.sequences += 1;
                census.replacements += u64::from(text == "\u{fffd}");
                self.length = 0;
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                census.not_utf8.add(self.start);
                // the byte that broke the sequence may begin another
                let again = self.length > 1 && byte >= 0x80;
                self.length = 0;
                if again {
                    self.take(byte, offset, census);
                }
            }
        }
    }

    fn end(&self, census: &mut Census) {
        if self.open() {
            census.not_utf8.add(self.start);
        }
    }
}
