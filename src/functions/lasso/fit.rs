//! LASSO with the penalty chosen by leaving one out.
use super::regression::{Lasso, Products, dot};

/// Penalties tried, from the smallest that leaves every coefficient zero down to a thousandth of it.
const PENALTIES: u32 = 100;
const SMALLEST: f64 = 1e-3;

/// Fewest rows to learn from.
pub const FEWEST: usize = 3;

/// A share by which a smaller penalty must do better; less is rounding.
const TIE: f64 = 1e-12;

/// What was learnt from rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The penalty, as scikit-learn's `alpha`: |y - Xw|^2 / (2 rows) + penalty * sum |w|.
    pub penalty: f64,
    /// The root of the mean square of what a row is missed by when the others predict it.
    pub error: f64,
    /// Of the columns, each divided by its standard deviation.
    pub coefficients: Vec<f64>,
    /// The mean of the target.
    pub intercept: f64,
    /// Rows it was learnt from.
    pub rows: usize,
    scales: Vec<Scale>,
}

/// Mean and standard deviation (of the rows as they are: divided by their number) of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    mean: f64,
    deviation: f64,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = mean(values);
    values.iter().map(|value| value - mean).collect()
}

fn without(values: &[f64], row: usize) -> Vec<f64> {
    let others = values.iter().enumerate().filter(|(i, _)| *i != row);
    others.map(|(_, value)| *value).collect()
}

impl Scale {
    fn of(values: &[f64]) -> Self {
        let middle = mean(values);
        let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
        let deviation = (squares / values.len() as f64).sqrt();
        Scale {
            mean: middle,
            // what is left of a column that does not vary is rounding
            deviation: if deviation > 1e-12 * middle.abs() {
                deviation
            } else {
                f64::INFINITY
            },
        }
    }

    fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

impl Fit {
    /// Learns `target` from `columns`, which are as long as it; `None` if rounding keeps it from being found.
    ///
    /// As scikit-learn's `LassoCV(cv=LeaveOneOut())` on columns that `StandardScaler` standardised beforehand; of equally
    /// good penalties the largest.
    pub fn new(columns: &[Vec<f64>], target: &[f64]) -> Option<Fit> {
        let scales: Vec<Scale> = columns.iter().map(|column| Scale::of(column)).collect();
        let scaled = columns.iter().zip(&scales);
        let columns: Vec<Vec<f64>> = scaled
            .map(|(column, scale)| column.iter().map(|value| scale.apply(*value)).collect())
            .collect();
        let intercept = mean(target);
        let rows = target.len() as f64;
        let products = Products::new(&columns, &centred(target));
        // nothing but rounding: the target does not vary
        let flat = products.largest() <= 1e-12 * rows * intercept.abs();
        let largest = if flat { 0.0 } else { products.largest() / rows };
        let penalties: Vec<f64> = (0..PENALTIES)
            .map(|i| largest * SMALLEST.powf(f64::from(i) / f64::from(PENALTIES - 1)))
            .collect();
        let errors = squared_errors(&columns, target, &penalties)?;
        let (mut penalty, mut error) = (largest, f64::INFINITY);
        for (tried, its_error) in penalties.iter().zip(errors) {
            if its_error < error * (1.0 - TIE) {
                (penalty, error) = (*tried, its_error);
            }
        }
        let mut lasso = Lasso::new(&products);
        if penalty > 0.0 {
            lasso.settle(penalty * rows)?;
        }
        Some(Fit {
            penalty,
            error: error.sqrt(),
            coefficients: lasso.coefficients().to_vec(),
            intercept,
            rows: target.len(),
            scales,
        })
    }

    /// What it predicts for a row.
    pub fn predict(&self, row: &[f64]) -> f64 {
        let scaled: Vec<f64> = row.iter().zip(&self.scales).map(|(v, scale)| scale.apply(*v)).collect();
        self.intercept + dot(&self.coefficients, &scaled)
    }
}

/// For each penalty, largest first, the mean square of what a row is missed by when the others predict it.
fn squared_errors(columns: &[Vec<f64>], target: &[f64], penalties: &[f64]) -> Option<Vec<f64>> {
    let mut errors = vec![0.0; penalties.len()];
    for row in 0..target.len() {
        let others: Vec<Vec<f64>> = columns.iter().map(|column| without(column, row)).collect();
        let known = without(target, row);
        let distances: Vec<f64> = columns
            .iter()
            .zip(&others)
            .map(|(c, others)| c[row] - mean(others))
            .collect();
        let others: Vec<Vec<f64>> = others.iter().map(|column| centred(column)).collect();
        let products = Products::new(&others, &centred(&known));
        let mut lasso = Lasso::new(&products);
        for (penalty, error) in penalties.iter().zip(&mut errors) {
            if *penalty > 0.0 {
                lasso.settle(*penalty * known.len() as f64)?;
            }
            let missed = target[row] - mean(&known) - dot(lasso.coefficients(), &distances);
            *error += missed * missed / target.len() as f64;
        }
    }
    Some(errors)
}
