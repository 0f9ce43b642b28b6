//! Files that no contract can be drafted from, and why.
use std::path::Path;

use super::InferError;
use super::census::Census;

/// Refuses what is not text in a declarable encoding
pub fn suitable(census: &Census, path: &Path) -> Result<(), InferError> {
    let unsuitable = |what: &str| {
        Err(InferError::Unsuitable {
            path: path.to_owned(),
            what: what.to_owned(),
        })
    };
    let first = census.sample.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(InferError::Empty { path: path.to_owned() }),
        Some(_) if census.utf16 => unsuitable("it is UTF-16; ask the supplier for UTF-8"),
        Some(_) if census.sample.starts_with(b"PAR1") => {
            unsuitable("it is Parquet, whose columns need no inference: format type = \"parquet\"")
        }
        Some(_) if census.sample.starts_with(b"PK\x03\x04") => unsuitable(
            "it is a zip archive; a spreadsheet's name ends in .xlsx, .xls or .ods, and it is not packed again",
        ),
        Some(b'{' | b'[') => {
            unsuitable("it looks like JSON: write the contract by hand, format type = \"json\" or \"jsonl\"")
        }
        Some(_) if census.nuls.number * 10 > census.bytes => unsuitable("it is binary"),
        Some(_) if census.lone_returns > 0 && census.line_feeds + census.pairs == 0 => {
            unsuitable("its lines end in lone carriage returns; convert them to line feeds first")
        }
        Some(_) => Ok(()),
    }
}

/// The sample without a last line that was cut off
pub fn whole_lines(census: &Census) -> &[u8] {
    let sample = &census.sample[..];
    let cut = census.bytes > sample.len() as u64 + 3;
    match memchr::memrchr(b'\n', sample) {
        Some(end) if cut => &sample[..=end],
        _ => sample,
    }
}

/// Why no delimiter was found
pub fn without_delimiter(sample: &[u8]) -> String {
    let lengths: Vec<usize> = sample
        .split(|byte| *byte == b'\n')
        .map(|line| line.trim_ascii_end().len())
        .collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if lengths.len() > 2 && longest >= 20 {
        return format!(
            "no delimiter gives every line as many fields. Fixed width (up to {longest} bytes)? Then `sluis layout import` \
             makes the contract from the supplier's layout"
        );
    }
    "no delimiter gives every line as many fields".to_owned()
}
