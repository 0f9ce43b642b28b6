//! Measuring the file a layout describes: real records can be longer than their layout.
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// What the lines of a fixed-width file measure
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Lines
    pub records: u64,
    /// Bytes of the longest, without its end and without trailing blanks
    pub longest: usize,
    /// Lines longer than the layout's record
    pub beyond: u64,
}

/// No record is longer
const LONGEST: usize = 1 << 20;

/// Measures the lines of a file against a record length
pub fn measure(path: &Path, length: usize) -> std::io::Result<Measured> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut measured = Measured::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        // a line without end must not fill the memory
        let read = std::io::Read::take(&mut reader, LONGEST as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(measured);
        }
        let text = line.trim_ascii_end();
        measured.records += 1;
        measured.longest = measured.longest.max(text.len());
        measured.beyond += u64::from(text.len() > length);
    }
}
