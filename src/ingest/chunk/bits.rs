//! Numbers in bits, as Parquet packs them: the lowest bit first, without gaps.

/// Values that are packed together.
const GROUP: usize = 8;
/// The widest values of which eight fit two words.
const NARROW: u32 = 16;
/// Bits that one step can add behind the seven that may be left of the step before.
const STEP: u32 = 56;

/// Writes the lowest `width` bits of each value behind `out`; bits above those must be zero.
///
/// The last byte is filled up with zeros.
pub fn pack(values: &[u64], width: u32, out: &mut Vec<u8>) {
    let start = out.len();
    let end = start + (values.len() * width as usize).div_ceil(8);
    // Steps write whole words, of which the next one overwrites what is too much.
    out.resize(end + 2 * GROUP, 0);
    let target = &mut out[start..];
    if width <= NARROW {
        narrow(values, width, target);
    } else if width <= STEP {
        let mut packer = Packer::new(target);
        values.iter().for_each(|&value| packer.push(value, width));
    } else {
        let mut packer = Packer::new(target);
        for &value in values {
            packer.push(value & 0xffff_ffff, 32);
            packer.push(value >> 32, width - 32);
        }
    }
    out.truncate(end);
}

/// Packs eight values at a time: they take `width` bytes.
fn narrow(values: &[u64], width: u32, target: &mut [u8]) {
    let four = |values: &[u64]| values[0] | values[1] << width | (values[2] | values[3] << width) << (2 * width);
    let mut groups = values.chunks_exact(GROUP);
    let mut at = 0;
    let mut put = |group: &[u64]| {
        let word = u128::from(four(&group[..4])) | u128::from(four(&group[4..])) << (4 * width);
        target[at..at + 16].copy_from_slice(&word.to_le_bytes());
        at += width as usize;
    };
    groups.by_ref().for_each(&mut put);
    let rest = groups.remainder();
    if !rest.is_empty() {
        let mut last = [0; GROUP];
        last[..rest.len()].copy_from_slice(rest);
        put(&last);
    }
}

/// Puts bits behind one another without a branch: every step writes eight bytes and moves on by the whole ones of them.
struct Packer<'a> {
    target: &'a mut [u8],
    at: usize,
    word: u64,
    filled: u32,
}

impl<'a> Packer<'a> {
    fn new(target: &'a mut [u8]) -> Self {
        Self {
            target,
            at: 0,
            word: 0,
            filled: 0,
        }
    }

    #[inline(always)]
    fn push(&mut self, value: u64, width: u32) {
        self.word |= value << self.filled;
        self.target[self.at..self.at + 8].copy_from_slice(&self.word.to_le_bytes());
        self.filled += width;
        self.at += self.filled as usize / 8;
        self.word >>= self.filled & !7;
        self.filled &= 7;
    }
}

/// A number in as few bytes as it takes, seven bits in each (ULEB128).
pub fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// A signed number with the sign in its lowest bit, in as few bytes as it takes.
pub fn zigzag(number: i64, out: &mut Vec<u8>) {
    varint((number << 1 ^ number >> 63).cast_unsigned(), out);
}

/// Bits that a number needs.
pub fn width(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_where_they_belong(values in prop::collection::vec(any::<u64>(), 0..80), width in 0u32..=64) {
            let mask = if width == 0 { 0 } else { u64::MAX >> (64 - width) };
            let values: Vec<u64> = values.iter().map(|value| value & mask).collect();
            let mut out = vec![7];
            pack(&values, width, &mut out);
            let bits = values.iter().flat_map(|value| (0..width).map(move |bit| value >> bit & 1 == 1));
            let mut expected = vec![0u8; (values.len() * width as usize).div_ceil(8)];
            for (place, bit) in bits.enumerate() {
                expected[place / 8] |= u8::from(bit) << (place % 8);
            }
            prop_assert_eq!(&out[1..], expected);
        }
    }
}
