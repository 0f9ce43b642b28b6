//! The bytes of a file in order, with the place where reading stands.
use std::io::{BufRead, BufReader, ErrorKind, Read};

use super::{Result, wrong};
use crate::source::unpack::Text;

/// Most bytes before the data: what is kept of them is kept in memory.
pub const DICTIONARY: u64 = 32 << 20;

/// The order of the bytes in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Lowest first.
    Little,
    /// Highest first.
    Big,
}

impl Order {
    /// A whole number of 32 bits.
    pub fn i32(self, bytes: [u8; 4]) -> i32 {
        match self {
            Self::Little => i32::from_le_bytes(bytes),
            Self::Big => i32::from_be_bytes(bytes),
        }
    }

    /// A whole number of 64 bits.
    pub fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            Self::Little => i64::from_le_bytes(bytes),
            Self::Big => i64::from_be_bytes(bytes),
        }
    }

    /// A number of 64 bits.
    pub fn f64(self, bytes: [u8; 8]) -> f64 {
        match self {
            Self::Little => f64::from_le_bytes(bytes),
            Self::Big => f64::from_be_bytes(bytes),
        }
    }

    /// The bytes of a number.
    pub fn bytes(self, number: f64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// A file being read.
pub struct Input {
    text: BufReader<Text>,
    /// The order of its bytes, known once the header is read.
    pub order: Order,
    /// Bytes read so far, of the file unpacked.
    pub at: u64,
}

impl Input {
    /// Reads from the front.
    pub fn new(text: Text) -> Self {
        Self {
            text: BufReader::with_capacity(1 << 18, text),
            order: Order::Little,
            at: 0,
        }
    }

    /// Fills the buffer as far as the file goes; how far that is.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.text.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }

    /// So many bytes, of `what`.
    pub fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        if self.fill(&mut bytes)? < N {
            return wrong(format!("the file ends at byte {}, within {what}", self.at));
        }
        Ok(bytes)
    }

    /// A whole number of 32 bits, of `what`.
    pub fn i32(&mut self, what: &str) -> Result<i32> {
        Ok(self.order.i32(self.array(what)?))
    }

    /// A whole number of 64 bits, of `what`.
    pub fn i64(&mut self, what: &str) -> Result<i64> {
        Ok(self.order.i64(self.array(what)?))
    }

    /// A number of 64 bits, of `what`.
    pub fn f64(&mut self, what: &str) -> Result<f64> {
        Ok(self.order.f64(self.array(what)?))
    }

    /// A number of things, of `what`: not negative.
    pub fn count(&mut self, what: &str) -> Result<u32> {
        let count = self.i32(what)?;
        match u32::try_from(count) {
            Ok(count) => Ok(count),
            Err(_) => wrong(format!("{what} has a negative length at byte {}", self.at - 4)),
        }
    }

    /// The next `length` bytes, of `what`, when so many can be part of a dictionary.
    pub fn bytes(&mut self, length: u64, what: &str) -> Result<Vec<u8>> {
        self.fits(length, what)?;
        let mut bytes = Vec::new();
        let read = (&mut self.text).take(length).read_to_end(&mut bytes)? as u64;
        self.at += read;
        if read < length {
            return wrong(format!("the file ends at byte {}, within {what}", self.at));
        }
        Ok(bytes)
    }

    /// Passes `length` bytes, of `what`, over.
    pub fn skip(&mut self, length: u64, what: &str) -> Result<()> {
        self.fits(length, what)?;
        let passed = std::io::copy(&mut (&mut self.text).take(length), &mut std::io::sink())?;
        self.at += passed;
        if passed < length {
            return wrong(format!("the file ends at byte {}, within {what}", self.at));
        }
        Ok(())
    }

    /// Refuses a dictionary beyond the limit.
    pub fn fits(&self, length: u64, what: &str) -> Result<()> {
        match self.at.checked_add(length) {
            Some(end) if end <= DICTIONARY => Ok(()),
            _ => wrong(format!(
                "{what} at byte {} claims {length} bytes; the limit before the data is {DICTIONARY} bytes",
                self.at
            )),
        }
    }

    /// Whether nothing is left.
    pub fn is_at_end(&mut self) -> Result<bool> {
        loop {
            match self.text.fill_buf() {
                Ok(bytes) => return Ok(bytes.is_empty()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
