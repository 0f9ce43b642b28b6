//! The smallest and the largest value of a chunk.
use parquet::data_type::ByteArray;
use parquet::file::statistics::Statistics;

use super::delta::{self, Number};
use super::values::Values;

/// Longer texts are no bounds: what a reader may skip by them is not worth their room in the footer.
const LONGEST_BOUND: usize = 64;

/// Bounds of all values of a chunk; none of pseudonyms, which look like noise.
pub fn of_values(values: &Values, nulls: usize) -> Option<Statistics> {
    match values {
        Values::Int32(values) => Some(Number::bounds(delta::ends(values), nulls as u64)),
        Values::Int64(values) => Some(Number::bounds(delta::ends(values), nulls as u64)),
        Values::Text { lengths, data } => {
            let mut start = 0;
            let texts = lengths.iter().map(|length| {
                let text = start..start + length.cast_unsigned() as usize;
                start = text.end;
                &data[text]
            });
            of_texts(texts, nulls)
        }
        Values::Pseudonym(_) => None,
    }
}

/// Bounds of texts.
pub fn of_texts<'a>(mut texts: impl Iterator<Item = &'a [u8]>, nulls: usize) -> Option<Statistics> {
    let first = texts.next();
    let ends = first.map(|first| texts.fold((first, first), |(low, high), text| (low.min(text), high.max(text))));
    let short = ends.filter(|(low, high)| low.len().max(high.len()) <= LONGEST_BOUND);
    let (low, high) = short
        .map(|(low, high)| (ByteArray::from(low.to_vec()), ByteArray::from(high.to_vec())))
        .unzip();
    Some(Statistics::byte_array(low, high, None, Some(nulls as u64), false))
}
