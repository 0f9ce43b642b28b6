//! The cases of a file as lines of cells, made as they are read.
use std::io::{Error, Read};

use super::cases::Cases;
use super::dictionary::Dictionary;
use super::input::Input;
use super::sheet::Sheet;
use super::{Result, SpssError};
use crate::source::blocks::Told;

/// Bytes of lines that are made at a time.
const CHUNK: usize = 1 << 17;

/// Lines of cells. Line 1 is case 1; `cells` finds the cells again. The file is read to its end.
pub struct Lines {
    cases: Cases,
    sheet: Sheet,
    case: Vec<u8>,
    made: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Lines {
    /// The lines of the cases behind a dictionary.
    ///
    /// # Errors
    /// When the data do not begin as they should.
    pub fn new(input: Input, dictionary: &Dictionary, sheet: Sheet) -> Result<Self> {
        let cases = Cases::new(input, dictionary)?;
        Ok(Self {
            case: vec![0; cases.size()],
            cases,
            sheet,
            made: Vec::new(),
            at: 0,
            ended: false,
        })
    }

    fn make(&mut self) -> Result<()> {
        self.made.clear();
        self.at = 0;
        while self.made.len() < CHUNK && !self.ended {
            if self.cases.next(&mut self.case)? {
                self.sheet.write(&self.case, &mut self.made);
            } else {
                self.ended = true;
            }
        }
        Ok(())
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.made.len() && !self.ended {
            self.make().map_err(|error| match error {
                SpssError::Wrong(reason) => Error::other(Told(reason)),
                SpssError::Io(error) => error,
            })?;
        }
        let length = buffer.len().min(self.made.len() - self.at);
        buffer[..length].copy_from_slice(&self.made[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
