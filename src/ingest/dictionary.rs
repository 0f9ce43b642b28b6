//! Whether a dictionary pays for the values of one column chunk.
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};

/// Bits of the linear-counting bitmap; its estimate is good to about twice as many distinct values.
const BITS: usize = 1 << 17;

/// Whether the column is smaller with a dictionary than without one.
///
/// Sizes in bits a value: with a dictionary an index and a share of the dictionary, without one a packed difference for
/// numbers and dates, the letters for texts. Distinct values are counted by linear counting (Whang et al. 1990).
pub fn pays(column: &ArrayRef) -> bool {
    let rows = column.len();
    if rows == 0 {
        return true;
    }
    let (distinct, plain, width) = match column.data_type() {
        DataType::Int32 => numbers(
            column
                .as_primitive::<Int32Type>()
                .values()
                .iter()
                .map(|&value| i64::from(value)),
            4,
        ),
        DataType::Date32 => numbers(
            column
                .as_primitive::<Date32Type>()
                .values()
                .iter()
                .map(|&value| i64::from(value)),
            4,
        ),
        DataType::Int64 => numbers(column.as_primitive::<Int64Type>().values().iter().copied(), 8),
        DataType::Decimal128(..) => {
            let values = column.as_primitive::<arrow::datatypes::Decimal128Type>().values();
            numbers(values.iter().map(|&value| i64::try_from(value).unwrap_or(i64::MAX)), 8)
        }
        DataType::Utf8 => {
            let texts = column.as_string::<i32>();
            let letters = texts.value_data().len() as f64 / rows as f64;
            let hashes = (0..rows).map(|row| mix_bytes(texts.value(row).as_bytes()));
            // Compression takes a third off letters that a dictionary would share.
            (count(hashes), letters * 8.0 * 0.7, letters + 4.0)
        }
        _ => return true,
    };
    let with = distinct.max(2.0).log2().ceil() + distinct * width * 8.0 / rows as f64;
    with < plain
}

/// Distinct values, bits of a packed difference, bytes of a dictionary entry.
fn numbers(values: impl Iterator<Item = i64> + Clone, width: u8) -> (f64, f64, f64) {
    let low = values.clone().min().unwrap_or(0);
    let high = values.clone().max().unwrap_or(0);
    let span = high.abs_diff(low) as f64 + 1.0;
    // Differences of unordered values spread over twice their span.
    let packed = (span * 2.0).log2().ceil();
    (
        count(values.map(|value| mix(value.cast_unsigned()))),
        packed,
        f64::from(width),
    )
}

fn count(hashes: impl Iterator<Item = u64>) -> f64 {
    let mut bits = vec![0u64; BITS / 64];
    for hash in hashes {
        let bit = usize::try_from(hash >> 47).unwrap_or(0);
        bits[bit / 64] |= 1 << (bit % 64);
    }
    let zeros: u32 = bits.iter().map(|word| word.count_zeros()).sum();
    let all = BITS as f64;
    if zeros == 0 {
        all * 16.0
    } else {
        all * (all / f64::from(zeros)).ln()
    }
}

#[inline]
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (value ^ (value >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[inline]
fn mix_bytes(text: &[u8]) -> u64 {
    let mut hash = text.len() as u64;
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    let rest = words.remainder();
    let mut bytes = [0; 8];
    bytes[..rest.len()].copy_from_slice(rest);
    mix(hash ^ u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn few_texts_pay_and_many_do_not() {
        let codes: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..50_000).map(|row| format!("{:04}", row % 500)),
        ));
        let names: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..50_000).map(|row| format!("{:08}", row * 7)),
        ));
        assert!(pays(&codes));
        assert!(!pays(&names));
    }

    #[test]
    fn far_apart_numbers_pay_and_dense_ones_do_not() {
        let sparse: ArrayRef = Arc::new(Int32Array::from_iter_values((0..50_000).map(|row| row % 3 * 1_000_000)));
        let dense: ArrayRef = Arc::new(Int32Array::from_iter_values((0..50_000).map(|row| row * 7919 % 6000)));
        assert!(pays(&sparse));
        assert!(!pays(&dense));
    }

    #[test]
    fn distinct_values_are_counted_well_enough() {
        for distinct in [10u64, 1000, 50_000] {
            let found = count((0..200_000).map(|row| mix(row % distinct)));
            assert!((found / distinct as f64 - 1.0).abs() < 0.02, "{distinct}: {found}");
        }
    }
}
