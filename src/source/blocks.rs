//! Cutting text into blocks that end at a record boundary.
use std::io::Read;
use std::path::PathBuf;

use super::SourceError;
use super::unpack::Text;

/// A stretch of whole records.
#[derive(Debug)]
pub struct Block {
    /// Place in the file, from 0.
    pub index: u64,
    /// The bytes, ending behind a record.
    pub bytes: Vec<u8>,
    /// Number of the first line, from 1.
    pub first_line: u64,
}

impl Block {
    /// Whether its last line has no line end: it is the last of the file then.
    pub fn is_unended(&self) -> bool {
        self.bytes.last().is_some_and(|byte| *byte != b'\n')
    }
}

/// A reader's own account of what is wrong with its input.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Told(pub String);

/// How quotes hide line ends; `None` when they cannot.
#[derive(Debug, Clone, Copy)]
pub struct Quoting {
    /// The byte between fields.
    pub delimiter: u8,
    /// The quote.
    pub quote: u8,
    /// Whether a backslash escapes within quotes.
    pub backslash: bool,
}

/// Reads blocks of about a fixed size.
pub struct BlockReader {
    text: Text,
    path: PathBuf,
    size: usize,
    max_line: usize,
    quoting: Option<Quoting>,
    carry: Vec<u8>,
    index: u64,
    line: u64,
    offset: u64,
    ended: bool,
}

impl BlockReader {
    /// A reader of blocks of about `size` bytes, refusing records beyond `max_line` bytes.
    pub fn new(text: Text, path: PathBuf, size: usize, max_line: usize, quoting: Option<Quoting>) -> Self {
        let carry = Vec::new();
        Self {
            text,
            path,
            size: size.max(1),
            max_line,
            quoting,
            carry,
            index: 0,
            line: 1,
            offset: 0,
            ended: false,
        }
    }

    /// The next block, in the memory of `buffer`; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read to its end, is UTF-16, or holds a record beyond the limit.
    pub fn next(&mut self, mut buffer: Vec<u8>) -> Result<Option<Block>, SourceError> {
        // What an old buffer holds is overwritten: clearing it would cost a pass over its memory.
        let carried = self.carry.len();
        buffer.resize(buffer.len().max(carried), 0);
        buffer[..carried].copy_from_slice(&self.carry);
        self.carry.clear();
        let (mut at, mut want) = (carried, self.size);
        loop {
            self.fill(&mut buffer, at, want)?;
            at = buffer.len();
            if self.index == 0 {
                self.byte_order_mark(&mut buffer)?;
            }
            if buffer.is_empty() {
                return Ok(None);
            }
            let end = if self.ended {
                Some(buffer.len())
            } else {
                self.boundary(&buffer)
            };
            if let Some(end) = end {
                self.carry.extend_from_slice(&buffer[end..]);
                buffer.truncate(end);
                let block = Block {
                    index: self.index,
                    first_line: self.line,
                    bytes: buffer,
                };
                self.index += 1;
                self.line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
                return Ok(Some(block));
            }
            if buffer.len() > self.max_line {
                let what = if self.quoting.is_some() {
                    "a record (or an open quote)"
                } else {
                    "a line"
                };
                let reason = format!(
                    "{what} from line {} on is longer than {} bytes",
                    self.line, self.max_line
                );
                return Err(SourceError::Damaged {
                    path: self.path.clone(),
                    reason,
                });
            }
            want = buffer.len() * 2;
        }
    }

    /// Reads on behind the first `at` bytes of the buffer, until it holds as many as wanted or the file ends.
    fn fill(&mut self, buffer: &mut Vec<u8>, mut at: usize, want: usize) -> Result<(), SourceError> {
        if self.ended || at >= want {
            buffer.truncate(at);
            return Ok(());
        }
        buffer.resize(want, 0);
        while at < want {
            match self.text.read(&mut buffer[at..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => {
                    at += read;
                    self.offset += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
        buffer.truncate(at);
        Ok(())
    }

    fn broken(&self, source: std::io::Error) -> SourceError {
        SourceError::broken(&self.path, self.offset, source)
    }

    fn byte_order_mark(&self, buffer: &mut Vec<u8>) -> Result<(), SourceError> {
        if buffer.starts_with(&[0xff, 0xfe]) || buffer.starts_with(&[0xfe, 0xff]) {
            let reason = "the file is UTF-16; ask for one of the encodings a contract can declare".to_owned();
            return Err(SourceError::Damaged {
                path: self.path.clone(),
                reason,
            });
        }
        if buffer.starts_with(&[0xef, 0xbb, 0xbf]) {
            buffer.drain(..3);
        }
        Ok(())
    }

    /// The end of the last whole record.
    fn boundary(&self, bytes: &[u8]) -> Option<usize> {
        let Some(quoting) = self.quoting else {
            return memchr::memrchr(b'\n', bytes).map(|place| place + 1);
        };
        let (mut quoted, mut field_start, mut last, mut at) = (false, true, None, 0);
        while at < bytes.len() {
            let byte = bytes[at];
            if quoted {
                if quoting.backslash && byte == b'\\' {
                    at += 1;
                } else if byte == quoting.quote {
                    if !quoting.backslash && bytes.get(at + 1) == Some(&quoting.quote) {
                        at += 1;
                    } else {
                        quoted = false;
                    }
                }
            } else if byte == quoting.quote && field_start {
                quoted = true;
            } else if byte == b'\n' {
                last = Some(at + 1);
            }
            field_start = !quoted && (byte == quoting.delimiter || byte == b'\n');
            at += 1;
        }
        // A quote that ends the bytes read so far may be the first half of an escaped one: cut earlier.
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blocks(text: &[u8], size: usize, quoting: Option<Quoting>) -> Vec<Block> {
        let text = Box::new(std::io::Cursor::new(text.to_vec()));
        let mut reader = BlockReader::new(text, "x".into(), size, 1 << 20, quoting);
        std::iter::from_fn(|| reader.next(Vec::new()).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn blocks_are_whole_lines_and_lose_nothing(text in "[a-c;\n]{0,80}", size in 1usize..20) {
            let blocks = blocks(text.as_bytes(), size, None);
            let joined: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
            prop_assert_eq!(joined, text.as_bytes());
            for pair in blocks.windows(2) {
                prop_assert!(pair[0].bytes.ends_with(b"\n"));
                let lines = memchr::memchr_iter(b'\n', &pair[0].bytes).count() as u64;
                prop_assert_eq!(pair[0].first_line + lines, pair[1].first_line);
            }
        }
    }

    #[test]
    fn a_quoted_line_break_does_not_end_a_block() {
        let quoting = Some(Quoting {
            delimiter: b';',
            quote: b'"',
            backslash: false,
        });
        let record = "a;\"x\ny\"\"\n\";1\n";
        let found = blocks(record.repeat(40).as_bytes(), 3, quoting);
        assert!(found.len() > 10);
        let mut line = 1;
        for block in found {
            let records = block.bytes.len() / record.len();
            assert_eq!(block.bytes, record.repeat(records).as_bytes());
            assert_eq!(block.first_line, line);
            line += 3 * records as u64;
        }
    }

    #[test]
    fn marks_of_other_encodings_are_told() {
        let text = Box::new(std::io::Cursor::new(vec![0xff, 0xfe, b'a', 0]));
        assert!(
            BlockReader::new(text, "x".into(), 10, 100, None)
                .next(Vec::new())
                .is_err()
        );
        assert_eq!(blocks(b"\xef\xbb\xbfa\n", 10, None)[0].bytes, b"a\n");
    }
}
