//! A text without the empty line that may stand at its end: a line end too many, not a record.
use std::io::{Read, Result};

use super::unpack::Text;

/// Passes a text on but for a last line that is empty. What it gives does not depend on how it is read.
pub struct WithoutLast {
    text: Text,
    /// The empty line at the end of what was read so far, which may be the last.
    held: Vec<u8>,
    /// What was held and turned out not to be the last, in reverse.
    released: Vec<u8>,
    /// Whether what was passed on ends where a line begins.
    fresh: bool,
}

impl WithoutLast {
    /// `text` without a last line that is empty.
    pub fn new(text: Text) -> Self {
        Self {
            text,
            held: Vec::new(),
            released: Vec::new(),
            fresh: true,
        }
    }

    /// Bytes of the empty line at the end of `bytes`, which follow what was passed on.
    fn empty_line(&self, bytes: &[u8]) -> usize {
        let length = match bytes {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n' | b'\r'] => 1,
            _ => return 0,
        };
        let begins = bytes[..bytes.len() - length]
            .last()
            .map_or(self.fresh, |&byte| byte == b'\n');
        if begins { length } else { 0 }
    }

    /// Notes what is passed on.
    fn pass(&mut self, bytes: &[u8]) {
        self.fresh = bytes.last().map_or(self.fresh, |&byte| byte == b'\n');
    }
}

impl Read for WithoutLast {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if let (Some(place), Some(byte)) = (buffer.first_mut(), self.released.pop()) {
                *place = byte;
                return Ok(1);
            }
            // behind held bytes only a few more are needed to tell, and what is released goes out one by one
            let most = if self.held.is_empty() {
                buffer.len()
            } else {
                buffer.len().min(2)
            };
            let read = self.text.read(&mut buffer[..most])?;
            if read == 0 {
                return Ok(0);
            }
            if self.held.is_empty() {
                let passed = read - self.empty_line(&buffer[..read]);
                self.held.extend_from_slice(&buffer[passed..read]);
                self.pass(&buffer[..passed]);
                if passed > 0 {
                    return Ok(passed);
                }
            } else {
                let mut bytes = std::mem::take(&mut self.held);
                bytes.extend_from_slice(&buffer[..read]);
                self.held = bytes.split_off(bytes.len() - self.empty_line(&bytes));
                self.pass(&bytes);
                bytes.reverse();
                self.released = bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text that comes in pieces of a size.
    struct Pieces(std::io::Cursor<Vec<u8>>, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    fn without_last(text: &str, piece: usize) -> String {
        let mut found = String::new();
        let pieces = Pieces(std::io::Cursor::new(text.as_bytes().to_vec()), piece);
        WithoutLast::new(Box::new(pieces)).read_to_string(&mut found).unwrap();
        found
    }

    #[test]
    fn only_a_last_line_that_is_empty_goes() {
        for (text, left) in [
            ("a\n\n", "a\n"),
            ("a\r\n\r\n", "a\r\n"),
            ("a\n\n\n", "a\n\n"),
            ("a\n\r", "a\n"),
            ("\n", ""),
            ("a\n", "a\n"),
            ("a\r", "a\r"),
            ("a\n \n", "a\n \n"),
            ("\n\na", "\n\na"),
        ] {
            assert_eq!(without_last(text, 100), left, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_it_is_read(text in "[a\r\n]{0,40}", piece in 1usize..8) {
            prop_assert_eq!(without_last(&text, piece), without_last(&text, 1000));
        }
    }
}
