//! Some lines of a text, the others passed over.
use std::io::{BufRead, BufReader, Read, Result};

use super::unpack::Text;

/// Memory a text is read through.
const BUFFER: usize = 1 << 16;

/// Reads the first lines of a text and chosen ones behind them. It reads to the end all the same: a text may be hashed.
pub struct Picked {
    text: BufReader<Text>,
    head: u64,
    chosen: std::iter::Peekable<std::vec::IntoIter<u64>>,
    line: u64,
}

impl Picked {
    /// The first `head` lines and those in `chosen`, which is sorted; lines count from 1.
    pub fn new(text: Text, head: u64, mut chosen: Vec<u64>) -> Self {
        chosen.retain(|line| *line > head);
        Self {
            text: BufReader::with_capacity(BUFFER, text),
            head,
            chosen: chosen.into_iter().peekable(),
            line: 1,
        }
    }
}

impl Read for Picked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let wanted = self.line <= self.head || self.chosen.peek() == Some(&self.line);
            let bytes = self.text.fill_buf()?;
            if bytes.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            let mut length = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |place| place + 1);
            if wanted {
                length = length.min(buffer.len());
                buffer[..length].copy_from_slice(&bytes[..length]);
            }
            let ends = bytes[length - 1] == b'\n';
            self.text.consume(length);
            if ends {
                self.line += 1;
                while self.chosen.next_if(|line| *line < self.line).is_some() {}
            }
            if wanted {
                return Ok(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_chosen_lines_come_whole(
            text in "[ab\n]{0,60}", head in 0u64..3, mut chosen in prop::collection::vec(1u64..20, 0..8), size in 1usize..9
        ) {
            chosen.sort_unstable();
            chosen.dedup();
            let mut picked = Picked::new(Box::new(std::io::Cursor::new(text.clone().into_bytes())), head, chosen.clone());
            let (mut found, mut buffer) = (Vec::new(), vec![0; size]);
            while let Ok(length @ 1..) = picked.read(&mut buffer) {
                found.extend_from_slice(&buffer[..length]);
            }
            let lines = (1..).zip(text.split_inclusive('\n'));
            let expected: String = lines.filter(|(line, _)| *line <= head || chosen.contains(line)).map(|(_, text)| text).collect();
            prop_assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
    }
}
