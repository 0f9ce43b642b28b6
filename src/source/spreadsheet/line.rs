//! A sheet's rows as lines of text, and the marks that cells carry in them.
//!
//! Cells stand between bytes that no text of a delivery may hold. What such a byte means is undone when the cells of a
//! line are found; a byte of that kind in a cell itself becomes another that is a finding all the same.
use super::value::Value;
use crate::contract::sheet::Spreadsheet;
use crate::source::cells::Records;

/// A line break within a cell.
const BREAK: u8 = 0x1e;
/// Before the text of a cell that holds an error.
const ERROR: u8 = 0x1d;
/// The decimal sign of a number.
const POINT: u8 = 0x1c;
/// Stands for a byte that no text may hold.
const SUBSTITUTE: u8 = 0x1a;

/// Appends a cell to a line.
pub fn push(line: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Blank => {}
        Value::Text(text) => push_text(line, text),
        Value::Number(text) => line.extend(text.bytes().map(|byte| if byte == b'.' { POINT } else { byte })),
        Value::Error(text) => {
            line.push(ERROR);
            push_text(line, text);
        }
    }
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        line.push(match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                BREAK
            }
            b'\n' => BREAK,
            POINT | ERROR | BREAK | Spreadsheet::DELIMITER => SUBSTITUTE,
            other => other,
        });
    }
}

/// Undoes the marks of records found in lines of a sheet, `first` of them before: line breaks and decimal signs stand in
/// `bytes` again, errors are listed with the records, and lines without a cell are no records.
///
/// `signs` has the decimal sign of each field.
pub fn restore(bytes: &mut [u8], signs: &[u8], records: &mut Records) {
    if records.width == 1 {
        let written: Vec<bool> = records.cells.iter().map(|cell| cell.len > 0).collect();
        let mut kept = written.iter();
        records.cells.retain(|_| kept.next() == Some(&true));
        let mut kept = written.iter();
        records.lines.retain(|_| kept.next() == Some(&true));
    }
    let width = records.width.max(1);
    for (place, cell) in records.cells.iter_mut().enumerate() {
        let range = cell.start as usize..(cell.start + cell.len) as usize;
        let text = &mut bytes[range];
        if text.first() == Some(&ERROR) {
            let field = place % width;
            records.errors.push((place / width, field));
            (cell.start, cell.len) = (cell.start + 1, cell.len - 1);
        }
        for byte in text.iter_mut().filter(|byte| matches!(**byte, BREAK | POINT)) {
            *byte = if *byte == BREAK {
                b'\n'
            } else {
                signs.get(place % width).copied().unwrap_or(b'.')
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::delimited::{Position, Splitter};

    /// The cells of lines, and which are errors.
    fn cells(lines: &[u8], width: usize, signs: &[u8]) -> (Vec<String>, Vec<(usize, usize)>, Vec<u32>) {
        let format = Spreadsheet::default().as_text();
        let mut bytes = lines.to_vec();
        let (mut position, mut records) = (Position::default(), Records::new(width));
        let splitter = Splitter::new(&format, 1000).for_block(&bytes);
        splitter.records(&mut bytes, &mut position, 100, &mut records);
        assert!(records.misshapen.is_empty());
        restore(&mut bytes, signs, &mut records);
        let texts = records.cells.iter().map(|cell| cell.get(&bytes).to_vec());
        let texts = texts.map(|text| String::from_utf8(text).unwrap());
        (texts.collect(), records.errors, records.lines)
    }

    #[test]
    fn what_is_written_is_read() {
        let text = |text: &str| Value::Text(text.to_owned());
        let row = [
            text("a\r\nb\nc"),
            Value::Number("-1.5".to_owned()),
            Value::Number("2.5".to_owned()),
            Value::Error("#N/A".to_owned()),
            Value::Blank,
            text("x\u{1f}\u{1e}\u{1d}\u{1c}."),
        ];
        let mut line = Vec::new();
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                line.push(Spreadsheet::DELIMITER);
            }
            push(&mut line, value);
        }
        line.push(b'\n');
        let (texts, errors, _) = cells(&line, 6, b".,.");
        assert_eq!(
            texts,
            ["a\nb\nc", "-1,5", "2.5", "#N/A", "", "x\u{1a}\u{1a}\u{1a}\u{1a}."]
        );
        assert_eq!(errors, [(0, 3)]);
    }

    #[test]
    fn a_line_of_one_blank_cell_is_no_record() {
        let (texts, errors, lines) = cells(b"\na\n\n\x1dErr:5\n\n", 1, b".");
        assert_eq!(texts, ["a", "Err:5"]);
        assert_eq!((errors, lines), (vec![(1, 0)], vec![1, 3]));
    }
}
