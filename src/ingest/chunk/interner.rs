//! Distinct values, numbered in the order they come.
use std::ops::Range;

use super::delta::Number;

/// Slots of an empty table; a power of two.
const FIRST: usize = 1 << 10;
/// Numbers closer together than this are found in a table.
const TABLE: u64 = 1 << 15;
/// A slot without a number.
const FREE: u32 = u32::MAX;

/// A hash table of numbers given out; what they stand for is known to the caller.
pub struct Interner {
    slots: Vec<u32>,
    hashes: Vec<u64>,
    most: usize,
    seed: u64,
}

impl Interner {
    /// An empty one for at most `most` distinct values; a `seed` that nobody knows keeps values chosen with bad intent
    /// from meeting in one slot.
    pub fn new(most: usize, seed: u64) -> Self {
        Self {
            slots: vec![FREE; FIRST],
            hashes: Vec::new(),
            most,
            seed,
        }
    }

    /// Numbers the values of a list, whose smallest and largest are known, and returns the distinct ones; `None` when
    /// there are too many.
    pub fn numbers<T: Number>(&mut self, values: &[T], (low, high): (T, T), indices: &mut Vec<u64>) -> Option<Vec<T>> {
        let span = high.above(low);
        if span < TABLE {
            return self.near(values, low, span, indices);
        }
        let mut distinct = Vec::new();
        for &value in values {
            let next = distinct.len();
            let index = self.index(mix(value.wide().cast_unsigned() ^ self.seed), |known| {
                distinct[known] == value
            })?;
            if index == next {
                distinct.push(value);
            }
            indices.push(index as u64);
        }
        Some(distinct)
    }

    /// The same for values close together, which need no hashing.
    fn near<T: Number>(&self, values: &[T], low: T, span: u64, indices: &mut Vec<u64>) -> Option<Vec<T>> {
        let mut table = vec![FREE; usize::try_from(span).ok()? + 1];
        let mut distinct = Vec::new();
        indices.resize(values.len(), 0);
        for (value, out) in values.iter().zip(indices) {
            let index = &mut table[usize::try_from(value.above(low)).ok()?];
            if *index == FREE {
                *index = u32::try_from(distinct.len()).ok()?;
                distinct.push(*value);
            }
            *out = u64::from(*index);
        }
        (distinct.len() <= self.most).then_some(distinct)
    }

    /// The same for texts, one behind the other in `data` with [`BEHIND`] more bytes; returns where each distinct one
    /// stands.
    pub fn texts(&mut self, lengths: &[i32], data: &[u8], indices: &mut Vec<u64>) -> Option<Vec<Range<usize>>> {
        let (mut distinct, mut start): (Vec<Range<usize>>, _) = (Vec::new(), 0);
        for &length in lengths {
            let text = start..start + length.cast_unsigned() as usize;
            let next = distinct.len();
            let same = |known: usize| data[distinct[known].clone()] == data[text.clone()];
            let index = self.index(mix_bytes(data, text.clone(), self.seed), same)?;
            start = text.end;
            if index == next {
                distinct.push(text);
            }
            indices.push(index as u64);
        }
        Some(distinct)
    }

    #[inline(always)]
    fn index(&mut self, hash: u64, same: impl Fn(usize) -> bool) -> Option<usize> {
        let mut slot = place(hash, self.slots.len());
        loop {
            let known = self.slots[slot];
            if known == FREE {
                return self.add(hash, slot);
            }
            if self.hashes[known as usize] == hash && same(known as usize) {
                return Some(known as usize);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    #[inline(never)]
    fn add(&mut self, hash: u64, slot: usize) -> Option<usize> {
        let index = self.hashes.len();
        if index >= self.most {
            return None;
        }
        self.slots[slot] = u32::try_from(index).ok()?;
        self.hashes.push(hash);
        if self.hashes.len() * 2 > self.slots.len() {
            let mut slots = vec![FREE; self.slots.len() * 4];
            for (index, &hash) in (0..).zip(&self.hashes) {
                let mut slot = place(hash, slots.len());
                while slots[slot] != FREE {
                    slot = (slot + 1) & (slots.len() - 1);
                }
                slots[slot] = index;
            }
            self.slots = slots;
        }
        Some(index)
    }
}

/// The slot a hash is looked for first: its highest bits.
#[inline(always)]
fn place(hash: u64, slots: usize) -> usize {
    usize::try_from(hash >> 32).unwrap_or(0) & (slots - 1)
}

/// Bytes behind the last text, so that eight can be read at the start of any.
pub const BEHIND: usize = 8;

/// Spreads the bits of a number over all of them.
#[inline(always)]
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (value ^ (value >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// A hash of one text; up to eight bytes are read with what stands behind them.
#[inline(always)]
pub fn mix_bytes(data: &[u8], text: Range<usize>, seed: u64) -> u64 {
    let length = text.len();
    let seed = seed ^ length as u64;
    match data[text.start..].first_chunk::<BEHIND>() {
        Some(chunk) if (1..=BEHIND).contains(&length) => mix(u64::from_le_bytes(*chunk) << (64 - 8 * length) ^ seed),
        _ => data[text].chunks(8).fold(seed, |hash, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            mix(hash ^ u64::from_le_bytes(word))
        }),
    }
}
