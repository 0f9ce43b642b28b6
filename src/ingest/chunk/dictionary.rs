//! Dictionaries: every value once, and its number in each row.
use parquet::file::statistics::Statistics;

use super::delta::{self, Number};
use super::interner::Interner;
use super::values::Values;
use super::{bounds, pays};

/// The most bytes of a dictionary.
const DICTIONARY_BYTES: usize = 1 << 20;

/// The dictionary of a chunk.
pub struct Dictionary {
    /// Number of entries.
    pub entries: usize,
    /// The entries, encoded plainly.
    pub plain: Vec<u8>,
    /// The smallest and the largest.
    pub bounds: Option<Statistics>,
}

impl Dictionary {
    /// A dictionary, when it pays; the number of each value is in `indices` then. The `seed` is for hashing only.
    pub fn of(values: &Values, nulls: usize, seed: u64, indices: &mut Vec<u64>) -> Option<Self> {
        indices.clear();
        let dictionary = match values {
            Values::Int32(values) => of_numbers(values, nulls, seed, indices),
            Values::Int64(values) => of_numbers(values, nulls, seed, indices),
            Values::Text { lengths, data } => of_texts(lengths, data, nulls, seed, indices),
            Values::Pseudonym(_) => None,
        };
        dictionary.filter(|dictionary| dictionary.plain.len() <= DICTIONARY_BYTES)
    }
}

fn of_numbers<T: Number>(values: &[T], nulls: usize, seed: u64, indices: &mut Vec<u64>) -> Option<Dictionary> {
    let ends = delta::ends(values).filter(|ends| pays::numbers(values, *ends))?;
    let most = (values.len() / 2 + 1).min(DICTIONARY_BYTES / usize::from(T::BYTES));
    let entries = Interner::new(most, seed).numbers(values, ends, indices)?;
    let mut plain = Vec::with_capacity(entries.len() * usize::from(T::BYTES));
    entries.iter().for_each(|entry| entry.put(&mut plain));
    Some(Dictionary {
        bounds: Some(T::bounds(Some(ends), nulls as u64)),
        entries: entries.len(),
        plain,
    })
}

fn of_texts(lengths: &[i32], data: &[u8], nulls: usize, seed: u64, indices: &mut Vec<u64>) -> Option<Dictionary> {
    if !pays::texts(lengths, data) {
        return None;
    }
    let most = (lengths.len() / 2 + 1).min(DICTIONARY_BYTES / 4);
    let entries = Interner::new(most, seed).texts(lengths, data, indices)?;
    let mut plain = Vec::new();
    for entry in &entries {
        plain.extend_from_slice(&u32::try_from(entry.len()).ok()?.to_le_bytes());
        plain.extend_from_slice(&data[entry.clone()]);
    }
    Some(Dictionary {
        bounds: bounds::of_texts(entries.iter().map(|entry| &data[entry.clone()]), nulls),
        entries: entries.len(),
        plain,
    })
}
