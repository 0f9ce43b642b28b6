//! Fixed-width records: columns by start and width in bytes.
use super::cells::{Cell, Misshapen, Records, Shape};

/// Where the cells of a fixed-width record lie.
#[derive(Debug, Clone)]
pub struct FixedLayout {
    /// Start from 0 and width, in bytes.
    pub columns: Vec<(usize, usize)>,
    /// Bytes of a full record.
    pub record_length: usize,
}

/// Finds the cells of records from `at` on, until `most` records are found or the block ends.
///
/// A line shorter than the record lost trailing blanks: its cells beyond the end are empty. A longer line is
/// misshapen unless what stands beyond is blank. Returns where it stopped, and the next line's number.
pub fn records(
    bytes: &[u8],
    mut at: usize,
    mut line: u32,
    layout: &FixedLayout,
    most: usize,
    records: &mut Records,
) -> (usize, u32) {
    while at < bytes.len() && records.len() < most {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        let text_end = if end > at && bytes[end - 1] == b'\r' {
            end - 1
        } else {
            end
        };
        let length = text_end - at;
        if length == 0 {
            // An empty line at the end of the file is a line end too many; elsewhere a record of blanks.
            if end + 1 < bytes.len() {
                push(at, text_end, layout, records, line);
            }
        } else if length > layout.record_length
            && bytes[at + layout.record_length..text_end]
                .iter()
                .any(|&byte| byte != b' ')
        {
            records.misshapen.push(Misshapen {
                line,
                shape: Shape::TooLong,
            });
        } else {
            push(at, text_end, layout, records, line);
        }
        at = end + 1;
        line += 1;
    }
    (at.min(bytes.len()), line)
}

fn push(at: usize, end: usize, layout: &FixedLayout, records: &mut Records, line: u32) {
    for &(start, width) in &layout.columns {
        let from = (at + start).min(end);
        records.cells.push(Cell::of(from, (from + width).min(end)));
    }
    records.lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_lost_blanks_and_long_lines_are_misshapen() {
        let layout = FixedLayout {
            columns: vec![(0, 2), (2, 3)],
            record_length: 5,
        };
        let bytes = b"abcde\r\nab\nabcdefg\nabcde  \n";
        let mut found = Records::new(2);
        assert_eq!(records(bytes, 0, 0, &layout, 100, &mut found), (bytes.len(), 4));
        let texts: Vec<&[u8]> = found.cells.iter().map(|cell| cell.get(bytes)).collect();
        assert_eq!(texts, [&b"ab"[..], b"cde", b"ab", b"", b"ab", b"cde"]);
        assert_eq!(found.lines, [0, 1, 3]);
        assert_eq!(
            found.misshapen,
            [Misshapen {
                line: 2,
                shape: Shape::TooLong
            }]
        );
    }
}
