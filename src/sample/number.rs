//! Citizen service numbers and onderwijsnummers that pass their eleven-test and belong to nobody we know of.
//!
//! The last digit of a citizen service number tells whose it is, so that nobody shares one: people at schools for their
//! work have 7 to 9, pupils the others.

/// The lowest last digit of the numbers of staff.
const STAFF: u32 = 7;

/// Makes the numbers of one sample: each index has its own, spread so that neighbours look unrelated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    /// How many indices are in use.
    count: u64,
    /// How many eight-digit stems are used, at the top of the range (where the official test numbers are).
    stems: u64,
    /// What the eleven-test must leave: 0 for a citizen service number, 5 for an onderwijsnummer.
    remainder: u32,
}

impl Numbers {
    /// Numbers for indices below `count`.
    pub(super) fn new(count: u64, remainder: u32) -> Self {
        let mut stems = 100_000;
        // At most four stems in eleven have no last digit to use; sixteen tries each are ample.
        while stems < count.saturating_mul(16) && stems < 100_000_000 {
            stems *= 10;
        }
        Self {
            count: count.max(1),
            stems,
            remainder,
        }
    }

    /// The nine digits of an index.
    pub(super) fn digits(&self, index: u64) -> String {
        let mut step = index;
        loop {
            // 7,368,787 is a prime that does not divide a power of ten: every stem is reached once.
            let spread = (step.wrapping_mul(7_368_787).wrapping_add(31_337)) % self.stems;
            // One in fifty starts with zeros, which count.
            let stem = if index.is_multiple_of(50) {
                spread
            } else {
                100_000_000 - self.stems + spread
            };
            let number = format!("{stem:08}");
            let last = last_digit(&number, self.remainder);
            if let Some(last) = last.filter(|last| self.remainder > 0 || *last < STAFF) {
                return format!("{number}{last}");
            }
            step += self.count;
        }
    }
}

/// Hands out the citizen service numbers of staff, one after another: neighbours look unrelated.
#[derive(Debug, Clone)]
pub(super) struct StaffNumbers {
    next: u64,
    /// How many eight-digit stems are used, at the top of the range.
    stems: u64,
}

impl StaffNumbers {
    /// Numbers for about `count` people.
    pub(super) fn new(count: u64) -> Self {
        let mut stems = 100_000;
        // Three stems in eleven have a last digit of theirs.
        while stems < count.saturating_mul(5) && stems < 100_000_000 {
            stems *= 10;
        }
        Self { next: 0, stems }
    }

    /// A number that was not handed out before.
    pub(super) fn next(&mut self) -> u32 {
        loop {
            let step = self.next;
            self.next += 1;
            let spread = (step.wrapping_mul(7_368_787).wrapping_add(31_337)) % self.stems;
            let stem = if step.is_multiple_of(50) {
                spread
            } else {
                100_000_000 - self.stems + spread
            };
            if let Some(last) = last_digit(&format!("{stem:08}"), 0).filter(|last| *last >= STAFF) {
                return u32::try_from(stem * 10).unwrap_or(0) + last;
            }
        }
    }
}

/// The ninth digit with which eight leave the remainder in the eleven-test (weights 9 8 7 6 5 4 3 2 -1); none when that would be ten, or
/// when all are zero.
fn last_digit(stem: &str, remainder: u32) -> Option<u32> {
    let weighted = stem
        .bytes()
        .zip((2..=9).rev())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let last = (weighted.sum::<u32>() + 11 - remainder) % 11;
    (last < 10 && stem != "00000000").then_some(last)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_pass_the_eleven_test_and_differ() {
        let mut seen = HashSet::new();
        for index in 0..40_000 {
            let remainder = if index < 20_000 { 0 } else { 5 };
            let digits = Numbers::new(20_000, remainder).digits(index % 20_000);
            let sum: i32 = digits
                .bytes()
                .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
                .map(|(digit, weight)| i32::from(digit - b'0') * weight)
                .sum();
            assert_eq!(digits.len(), 9);
            assert_eq!(sum % 11, i32::try_from(remainder).unwrap(), "{digits}");
            assert!(seen.insert(digits));
        }
        let mut staff = StaffNumbers::new(20_000);
        for _ in 0..20_000 {
            let digits = format!("{:09}", staff.next());
            let weighted = digits.bytes().zip([9u32, 8, 7, 6, 5, 4, 3, 2, 10]);
            let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
            assert_eq!((digits.len(), sum % 11), (9, 0), "{digits}");
            assert!(seen.insert(digits), "staff and pupils share no number");
        }
        assert!(seen.iter().any(|digits| digits.starts_with("00")));
    }
}
