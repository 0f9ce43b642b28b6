//! Sums that do not depend on the order of their terms.

/// An exact sum of floating-point numbers, as parts that do not overlap; only its value is rounded, once. Threads that
/// each saw other rows thus agree on the last bit, and a rebuild on equal data is an equal table.
///
/// J.R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, Discrete &
/// Computational Geometry 18 (1997), 305-363; as in Python's `math.fsum`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds one term; a part of another sum is a term too. Terms are finite, and far enough from the largest number.
    pub fn add(&mut self, term: f64) {
        let mut rest = term;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let (large, small) = match rest.abs() < self.parts[i].abs() {
                true => (self.parts[i], rest),
                false => (rest, self.parts[i]),
            };
            let sum = large + small;
            let lost = small - (sum - large);
            if lost != 0.0 {
                self.parts[kept] = lost;
                kept += 1;
            }
            rest = sum;
        }
        self.parts.truncate(kept);
        self.parts.push(rest);
    }

    /// The parts, smallest first.
    pub fn parts(&self) -> &[f64] {
        &self.parts
    }

    /// The sum, correctly rounded.
    pub fn value(&self) -> f64 {
        let mut rest = self.parts.iter().rev().copied();
        let mut sum = rest.next().unwrap_or_default();
        let mut lost = 0.0;
        for part in rest.by_ref() {
            let next = sum + part;
            lost = part - (next - sum);
            sum = next;
            if lost != 0.0 {
                break;
            }
        }
        // just between two numbers: what is below decides to which one it goes
        if let Some(below) = rest.next()
            && lost * below.signum() > 0.0
        {
            let double = lost * 2.0;
            let next = sum + double;
            if next - sum == double {
                return next;
            }
        }
        sum
    }

    /// Memory of the parts, in bytes.
    pub fn size(&self) -> usize {
        self.parts.capacity() * size_of::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        terms.iter().for_each(|term| sum.add(*term));
        sum
    }

    #[test]
    fn what_is_rounded_is_rounded_once() {
        assert_eq!(sum(&[]).value(), 0.0);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]).value(), 1.0);
        // Python: math.fsum([1, 2**-53, 2**-106]) = 1.0000000000000002, where half of it alone would go down
        assert_eq!(sum(&[1.0, 2f64.powi(-53), 2f64.powi(-106)]).value(), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0, 2f64.powi(-53)]).value(), 1.0);
    }

    proptest! {
        #[test]
        fn neither_order_nor_grouping_matters(
            terms in prop::collection::vec(prop_oneof![0.0..10.0f64, 1e-9..1e-6f64, 1e6..1e12f64], 1..60),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = sum(&terms).value();
            let mut sorted = terms.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(sum(&sorted).value().to_bits(), whole.to_bits());
            let (left, right) = terms.split_at(cut.index(terms.len()));
            let mut merged = sum(right);
            sum(left).parts().iter().for_each(|part| merged.add(*part));
            prop_assert_eq!(merged.value().to_bits(), whole.to_bits());
        }
    }
}
