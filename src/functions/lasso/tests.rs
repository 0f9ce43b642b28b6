use std::collections::BTreeMap;

use arrow::array::{ArrayRef, Float64Array, Int64Array};
use proptest::prelude::*;
use serde_json::Value;

use super::fit::Fit;
use super::regression::{Lasso, Products, dot};
use super::series::{Known, forecasts};
use super::*;

/// Made by scikit_learn.py beside it.
const SCIKIT_LEARN: &str = include_str!("../../../tests/it/lasso/scikit_learn.json");

type Series = BTreeMap<i64, Known>;

fn series_of(case: &Value) -> Series {
    let years = case["known"].as_array().unwrap().iter();
    years
        .map(|known| {
            let values = Known {
                intake: known["intake"].as_f64(),
                outcome: known["outcome"].as_f64(),
            };
            (known["year"].as_i64().unwrap(), values)
        })
        .collect()
}

#[track_caller]
fn near(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    // agreement to 1e-6 is asked for; what is seen is 1e-10
    assert!((ours - theirs).abs() < 1e-8, "{what}: {ours} and {theirs}");
}

#[test]
fn coefficients_penalties_and_forecasts_are_scikit_learns() {
    let file: Value = serde_json::from_str(SCIKIT_LEARN).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let lags = Lags {
            first: case["min_lag"].as_i64().unwrap(),
            last: case["max_lag"].as_i64().unwrap(),
            ahead: case["ahead"].as_i64().unwrap(),
        };
        let ours = forecasts(&series_of(case), lags).unwrap();
        let theirs = case["forecasts"].as_array().unwrap();
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            let place = usize::try_from(theirs["regression"].as_u64().unwrap()).unwrap();
            let regression = &case["regressions"][place];
            let (value, fit) = ours.value.as_ref().unwrap();
            assert_eq!(theirs["year"], ours.year, "{name}");
            assert_eq!(regression["years"], ours.rows, "{name}");
            near(*value, &theirs["value"], name);
            near(fit.penalty, &regression["penalty"], name);
            near(fit.error, &regression["error"], name);
            near(fit.intercept, &regression["intercept"], name);
            let coefficients = regression["coefficients"].as_array().unwrap();
            assert_eq!(fit.coefficients.len(), coefficients.len(), "{name}");
            for (ours, theirs) in fit.coefficients.iter().zip(coefficients) {
                near(*ours, theirs, name);
            }
        }
    }
}

fn centred(column: &[f64]) -> Vec<f64> {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    column.iter().map(|value| value - mean).collect()
}

/// Small whole numbers: columns that are equal, constant, or sums of others are common, and there may be more of them
/// than rows.
fn problems() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>)> {
    let number = || (-3i32..=3).prop_map(f64::from);
    (2..9usize, 1..10usize).prop_flat_map(move |(rows, columns)| {
        let column = || prop::collection::vec(number(), rows);
        (prop::collection::vec(column(), columns), column())
    })
}

proptest! {
    /// The conditions of a minimum: a column's product with what is left over is the penalty, with the sign of the
    /// coefficient, where it takes part, and no more than the penalty where it does not.
    #[test]
    fn a_solution_is_a_minimum((columns, target) in problems(), shares in prop::collection::vec(0.001..1.0f64, 1..6)) {
        let columns: Vec<Vec<f64>> = columns.iter().map(|column| centred(column)).collect();
        let target = centred(&target);
        let products = Products::new(&columns, &target);
        prop_assume!(products.largest() > 1e-9);
        let mut shares = shares;
        shares.sort_by(|a, b| b.total_cmp(a));
        let mut lasso = Lasso::new(&products);
        for share in shares {
            let penalty = products.largest() * share;
            prop_assert!(lasso.settle(penalty).is_some());
            let fitted = |row: usize| columns.iter().zip(lasso.coefficients()).map(|(c, w)| c[row] * w).sum::<f64>();
            let left: Vec<f64> = target.iter().enumerate().map(|(row, value)| value - fitted(row)).collect();
            for (column, coefficient) in columns.iter().zip(lasso.coefficients()) {
                let product = dot(column, &left);
                if *coefficient == 0.0 {
                    prop_assert!(product.abs() <= penalty + 1e-8);
                } else {
                    prop_assert!((product - penalty * coefficient.signum()).abs() < 1e-8);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// However the rows come: in any order, in any batches, by any thread.
    #[test]
    fn forecasts_do_not_depend_on_the_order_of_rows(
        values in prop::collection::vec((0..500i32, 0..200i32), 8..20).prop_flat_map(|values| {
            let years: Vec<(usize, (i32, i32))> = values.into_iter().enumerate().collect();
            Just(years).prop_shuffle()
        }),
        cut in any::<prop::sample::Index>(),
    ) {
        let lags = Lags { first: 2, last: 4, ahead: 3 };
        let column = |of: fn(&(i32, i32)) -> i32, rows: &[(usize, (i32, i32))]| -> ArrayRef {
            Arc::new(rows.iter().map(|(_, value)| Some(f64::from(of(value)))).collect::<Float64Array>())
        };
        let batch = |rows: &[(usize, (i32, i32))]| -> Vec<ArrayRef> {
            let years = rows.iter().map(|(year, _)| 2000 + i64::try_from(*year).unwrap());
            vec![Arc::new(Int64Array::from_iter_values(years)), column(|v| v.0, rows), column(|v| v.1, rows)]
        };
        let mut sorted = values.clone();
        sorted.sort_by_key(|(year, _)| *year);
        let mut whole = Years::new(false, lags);
        whole.update_batch(&batch(&sorted)).unwrap();

        let (left, right) = values.split_at(cut.index(values.len()));
        let (mut one, mut other) = (Years::new(false, lags), Years::new(false, lags));
        one.update_batch(&batch(left)).unwrap();
        other.update_batch(&batch(right)).unwrap();
        let state: Vec<ArrayRef> = other.state().unwrap().iter().map(|v| v.to_array().unwrap()).collect();
        one.merge_batch(&state).unwrap();
        prop_assert_eq!(one.evaluate().unwrap(), whole.evaluate().unwrap());
    }
}

#[test]
fn what_does_not_vary_is_forecast_as_it_is() {
    let fit = Fit::new(&[vec![1.0, 5.0, 2.0, 8.0], vec![3.0; 4]], &[70.0; 4]).unwrap();
    assert_eq!((fit.penalty, fit.error, fit.predict(&[9.0, 3.0])), (0.0, 0.0, 70.0));
    // a column that never varied has taught nothing, whatever comes
    let fit = Fit::new(&[vec![3.0; 4]], &[1.0, 2.0, 3.0, 6.0]).unwrap();
    assert_eq!(fit.predict(&[1000.0]), 3.0);
}

#[test]
fn a_line_goes_on() {
    // outcome = intake of two years before / 2, and every lag of either is the same line
    let known = |year: i64| Known {
        intake: Some(year as f64 * 10.0),
        outcome: Some((year - 2) as f64 * 5.0),
    };
    let series: Series = (2000..2020).map(|year| (year, known(year))).collect();
    let lags = Lags {
        first: 2,
        last: 6,
        ahead: 3,
    };
    for forecast in forecasts(&series, lags).unwrap() {
        let (value, fit) = forecast.value.unwrap();
        // the penalty shrinks a little; what is left of the line is not more than the error it tells
        assert!((value - (forecast.year - 2) as f64 * 5.0).abs() < 0.1, "{value}");
        assert!(fit.error < 0.1, "{}", fit.error);
    }
}

#[test]
fn too_few_years_teach_nothing() {
    let known = |year: i64| Known {
        intake: Some(year as f64),
        outcome: Some(year as f64),
    };
    // of seven years, with lags up to five, two have every predictor
    let series: Series = (2000..2007).map(|year| (year, known(year))).collect();
    let lags = Lags {
        first: 2,
        last: 5,
        ahead: 1,
    };
    let forecast = &forecasts(&series, lags).unwrap()[0];
    assert_eq!((forecast.year, forecast.rows, &forecast.value), (2007, 2, &None));
    assert!(forecasts(&Series::new(), lags).unwrap().is_empty());
}
