//! Seeded choices that cost little also in a debug build: each person, school and year has its own.
use super::sums::small;

/// What a choice is about; keeps the choices of different things apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum About {
    Person,
    School,
    Leaving,
    Moving,
    Side,
    Age,
    Sex,
    Support,
    Training,
    Level,
    Contract,
    Licence,
    General,
    Beside,
    Career,
    Sector,
    Lessons,
    Factor,
    Post,
    Jobs,
    Spells,
    Employer,
    Background,
    Link,
}

/// A source of choices.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The choices about the `index`-th thing of its kind.
    pub(super) fn new(seed: u64, about: About, index: u64) -> Self {
        Self(mixed(mixed(seed ^ (about as u64) << 48) ^ index))
    }

    /// The choices about a thing in a year.
    pub(super) fn in_year(seed: u64, about: About, index: usize, year: u32) -> Self {
        Self::new(seed, about, index as u64 | u64::from(year) << 40)
    }

    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        small(mixed(self.0) >> 32)
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0.
    pub(super) fn below(&mut self, below: u32) -> u32 {
        small((u64::from(self.next()) * u64::from(below)) >> 32)
    }

    /// A number from `first` to `last`.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last + 1 - first)
    }

    /// A number from 0 up to 1.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.next()) / 4_294_967_296.0
    }

    /// True in `permille` out of 1,000 cases.
    pub(super) fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// One of the options, by weight.
    pub(super) fn weighted<T: Copy>(&mut self, options: &[(T, u32)]) -> Option<T> {
        let mut left = self.below(options.iter().map(|(_, weight)| weight).sum());
        for (option, weight) in options {
            if left < *weight {
                return Some(*option);
            }
            left -= weight;
        }
        None
    }
}

/// The finaliser of splitmix64: every bit of the input changes half of the output.
pub(super) fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
