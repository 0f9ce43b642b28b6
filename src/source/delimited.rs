//! Delimited text: finding the cells of a block's records.
use wide::u8x64;

use super::cells::{Cell, Ends, Misshapen, Records, Shape};
use crate::contract::format::Delimited;

/// What the splitter needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Splitter {
    delimiter: u8,
    quote: Option<u8>,
    backslash: bool,
    quoted_newlines: bool,
    max_field: usize,
}

/// Where a reader of records stands: byte and line within the block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The next byte.
    pub at: usize,
    /// Its line, from 0.
    pub line: u32,
}

impl Splitter {
    /// A splitter for a format; `quote` is left out where a block is known to hold none.
    pub fn new(format: &Delimited, max_field: usize) -> Self {
        Self {
            delimiter: format.delimiter,
            quote: format.quote,
            backslash: format.backslash,
            quoted_newlines: format.quoted_newlines,
            max_field,
        }
    }

    /// The same splitter for a block; one without a quote is split the fast way.
    #[must_use]
    pub fn for_block(self, bytes: &[u8]) -> Self {
        let quote = self.quote.filter(|&quote| memchr::memchr(quote, bytes).is_some());
        Self { quote, ..self }
    }

    /// Finds the cells of records from `position` on, until `most` are found or the block ends.
    ///
    /// Escaped quotes are undone in place, which is why the block is changed.
    pub fn records(self, bytes: &mut [u8], position: &mut Position, most: usize, records: &mut Records) {
        match self.quote {
            None => {
                self.regular(bytes, position, most, records);
                self.unquoted(bytes, position, most, records);
            }
            Some(_) => {
                while position.at < bytes.len() && records.len() < most {
                    self.quoted(bytes, position, records);
                }
            }
        }
    }

    /// The records up to the first of another number of fields than it should have, or another length than it may have:
    /// ends are noted, all alike, and are made cells of as far as every line end stands where it belongs.
    fn regular(self, bytes: &[u8], position: &mut Position, most: usize, records: &mut Records) {
        let (delimiter, line_feed) = (u8x64::splat(self.delimiter), u8x64::splat(b'\n'));
        let width = records.width;
        if width == 0 {
            return;
        }
        let wanted = (most.saturating_sub(records.len()) * width).min(bytes.len() - position.at);
        let Ends { fields, lines } = &mut records.ends;
        fields.resize(fields.len().max(wanted + LANES), 0);
        lines.clear();
        let (start, mut count) = (position.at, 0);
        for base in (start..bytes.len()).step_by(LANES) {
            if count >= wanted {
                break;
            }
            let (lanes, there) = lanes(&bytes[base..]);
            let mut feeds = lanes.simd_eq(line_feed).to_bitmask() & there;
            let mut ends = feeds | lanes.simd_eq(delimiter).to_bitmask() & there;
            let room = &mut fields[count..count + LANES];
            let mut found = 0;
            while ends != 0 {
                room[found % LANES] = small(base + ends.trailing_zeros() as usize);
                ends &= ends - 1;
                found += 1;
            }
            count += found;
            while feeds != 0 {
                lines.push(small(base + feeds.trailing_zeros() as usize));
                feeds &= feeds - 1;
            }
        }
        let mut begin = small(start);
        let good = |(line, fields): &(&u32, &[u32])| {
            let long = (**line - std::mem::replace(&mut begin, **line)) as usize > self.max_field;
            !long && fields.last() == Some(*line)
        };
        let rows = lines.iter().zip(fields[..count.min(wanted)].chunks_exact(width));
        let rows = rows.take_while(good).count();
        let Some(&last) = rows.checked_sub(1).and_then(|row| lines.get(row)) else {
            return;
        };
        let fields = &fields[..rows * width];
        let begins = std::iter::once(small(start)).chain(fields.iter().map(|end| end + 1));
        let cells = begins.zip(fields).map(|(start, end)| Cell {
            start,
            len: end - start,
        });
        let first = records.cells.len();
        records.cells.extend(cells);
        for (cells, line) in records.cells[first..].chunks_exact_mut(width).zip(lines.iter()) {
            if let Some(cell) = cells.last_mut().filter(|cell| cell.len > 0)
                && bytes[*line as usize - 1] == b'\r'
            {
                cell.len -= 1;
            }
        }
        let rows = small(rows);
        records.lines.extend(position.line..position.line + rows);
        *position = Position {
            at: last as usize + 1,
            line: position.line + rows,
        };
    }

    /// Records of any number of fields.
    fn unquoted(self, bytes: &[u8], position: &mut Position, most: usize, records: &mut Records) {
        if position.at >= bytes.len() || records.len() >= most {
            return;
        }
        let (delimiter, line_feed) = (u8x64::splat(self.delimiter), u8x64::splat(b'\n'));
        let mut start = position.at;
        let (mut begin, mut first) = (start, records.cells.len());
        let mut count = first;
        for base in (start..bytes.len()).step_by(LANES) {
            let (lanes, there) = lanes(&bytes[base..]);
            let feeds = lanes.simd_eq(line_feed).to_bitmask() & there;
            let mut ends = feeds | lanes.simd_eq(delimiter).to_bitmask() & there;
            // Room for every end of these bytes, so that the loop below need not ask.
            if records.cells.len() < count + LANES {
                records.cells.resize(2 * (count + LANES), Cell::default());
            }
            while ends != 0 {
                let lowest = ends & ends.wrapping_neg();
                let place = base + ends.trailing_zeros() as usize;
                ends ^= lowest;
                if feeds & lowest == 0 {
                    records.cells[count] = Cell::of(start, place);
                    count += 1;
                    start = place + 1;
                    continue;
                }
                let end = place - usize::from(place > start && bytes[place - 1] == b'\r');
                records.cells[count] = Cell::of(start, end);
                count = self.close((begin, first), end, position.line, records, count + 1);
                start = place + 1;
                (begin, first) = (start, count);
                position.line += 1;
                position.at = start;
                if records.len() == most {
                    records.cells.truncate(count);
                    return;
                }
            }
        }
        records.cells.truncate(count);
        if position.at < bytes.len() {
            let end = (bytes.len() - usize::from(bytes.ends_with(b"\r"))).max(start);
            records.cells.push(Cell::of(start, end));
            let count = self.close((begin, first), end, position.line, records, count + 1);
            records.cells.truncate(count);
            position.line += 1;
        }
        position.at = bytes.len();
    }

    /// Keeps a record of the right width, or notes what is wrong with it; returns the number of cells that stay.
    #[inline]
    fn close(
        self,
        (begin, first): (usize, usize),
        end: usize,
        line: u32,
        records: &mut Records,
        count: usize,
    ) -> usize {
        let found = count - first;
        let huge = end.saturating_sub(begin) > self.max_field
            && records.cells[first..count]
                .iter()
                .any(|cell| cell.len as usize > self.max_field);
        if found == records.width && !huge {
            records.lines.push(line);
            return count;
        }
        if end > begin {
            let shape = match found {
                _ if huge => Shape::HugeField,
                found if found < records.width => Shape::TooFewFields,
                _ => Shape::TooManyFields,
            };
            records.misshapen.push(Misshapen { line, shape });
        }
        first
    }

    /// One record of a block that holds quotes.
    fn quoted(self, bytes: &mut [u8], position: &mut Position, records: &mut Records) {
        let (begin, first, line) = (position.at, records.cells.len(), position.line);
        match self.record(bytes, begin, &mut records.cells) {
            Ok((behind, breaks)) => {
                *position = Position {
                    at: (behind + 1).min(bytes.len()),
                    line: line + breaks + 1,
                };
                let returned = behind > begin && bytes[behind - 1] == b'\r';
                let end = behind - usize::from(returned);
                let count = self.close((begin, first), end, line, records, records.cells.len());
                records.cells.truncate(count);
            }
            Err((at, shape)) => {
                records.cells.truncate(first);
                records.misshapen.push(Misshapen { line, shape });
                position.at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length + 1);
                position.line += 1;
            }
        }
    }

    /// The cells of one record of any width, the place of its line end, and the line breaks within it.
    ///
    /// # Errors
    /// The field and what is wrong with it.
    pub fn record(self, bytes: &mut [u8], begin: usize, cells: &mut Vec<Cell>) -> Result<(usize, u32), (usize, Shape)> {
        let (mut at, mut breaks) = (begin, 0);
        loop {
            let (cell, behind) = match self.quote {
                Some(quote) if bytes.get(at) == Some(&quote) => {
                    self.unquote(bytes, at, quote).map_err(|shape| (at, shape))?
                }
                _ => self.plain(bytes, at),
            };
            breaks += newlines(cell.get(bytes));
            cells.push(cell);
            match bytes.get(behind) {
                Some(&byte) if byte == self.delimiter => at = behind + 1,
                Some(b'\n') | None => return Ok((behind, breaks)),
                Some(_) => return Err((at, Shape::TextAfterQuote)),
            }
        }
    }

    /// A field without quotes from `at` on, and the place of what ends it.
    fn plain(self, bytes: &[u8], at: usize) -> (Cell, usize) {
        let end = memchr::memchr2(self.delimiter, b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        let at_line_end = bytes.get(end) != Some(&self.delimiter);
        let text_end = if at_line_end && end > at && bytes[end - 1] == b'\r' {
            end - 1
        } else {
            end
        };
        (Cell::of(at, text_end), end)
    }

    /// A quoted field opening at `at`, and the place of what ends it.
    fn unquote(self, bytes: &mut [u8], at: usize, quote: u8) -> Result<(Cell, usize), Shape> {
        let escape = if self.backslash { b'\\' } else { quote };
        let stop = if self.quoted_newlines { quote } else { b'\n' };
        let (mut read, mut write) = (at + 1, at + 1);
        loop {
            let length = memchr::memchr3(quote, escape, stop, &bytes[read..]).ok_or(Shape::OpenQuote)?;
            if write != read {
                bytes.copy_within(read..read + length, write);
            }
            (read, write) = (read + length, write + length);
            let next = bytes.get(read + 1).copied();
            match bytes[read] {
                b'\n' if !self.quoted_newlines => return Err(Shape::OpenQuote),
                byte if self.backslash && byte == escape => bytes[write] = next.ok_or(Shape::OpenQuote)?,
                _ if !self.backslash && next == Some(quote) => bytes[write] = quote,
                _ => {
                    let behind = read + 1 + usize::from(line_end(bytes, read + 1));
                    return Ok((Cell::of(at + 1, write), behind));
                }
            }
            (read, write) = (read + 2, write + 1);
        }
    }
}

/// Whether a carriage return that belongs to a line end stands here.
fn line_end(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'\r') && matches!(bytes.get(at + 1), None | Some(b'\n'))
}

fn newlines(field: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', field).count()).unwrap_or(u32::MAX)
}

/// A place in a block, which is smaller than 4 GiB.
#[allow(clippy::cast_possible_truncation)]
fn small(place: usize) -> u32 {
    place as u32
}

/// Bytes looked at together.
const LANES: usize = 64;

/// The first bytes, and a bit for each that is there: a delimiter of NUL must not be found behind the end.
#[inline(always)]
fn lanes(bytes: &[u8]) -> (u8x64, u64) {
    match bytes.first_chunk::<LANES>() {
        Some(chunk) => (u8x64::new(*chunk), u64::MAX),
        None => {
            let mut chunk = [0; LANES];
            chunk[..bytes.len()].copy_from_slice(bytes);
            (u8x64::new(chunk), (1 << bytes.len()) - 1)
        }
    }
}

#[cfg(test)]
mod tests;
