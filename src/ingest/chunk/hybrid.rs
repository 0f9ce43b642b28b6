//! Small numbers as runs and packed stretches: Parquet's RLE/bit-packing hybrid.
use super::bits::{pack, varint};

/// Numbers that are packed together.
const GROUP: usize = 8;
/// A run must save more bits than its own header and that of the stretch behind it take.
const WORTH: usize = 64;

/// Encodes numbers of at most `width` bits behind `out`.
pub fn encode(numbers: &[u64], width: u32, out: &mut Vec<u8>) {
    let (mut at, mut packed_from) = (0, 0);
    while at < numbers.len() {
        let number = numbers[at];
        let group = &numbers[at..numbers.len().min(at + GROUP)];
        if group.iter().all(|other| *other == number) {
            let length = numbers[at..].iter().take_while(|other| **other == number).count();
            if length >= GROUP && length * width as usize >= WORTH || length == numbers.len() {
                stretch(&numbers[packed_from..at], width, out);
                run(number, length, width, out);
                at += length;
                packed_from = at;
                continue;
            }
        }
        at += group.len();
    }
    stretch(&numbers[packed_from..], width, out);
}

/// One number, many times.
pub fn run(number: u64, length: usize, width: u32, out: &mut Vec<u8>) {
    varint((length as u64) << 1, out);
    out.extend_from_slice(&number.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Numbers packed in groups of eight, the last one filled up with zeros.
fn stretch(numbers: &[u64], width: u32, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * width as usize;
    pack(numbers, width, out);
    out.resize(end, 0);
}

/// Bits that are packed already, the lowest first, as a stretch of one bit each.
pub fn flags(bits: &[u8], out: &mut Vec<u8>) {
    varint((bits.len() as u64) << 1 | 1, out);
    out.extend_from_slice(bits);
}
