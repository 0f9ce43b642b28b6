//! Bounded memory for unbounded columns: samples of distinct values, kept as hashes.
use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

/// A hash that is the same in every run
pub fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    hasher.finish()
}

/// An even sample of the distinct values of a column: those with the smallest hashes, each with a note
#[derive(Debug, Clone)]
pub struct Distinct<T> {
    kept: BTreeMap<u64, T>,
    most: usize,
}

impl<T> Distinct<T> {
    /// A sample of at most this many values
    pub fn new(most: usize) -> Self {
        Self {
            kept: BTreeMap::new(),
            most,
        }
    }

    /// Takes a value by its hash
    pub fn add(&mut self, hash: u64, note: T) {
        if self.kept.len() == self.most {
            match self.kept.last_key_value() {
                Some((&largest, _)) if hash < largest => {}
                _ => return,
            }
        }
        self.kept.insert(hash, note);
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// Takes what another sample of the same size has
    pub fn merge(&mut self, other: Self) {
        other.kept.into_iter().for_each(|(hash, note)| self.add(hash, note));
    }

    /// The notes of the sampled values
    pub fn notes(&self) -> impl Iterator<Item = &T> {
        self.kept.values()
    }

    /// Values in the sample
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// About how many distinct values there are (exact as long as all fit in the sample)
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // an estimate
    pub fn estimate(&self) -> u64 {
        match self.kept.last_key_value() {
            Some((&largest, _)) if self.kept.len() == self.most => {
                ((self.most - 1) as f64 / (largest as f64 / u64::MAX as f64)) as u64
            }
            _ => self.kept.len() as u64,
        }
    }
}

/// Looks for a key that stands twice. When memory is full it goes on with half of the hashes: a value that stands twice
/// has the same hash both times, so what is checked stays checked in full.
#[derive(Debug)]
pub struct TwiceCheck {
    seen: HashSet<u64>,
    most: usize,
    halvings: u32,
    /// A key stood twice
    pub twice: bool,
}

impl TwiceCheck {
    /// A check that holds at most this many hashes
    pub fn new(most: usize) -> Self {
        Self {
            seen: HashSet::new(),
            most,
            halvings: 0,
            twice: false,
        }
    }

    /// Takes the next key by its hash
    pub fn add(&mut self, hash: u64) {
        if self.twice || hash.trailing_zeros() < self.halvings {
            return;
        }
        if !self.seen.insert(hash) {
            self.twice = true;
            self.seen = HashSet::new();
        } else if self.seen.len() > self.most {
            self.halvings += 1;
            let halvings = self.halvings;
            self.seen.retain(|hash| hash.trailing_zeros() >= halvings);
        }
    }

    /// One in how many distinct keys was checked
    pub fn one_in(&self) -> u64 {
        1 << self.halvings.min(63)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_values_are_estimated() {
        let mut distinct = Distinct::new(256);
        for round in 0..3u8 {
            for value in 0..50_000u32 {
                distinct.add(hash(&[&value.to_le_bytes()]), round);
            }
        }
        assert_eq!(distinct.len(), 256);
        assert!(
            (40_000..60_000).contains(&distinct.estimate()),
            "{}",
            distinct.estimate()
        );
        let mut few = Distinct::new(256);
        (0..100u32).for_each(|value| few.add(hash(&[&(value % 7).to_le_bytes()]), ()));
        assert_eq!(few.estimate(), 7);
    }

    #[test]
    fn keys_that_stand_twice_are_found() {
        let mut check = TwiceCheck::new(1000);
        (0..100_000u32).for_each(|value| check.add(hash(&[&value.to_le_bytes()])));
        assert!(!check.twice && check.one_in() > 50);
        (0..100_000u32).for_each(|value| check.add(hash(&[&value.to_le_bytes()])));
        assert!(check.twice);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}
