//! Proof that distinct pseudonyms have distinct successors, in bounded memory.
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, FixedSizeBinaryArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::RotateError;

/// Pairs held in memory, 32 bytes each
pub(super) const IN_MEMORY: usize = 4 << 20;

/// Visits the pseudonyms of a column of a file, nulls left out; runs of equal ones once unless `all`
pub(super) fn pseudonyms(
    path: &Path,
    column: &str,
    all: bool,
    take: &mut dyn FnMut([u8; 16]),
) -> Result<(), RotateError> {
    let parquet = |source| RotateError::Parquet {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|source| RotateError::Io {
        path: path.to_owned(),
        source,
    })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [column]);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(8192)
        .build()
        .map_err(parquet)?;
    let mut last = None;
    for batch in reader {
        let batch = batch.map_err(|error| parquet(error.into()))?;
        let array = batch
            .column_by_name(column)
            .and_then(|array| array.as_any().downcast_ref::<FixedSizeBinaryArray>());
        for value in array.into_iter().flat_map(FixedSizeBinaryArray::iter) {
            let value: Option<[u8; 16]> = value.and_then(|bytes| bytes.try_into().ok());
            if let Some(value) = value.filter(|_| all || value != last) {
                take(value);
            }
            last = value;
        }
    }
    Ok(())
}

/// How many distinct values there are when distinct ones have distinct successors; `None` when two meet.
///
/// `each` visits all values, as often as it is called. When they do not fit in memory, successors are looked at a range
/// at a time: equal successors lie in the same range, so nothing is missed.
pub(super) fn one_to_one(
    most: usize,
    each: impl Fn(&mut dyn FnMut([u8; 16])) -> Result<(), RotateError>,
    next: impl Fn(&[u8; 16]) -> [u8; 16],
) -> Result<Option<u64>, RotateError> {
    let mut distinct = 0u64;
    let mut low = 0u128;
    loop {
        let mut high = u128::MAX;
        let mut pairs: Vec<(u128, u128)> = Vec::new();
        let mut memo: Option<([u8; 16], u128)> = None;
        each(&mut |old| {
            let new = match memo {
                Some((known, new)) if known == old => new,
                _ => u128::from_be_bytes(next(&old)),
            };
            memo = Some((old, new));
            if new < low || new > high {
                return;
            }
            pairs.push((new, u128::from_be_bytes(old)));
            if pairs.len() >= most {
                pairs.sort_unstable();
                pairs.dedup();
                // values repeat: only when that made no room is the range made smaller
                while pairs.len() > most / 2 && high > low {
                    high = low + (high - low) / 2;
                    pairs.retain(|(new, _)| *new <= high);
                }
            }
        })?;
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.windows(2).any(|two| two[0].0 == two[1].0) {
            return Ok(None);
        }
        distinct += pairs.len() as u64;
        match high.checked_add(1) {
            Some(beyond) => low = beyond,
            None => return Ok(Some(distinct)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[u128], most: usize, next: impl Fn(u128) -> u128) -> Option<u64> {
        let each = |take: &mut dyn FnMut([u8; 16])| {
            values.iter().for_each(|value| take(value.to_be_bytes()));
            Ok(())
        };
        one_to_one(most, each, |old| next(u128::from_be_bytes(*old)).to_be_bytes()).unwrap()
    }

    /// Spreads small numbers over the whole range and is one to one: multiplication by an odd number
    fn spread(value: u128) -> u128 {
        value.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }

    #[test]
    fn small_memory_finds_the_same() {
        let values: Vec<u128> = (0..5000).map(|value| value % 1700).collect();
        for most in [2, 3, 16, 1000, 1 << 20] {
            assert_eq!(over(&values, most, spread), Some(1700), "{most}");
        }
        assert_eq!(over(&[], 4, spread), Some(0));
    }

    #[test]
    fn one_meeting_among_many_is_found() {
        let values: Vec<u128> = (0..3000).collect();
        for (one, other) in [(0, 2999), (1500, 1501), (2998, 7)] {
            let meeting = |value: u128| spread(if value == one { other } else { value });
            for most in [8, 500, 1 << 20] {
                assert_eq!(over(&values, most, meeting), None, "{one} {other} {most}");
            }
        }
    }
}
