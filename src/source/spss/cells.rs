//! Finding the cells of lines that [`Lines`](super::Lines) made.
use super::sheet::{CELL, ESCAPE, LINE, TURNED};
use crate::source::cells::{Cell, Misshapen, Records, Shape};
use crate::source::delimited::Position;

/// Reads lines from `position` on until `most` are found or the block ends; the cells' texts go to `out`.
pub fn records(bytes: &[u8], position: &mut Position, most: usize, out: &mut Vec<u8>, records: &mut Records) {
    while position.at < bytes.len() && records.len() < most {
        let rest = &bytes[position.at..];
        let end = memchr::memchr(LINE, rest).unwrap_or(rest.len());
        let first = records.cells.len();
        // the piece before the first mark is nothing
        for text in rest[..end].split(|byte| *byte == CELL).skip(1) {
            let start = out.len();
            unescape(text, out);
            records.cells.push(Cell::of(start, out.len()));
        }
        let found = records.cells.len() - first;
        let line = position.line;
        if found == records.width {
            records.lines.push(line);
        } else {
            records.cells.truncate(first);
            let shape = if found < records.width {
                Shape::TooFewFields
            } else {
                Shape::TooManyFields
            };
            records.misshapen.push(Misshapen { line, shape });
        }
        position.at = (position.at + end + 1).min(bytes.len());
        position.line += 1;
    }
}

fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend(rest.get(at + 1).map(|byte| byte ^ TURNED));
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}
