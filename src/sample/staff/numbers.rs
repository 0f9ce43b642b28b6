//! Numbers of persons: those of citizens, and those of CBS.
use super::sums::small;
use crate::sample::number::StaffNumbers;

/// Hands out numbers; nobody gets one twice.
#[derive(Debug)]
pub(super) struct Numbers {
    citizens: StaffNumbers,
    rins: u64,
}

impl Numbers {
    /// Numbers for about `persons` people.
    pub(super) fn new(persons: u64) -> Self {
        Self {
            citizens: StaffNumbers::new(persons),
            rins: 0,
        }
    }

    /// A citizen service number.
    pub(super) fn citizen(&mut self) -> u32 {
        self.citizens.next()
    }

    /// A number of CBS. It has no test; zeros in front count.
    pub(super) fn rin(&mut self) -> u32 {
        let index = self.rins;
        self.rins += 1;
        // 387,420,489 is a power of three: it has no divisor in common with a power of ten, so all numbers differ.
        small((index.wrapping_mul(387_420_489) + 20_260_101) % 1_000_000_000)
    }
}
