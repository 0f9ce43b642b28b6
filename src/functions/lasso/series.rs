//! Forecasts of a yearly series from its own past and that of another.
use std::collections::BTreeMap;

use super::fit::{FEWEST, Fit};

/// How far back predictors lie, and how far ahead is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lags {
    /// Years back of the nearest predictors.
    pub first: i64,
    /// Years back of the farthest.
    pub last: i64,
    /// Years to forecast after the last known.
    pub ahead: i64,
}

/// What is known of a year.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Known {
    /// Those who came in.
    pub intake: Option<f64>,
    /// Those who came out, which is forecast.
    pub outcome: Option<f64>,
}

/// Which of the two series a predictor is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Intake.
    Intake,
    /// Outcome.
    Outcome,
}

/// A year that was forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The year.
    pub year: i64,
    /// Years with the outcome and every predictor known: what could be learnt from.
    pub rows: usize,
    /// The value, and what it was learnt by; `None` with too few years.
    pub value: Option<(f64, Fit)>,
}

type Series = BTreeMap<i64, Known>;
type Predictors = Vec<(Of, i64)>;

fn known(series: &Series, of: Of, year: i64) -> Option<f64> {
    let known = series.get(&year)?;
    match of {
        Of::Intake => known.intake,
        Of::Outcome => known.outcome,
    }
}

fn values(series: &Series, predictors: &Predictors, year: i64) -> Option<Vec<f64>> {
    predictors
        .iter()
        .map(|(of, lag)| known(series, *of, year - lag))
        .collect()
}

/// The years after the last known outcome. A year is forecast from those lagged values that are known, so never from a
/// forecast: where the nearest lags reach beyond what is known, it has a regression of its own without them.
/// `None` if rounding keeps a regression from being found.
pub fn forecasts(series: &Series, lags: Lags) -> Option<Vec<Forecast>> {
    let last = series.iter().rev().find(|(_, known)| known.outcome.is_some());
    let Some((last, _)) = last else { return Some(Vec::new()) };
    let mut before: Option<(Predictors, usize, Option<Fit>)> = None;
    let mut forecasts = Vec::new();
    for year in last + 1..=last + lags.ahead {
        let all = [Of::Intake, Of::Outcome];
        let all = all
            .into_iter()
            .flat_map(|of| (lags.first..=lags.last).map(move |lag| (of, lag)));
        let predictors: Predictors = all
            .filter(|(of, lag)| known(series, *of, year - lag).is_some())
            .collect();
        let (predictors, rows, fit) = match before.take() {
            Some(before) if before.0 == predictors => before,
            _ => {
                let (rows, fit) = learn(series, &predictors)?;
                (predictors, rows, fit)
            }
        };
        let row = values(series, &predictors, year);
        forecasts.push(Forecast {
            year,
            rows,
            value: fit.clone().zip(row).map(|(fit, row)| (fit.predict(&row), fit)),
        });
        before = Some((predictors, rows, fit));
    }
    Some(forecasts)
}

/// Learns from every year with the outcome and each predictor known; how many there are, and what was learnt.
fn learn(series: &Series, predictors: &Predictors) -> Option<(usize, Option<Fit>)> {
    let rows = series.iter().filter_map(|(year, known)| {
        let row = values(series, predictors, *year)?;
        Some((row, known.outcome?))
    });
    let (rows, target): (Vec<Vec<f64>>, Vec<f64>) = rows.unzip();
    if target.len() < FEWEST || predictors.is_empty() {
        return Some((target.len(), None));
    }
    let columns: Vec<Vec<f64>> = (0..predictors.len())
        .map(|i| rows.iter().map(|row| row[i]).collect())
        .collect();
    Some((target.len(), Some(Fit::new(&columns, &target)?)))
}
