//! The delivery's rows read, split, checked and cast, straight into columns of their year: what the benchmark's job asks of
//! the text, by code that knows nothing but this one layout.
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sluis::contract::date::days_from_civil;
use sluis::ingest::digits::{find, number};

use super::{BLOCK, Outcome, on_all};

/// More than a line, so that a block can be read to the end of its last one.
const MARGIN: usize = 4096;
const YEARS: std::ops::Range<u32> = 2012..2023;

/// The columns of a year.
#[derive(Default)]
struct Columns {
    key: Vec<[u8; 9]>,
    start: Vec<i32>,
    end: Vec<i32>,
    employer: Texts,
    branch: Texts,
    hours: Vec<i64>,
    wage: Vec<u32>,
}

#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }
}

/// Parses the whole delivery; also tells how many rows are good.
pub fn parse(delivery: &Path, threads: usize) -> Outcome<(Duration, u64)> {
    let file = File::open(delivery)?;
    let size = file.metadata()?.len();
    let (next, good) = (AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    on_all(threads, || {
        let mut block = vec![0; BLOCK + MARGIN];
        loop {
            let at = next.fetch_add(BLOCK as u64, Ordering::Relaxed);
            if at >= size {
                return Ok(());
            }
            // a line belongs to the block with the line break before it; that of the header ends the first line
            let from = at.saturating_sub(1);
            let mut read = 0;
            while let more @ 1.. = file.read_at(&mut block[read..], from + read as u64)? {
                read += more;
            }
            block[read..].fill(0);
            let end = usize::try_from((at + BLOCK as u64).min(size) - from)?;
            let mut line = after_line(&block, 0);
            let mut years: [Columns; YEARS.end as usize - YEARS.start as usize] = Default::default();
            let mut rows = 0;
            while line < end {
                line = match row(&block, line, &mut years) {
                    Some(next) => {
                        rows += 1;
                        next
                    }
                    None => after_line(&block, line),
                };
            }
            std::hint::black_box(&years);
            good.fetch_add(rows, Ordering::Relaxed);
        }
    })?;
    Ok((start.elapsed(), good.into_inner()))
}

fn after_line(block: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end + 1)
}

/// Takes a good row, and tells where the next one begins.
#[inline]
fn row(block: &[u8], at: usize, years: &mut [Columns]) -> Option<usize> {
    let key: &[u8; 9] = block.get(at..at + 9)?.try_into().ok()?;
    number(word(block, at)?, 8)?;
    if !key[8].is_ascii_digit() || block.get(at + 9..at + 12)? != b";R;" {
        return None;
    }
    let year = number(word(block, at + 12)?, 4)?.checked_sub(YEARS.start)?;
    let columns = years.get_mut(usize::try_from(year).ok()?)?;
    let (start, end) = (date(block, at + 17)?, date(block, at + 26)?);
    if block[at + 16] != b';' {
        return None;
    }
    let employer = at + 35;
    let branch = employer + text(block, employer)? + 1;
    let hours = branch + text(block, branch)? + 1;
    let digits = word(block, hours)?;
    let (sign, all) = (find(digits, b',')?, find(digits, b';')?);
    let decimals = all.checked_sub(sign + 1)?;
    let tenths = if decimals == 1 { 10 } else { 1 };
    let hundredths = number(digits, sign)? * 100 + number(digits >> (8 * (sign + 1)), decimals)? * tenths;
    let wage = hours + all + 1;
    let digits = word(block, wage)?;
    let length = find(digits, b'\n')?;
    columns.wage.push(number(digits, length)?);
    columns.key.push(*key);
    columns.start.push(start);
    columns.end.push(end);
    columns.employer.push(&block[employer..branch - 1]);
    columns.branch.push(&block[branch..hours - 1]);
    columns.hours.push(i64::from(hundredths));
    Some(wage + length + 1)
}

#[inline]
fn word(block: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(block.get(at..at + 8)?.try_into().ok()?))
}

#[inline]
fn date(block: &[u8], at: usize) -> Option<i32> {
    let date = number(word(block, at)?, 8).filter(|_| block.get(at + 8) == Some(&b';'))?;
    let part = |part: u32| i32::try_from(part).ok();
    days_from_civil(part(date / 10_000)?, part(date / 100 % 100)?, part(date % 100)?)
}

/// The length of a text up to the next delimiter.
#[inline]
fn text(block: &[u8], at: usize) -> Option<usize> {
    find(word(block, at)?, b';').or_else(|| Some(8 + find(word(block, at + 8)?, b';')?))
}
