//! What is kept of the rows, and the share and interval that follow from it.
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, UInt64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;

use super::Part;
use crate::functions::FunctionError;
use crate::functions::exact_sum::ExactSum;

/// The normal distribution's 97.5% point.
const Z: f64 = 1.959_963_984_540_054;

/// Weights whose squares, and sums of squares, are numbers.
const WEIGHTS: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// Sums over the rows that count: those with an answer and a weight.
#[derive(Debug, Clone)]
pub struct Tally {
    part: Part,
    counted: u64,
    /// Of weights where the condition holds, and where not; of their squares likewise.
    sums: [ExactSum; 4],
}

impl Tally {
    /// Names of the sums in the state.
    pub const SUMS: [&str; 4] = ["holds", "not", "holds_squared", "not_squared"];

    /// A tally of no rows, for `part`.
    pub fn new(part: Part) -> Self {
        Tally {
            part,
            counted: 0,
            sums: Default::default(),
        }
    }

    fn add(&mut self, holds: bool, weight: f64) -> Result<()> {
        if weight == 0.0 {
            return Ok(());
        }
        if !WEIGHTS.contains(&weight) {
            let text = "gewogen_aandeel: a weight is negative, not a number, or out of range; \
                        a row that should not count has weight null or 0";
            return Err(FunctionError(text.into()).into());
        }
        let at = if holds { 0 } else { 1 };
        self.counted += 1;
        self.sums[at].add(weight);
        self.sums[at + 2].add(weight * weight);
        Ok(())
    }

    /// The share: a ratio of two sums of weights.
    fn share(&self) -> Option<f64> {
        let [holds, not, ..] = &self.sums;
        (self.counted > 0).then(|| holds.value() / (holds.value() + not.value()))
    }

    /// The standard error of the share: the ratio linearised (Taylor), for one stage of drawing with replacement,
    /// weights as inverse chances: var(p) = n / (n - 1) * sum(w^2 (y - p)^2) / (sum w)^2. As y is 0 or 1, the sum is
    /// (1 - p)^2 times the squared weights where the condition holds, plus p^2 times the others.
    ///
    /// C.-E. Sarndal, B. Swensson and J. Wretman, Model Assisted Survey Sampling (1992), 5.5-5.6 with 2.9; the same as
    /// `svymean` of R's package survey for a design with weights only.
    fn error(&self) -> Option<f64> {
        if self.counted < 2 {
            return None;
        }
        let [holds, not, holds_squared, not_squared] = &self.sums;
        let (holds, not) = (holds.value(), not.value());
        let total = holds + not;
        let (share, rest) = (holds / total, not / total);
        let squares = rest * rest * (holds_squared.value() / total / total)
            + share * share * (not_squared.value() / total / total);
        let n = self.counted as f64;
        Some((n / (n - 1.0) * squares).sqrt())
    }

    fn result(&self) -> Option<f64> {
        let share = self.share()?;
        match self.part {
            Part::Share => Some(share),
            Part::Low => Some((share - Z * self.error()?).max(0.0)),
            Part::High => Some((share + Z * self.error()?).min(1.0)),
        }
    }
}

impl Accumulator for Tally {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let conditions = values[0].as_boolean().iter();
        let weights = values[1].as_primitive::<Float64Type>().iter();
        for pair in conditions.zip(weights) {
            if let (Some(holds), Some(weight)) = pair {
                self.add(holds, weight)?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.result()))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sums.iter().map(ExactSum::size).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut state = vec![ScalarValue::UInt64(Some(self.counted))];
        state.extend(self.sums.iter().map(|sum| {
            let parts: Vec<ScalarValue> = sum.parts().iter().map(|part| ScalarValue::from(*part)).collect();
            ScalarValue::List(ScalarValue::new_list(&parts, &DataType::Float64, true))
        }));
        Ok(state)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.counted += states[0].as_primitive::<UInt64Type>().iter().flatten().sum::<u64>();
        for (sum, lists) in self.sums.iter_mut().zip(&states[1..]) {
            for parts in lists.as_list::<i32>().iter().flatten() {
                let parts = parts.as_primitive::<Float64Type>();
                parts.iter().flatten().for_each(|part| sum.add(part));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(rows: &[(bool, f64)]) -> Tally {
        let mut tally = Tally::new(Part::Share);
        rows.iter()
            .for_each(|(holds, weight)| tally.add(*holds, *weight).unwrap());
        tally
    }

    #[test]
    fn a_share_by_hand() {
        // weights 1, 2, 3, 4; the condition holds for 2 and 4: p = 6/10
        // squares: w^2 (y - p)^2 = 1 * .36 + 4 * .16 + 9 * .36 + 16 * .16 = .36 + .64 + 3.24 + 2.56 = 6.80
        // var = 4/3 * 6.80 / 100 = 0.0906667, se = 0.3011091; p +- 1.959964 se = 0.0098, 1.1902 (cut off at 1)
        let mut tally = tally(&[(false, 1.0), (true, 2.0), (false, 3.0), (true, 4.0)]);
        assert_eq!(tally.share(), Some(0.6));
        assert!((tally.error().unwrap() - 0.301_109_061).abs() < 1e-9);
        tally.part = Part::Low;
        assert!((tally.result().unwrap() - 0.009_837_085).abs() < 1e-9);
        tally.part = Part::High;
        assert_eq!(tally.result(), Some(1.0));
    }

    #[test]
    fn few_rows_have_no_interval() {
        assert_eq!((tally(&[]).share(), tally(&[]).error()), (None, None));
        assert_eq!(
            (tally(&[(true, 3.0)]).share(), tally(&[(true, 3.0)]).error()),
            (Some(1.0), None)
        );
        // a weight of 0 is no respondent
        assert_eq!(tally(&[(true, 3.0), (false, 0.0)]).error(), None);
        assert!(Tally::new(Part::Share).add(true, -1.0).is_err());
        assert!(Tally::new(Part::Share).add(true, f64::NAN).is_err());
        assert!(Tally::new(Part::Share).add(true, f64::INFINITY).is_err());
    }

    proptest! {
        #[test]
        fn equal_weights_give_the_plain_share(answers in prop::collection::vec(any::<bool>(), 2..200), weight in 0.1..9.0f64) {
            let rows: Vec<_> = answers.iter().map(|holds| (*holds, weight)).collect();
            let n = answers.len() as f64;
            let plain = answers.iter().filter(|holds| **holds).count() as f64 / n;
            prop_assert!((tally(&rows).share().unwrap() - plain).abs() < 1e-12);
            // and the plain standard error: sqrt(p (1 - p) / (n - 1))
            let error = (plain * (1.0 - plain) / (n - 1.0)).sqrt();
            prop_assert!((tally(&rows).error().unwrap() - error).abs() < 1e-12);
        }

        #[test]
        fn the_formula_row_by_row_gives_the_same(rows in prop::collection::vec((any::<bool>(), 0.01..50.0f64), 2..100)) {
            let total: f64 = rows.iter().map(|(_, w)| w).sum();
            let y = |holds: bool| if holds { 1.0 } else { 0.0 };
            let share = rows.iter().map(|(holds, w)| y(*holds) * w).sum::<f64>() / total;
            let squares: f64 = rows.iter().map(|(holds, w)| (w * (y(*holds) - share)).powi(2)).sum();
            let n = rows.len() as f64;
            let error = (n / (n - 1.0) * squares).sqrt() / total;
            prop_assert!((tally(&rows).share().unwrap() - share).abs() < 1e-12);
            prop_assert!((tally(&rows).error().unwrap() - error).abs() < 1e-12);
        }

        #[test]
        fn parts_of_the_rows_add_up_to_the_whole(
            rows in prop::collection::vec((any::<bool>(), 0.01..50.0f64), 2..100),
            cut in any::<prop::sample::Index>(),
        ) {
            let (left, right) = rows.split_at(cut.index(rows.len()));
            let mut merged = tally(right);
            let state = tally(left).state().unwrap();
            let state: Vec<ArrayRef> = state.iter().map(|value| value.to_array().unwrap()).collect();
            merged.merge_batch(&state).unwrap();
            let whole = tally(&rows);
            prop_assert_eq!(merged.share(), whole.share());
            prop_assert_eq!(merged.error(), whole.error());
        }
    }
}
