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
/// A line shorter than the record lost trailing blanks: its cells beyond the end are empty, all of them in an
/// empty line. A longer line is misshapen unless what stands beyond is blank. Returns where it stopped, and the next line's number.
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
        if length > layout.record_length
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
    use crate::source::blocks::BlockReader;
    use crate::source::last_line::WithoutLast;
    use proptest::prelude::*;

    /// The cells and line of each record of a file that is read in blocks of a size.
    fn in_blocks(text: &str, size: usize) -> Vec<(u64, Vec<String>)> {
        let layout = FixedLayout {
            columns: vec![(0, 1), (1, 2)],
            record_length: 3,
        };
        let text = WithoutLast::new(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())));
        let mut reader = BlockReader::new(Box::new(text), "x".into(), size, 1 << 20, None);
        let mut rows = Vec::new();
        while let Some(block) = reader.next(Vec::new()).unwrap() {
            let mut found = Records::new(2);
            records(&block.bytes, 0, 0, &layout, usize::MAX, &mut found);
            let texts = found
                .cells
                .iter()
                .map(|cell| String::from_utf8_lossy(cell.get(&block.bytes)).into_owned());
            let texts: Vec<String> = texts.collect();
            let lines = found.lines.iter().map(|line| block.first_line + u64::from(*line));
            rows.extend(lines.zip(texts.chunks(2).map(<[String]>::to_vec)));
        }
        rows
    }

    proptest! {
        #[test]
        fn records_do_not_depend_on_the_size_of_blocks(text in "([ab]{0,3}\r?\n){0,12}[ab]{0,3}", size in 1usize..24) {
            let rows = in_blocks(&text, size);
            prop_assert_eq!(&rows, &in_blocks(&text, 1 << 10));
            let lines = text.lines().count();
            let empty_last = text.lines().last().is_some_and(str::is_empty);
            prop_assert_eq!(rows.len(), lines - usize::from(empty_last));
        }
    }

    #[test]
    fn an_empty_line_is_a_record_of_blanks_unless_it_is_the_last() {
        let lines = |text| in_blocks(text, 4).iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(lines("abb\n\nabb\n"), [1, 2, 3]);
        assert_eq!(lines("abb\n\n\n"), [1, 2]);
        assert_eq!(lines("abb\nabb\n\n"), [1, 2]);
    }

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
