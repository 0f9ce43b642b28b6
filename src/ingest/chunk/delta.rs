//! Differences between neighbours, packed: Parquet's DELTA_BINARY_PACKED.
use parquet::file::statistics::Statistics;

use super::bits::{pack, varint, width, zigzag};

/// Differences that share a smallest one.
const BLOCK: usize = 128;
/// Differences that share a width.
const MINIBLOCK: usize = 32;

/// A number of 32 or 64 bits; differences wrap around.
pub trait Number: Copy + Ord + Default {
    /// The largest.
    const MAX: Self;
    /// Bytes of a number.
    const BYTES: u8;
    /// This less the other.
    fn less(self, other: Self) -> Self;
    /// How far this is above a smaller one.
    fn above(self, low: Self) -> u64;
    /// As 64 bits.
    fn wide(self) -> i64;
    /// Appends the number's bytes, the lowest first.
    fn put(self, out: &mut Vec<u8>);
    /// The smallest and the largest of a chunk, as its statistics.
    fn bounds(ends: Option<(Self, Self)>, nulls: u64) -> Statistics;
}

macro_rules! number {
    ($type:ty, $bytes:literal, $statistics:path) => {
        impl Number for $type {
            const MAX: Self = <$type>::MAX;
            const BYTES: u8 = $bytes;

            #[inline(always)]
            fn less(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)]
            fn above(self, low: Self) -> u64 {
                u64::from(self.wrapping_sub(low).cast_unsigned())
            }

            #[inline(always)]
            fn wide(self) -> i64 {
                i64::from(self)
            }

            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn bounds(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
                let (low, high) = ends.unzip();
                $statistics(low, high, None, Some(nulls), false)
            }
        }
    };
}

number!(i32, 4, Statistics::int32);
number!(i64, 8, Statistics::int64);

/// The smallest and the largest of some numbers.
pub fn ends<T: Number>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    let widen = |(low, high): (T, T), value: &T| (low.min(*value), high.max(*value));
    Some(values.iter().fold((first, first), widen))
}

/// Encodes numbers behind `out`.
pub fn encode<T: Number>(values: &[T], out: &mut Vec<u8>) {
    varint(BLOCK as u64, out);
    varint((BLOCK / MINIBLOCK) as u64, out);
    varint(values.len() as u64, out);
    zigzag(values.first().map_or(0, |first| first.wide()), out);
    let (mut start, mut deltas) = (0, [T::default(); BLOCK]);
    while start + 1 < values.len() {
        let these = &values[start..values.len().min(start + BLOCK + 1)];
        let count = these.len() - 1;
        let mut low = T::MAX;
        for (delta, pair) in deltas.iter_mut().zip(these.windows(2)) {
            *delta = pair[1].less(pair[0]);
            low = low.min(*delta);
        }
        zigzag(low.wide(), out);
        // Readers multiply equal steps to skip them: those that would leave the type on the way take a bit each.
        let far = low.wide().unsigned_abs().saturating_mul(MINIBLOCK as u64) > T::MAX.wide().unsigned_abs();
        let least = u32::from(far);
        let widths = out.len();
        out.extend([0; BLOCK / MINIBLOCK]);
        for (place, miniblock) in deltas[..count].chunks(MINIBLOCK).enumerate() {
            let mut above = [0; MINIBLOCK];
            let mut all = 0;
            for (above, delta) in above.iter_mut().zip(miniblock) {
                *above = delta.above(low);
                all |= *above;
            }
            let bits = width(all).max(least);
            out[widths + place] = bits.to_le_bytes()[0];
            pack(&above, bits, out);
        }
        start += count;
    }
}
