//! Seeded chance: every person and every site has its own stream, so that any of them can be made again alone.
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream is for; keeps the streams of different things apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    People,
    Site,
    Offer,
    Subjects,
    Exams,
    Results,
    Survey,
}

/// A source of chance.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of the `index`-th thing of its kind.
    pub(super) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((stream as u64) << 56 | index);
        Self(rng)
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0.
    pub(super) fn below(&mut self, below: u32) -> u32 {
        self.0.random_range(0..below.max(1))
    }

    /// Puts things in any order.
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.0.random_range(0..=last));
        }
    }

    /// True in `permille` out of 1,000 cases.
    pub(super) fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// One of the options.
    pub(super) fn one<'a, T>(&mut self, options: &'a [T]) -> Option<&'a T> {
        let at = self.below(u32::try_from(options.len()).unwrap_or(u32::MAX));
        options.get(usize::try_from(at).ok()?)
    }

    /// One of the options, by weight.
    pub(super) fn weighted<T: Copy>(&mut self, options: impl Iterator<Item = (T, u32)> + Clone) -> Option<T> {
        let total: u32 = options.clone().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (option, weight) in options {
            if left < weight {
                return Some(option);
            }
            left -= weight;
        }
        None
    }
}
