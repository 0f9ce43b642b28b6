//! Digits, eight at a time.

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The number written by the first `length` bytes of `word`, 1 to 8 digits, the first one lowest; `None` when there is
/// anything else among them.
///
/// Pairs of digits, then pairs of pairs, are put together by one multiplication each (D. Lemire, "Quickly parsing eight
/// digits", 2018).
#[inline(always)]
pub fn number(word: u64, length: usize) -> Option<u32> {
    // Zeros in front make eight digits of fewer.
    let digits = match length {
        1..=8 => (word ^ ZEROS) << (64 - 8 * length),
        _ => return None,
    };
    let beyond_nine = digits.wrapping_add(0x7676_7676_7676_7676) | digits;
    if beyond_nine & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let low = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    u32::try_from(high.wrapping_add(low) >> 32).ok()
}

/// The place of the first byte of `word` that is `byte`.
#[inline(always)]
pub fn find(word: u64, byte: u8) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let zeros = word ^ (LOW * u64::from(byte));
    // The lowest bit set is exact; those above it may not be.
    let hits = zeros.wrapping_sub(LOW) & !zeros & (LOW << 7);
    (hits != 0).then(|| hits.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(text: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        bytes[..text.len()].copy_from_slice(text);
        u64::from_le_bytes(bytes)
    }

    proptest! {
        #[test]
        fn numbers_agree_with_the_standard_library(text in "[0-9]{1,8}|[0-9a:/ +-]{1,8}|[\\x01-\\x7f]{1,8}") {
            let parsed = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap());
            prop_assert_eq!(number(word(text.as_bytes()), text.len()), parsed);
        }

        #[test]
        fn bytes_are_found(text in "[0-9,.]{0,8}") {
            prop_assert_eq!(find(word(text.as_bytes()), b','), text.find(','));
        }
    }
}
