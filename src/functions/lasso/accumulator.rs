//! The series of a group of rows, and its forecasts as a list.
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;

use super::series::{Forecast, Known, Lags, forecasts};
use super::{fields, list_item, refuse};
use crate::functions::SchoolYear;

/// More years than any register has; the time of a forecast grows with the square of their number.
const MOST_YEARS: usize = 200;

/// The years of one group.
#[derive(Debug)]
pub struct Years {
    /// Whether years are school years, as text; else they are numbers.
    text: bool,
    lags: Lags,
    known: BTreeMap<i64, Known>,
}

impl Years {
    /// No years.
    pub fn new(text: bool, lags: Lags) -> Self {
        Years {
            text,
            lags,
            known: BTreeMap::new(),
        }
    }

    fn add(&mut self, year: i64, intake: Option<f64>, outcome: Option<f64>) -> Result<()> {
        if SchoolYear::beginning_in(year).is_none() {
            return refuse("a year is outside 1000 to 9998; check the column that is passed");
        }
        // far beyond it, products of values are no numbers any more
        if [intake, outcome]
            .iter()
            .flatten()
            .any(|value| value.is_nan() || value.abs() > 1e15)
        {
            return refuse("a value is not a number, or beyond 1e15; make it null if it is unknown");
        }
        let known = Known { intake, outcome };
        if self.known.insert(year, known).is_some() {
            return refuse("a year occurs twice; sum over the rows of a year first, or group by what tells them apart");
        }
        if self.known.len() > MOST_YEARS {
            return refuse("there are more than 200 years; group by what makes a series");
        }
        Ok(())
    }

    fn years(&self, column: &ArrayRef) -> Result<Vec<i64>> {
        let number = |text: &str| text.parse::<SchoolYear>().ok().map(|year| i64::from(year.begin()));
        let years: Vec<Option<i64>> = match self.text {
            true => column.as_string::<i32>().iter().map(|text| number(text?)).collect(),
            false => column.as_primitive::<Int64Type>().iter().collect(),
        };
        let all = years.into_iter().collect::<Option<Vec<_>>>();
        all.map_or_else(
            || refuse("a year is null, or not a school year like 2019-2020; leave such rows out"),
            Ok,
        )
    }

    fn add_all(&mut self, years: &[i64], intake: &ArrayRef, outcome: &ArrayRef) -> Result<()> {
        let intake = intake.as_primitive::<Float64Type>().iter();
        let outcome = outcome.as_primitive::<Float64Type>().iter();
        for ((year, intake), outcome) in years.iter().zip(intake).zip(outcome) {
            self.add(*year, intake, outcome)?;
        }
        Ok(())
    }

    /// Years as they came, of the forecasts.
    fn column(&self, forecasts: &[Forecast]) -> ArrayRef {
        let years = forecasts.iter().map(|forecast| forecast.year);
        match self.text {
            false => Arc::new(Int64Array::from_iter_values(years)),
            true => {
                let text = years.map(|year| SchoolYear::beginning_in(year).map(|year| year.to_string()));
                Arc::new(text.collect::<StringArray>())
            }
        }
    }

    fn list(&self, forecasts: &[Forecast]) -> Result<ListArray> {
        let numbers = |of: fn(&Forecast) -> Option<f64>| Arc::new(forecasts.iter().map(of).collect::<Float64Array>());
        let rows = forecasts.iter().map(|forecast| i64::try_from(forecast.rows).ok());
        let columns: Vec<ArrayRef> = vec![
            self.column(forecasts),
            numbers(|forecast| Some(forecast.value.as_ref()?.0)),
            numbers(|forecast| Some(forecast.value.as_ref()?.1.error)),
            numbers(|forecast| Some(forecast.value.as_ref()?.1.penalty)),
            Arc::new(rows.collect::<Int64Array>()),
        ];
        let rows = StructArray::try_new(fields(self.text), columns, None)?;
        let one = OffsetBuffer::from_lengths([forecasts.len()]);
        Ok(ListArray::try_new(list_item(self.text), one, Arc::new(rows), None)?)
    }
}

impl Accumulator for Years {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let years = self.years(&values[0])?;
        self.add_all(&years, &values[1], &values[2])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Some(forecasts) = forecasts(&self.known, self.lags) else {
            return refuse("the regression cannot be solved on these numbers; try other lags");
        };
        if forecasts.is_empty() {
            return ScalarValue::try_new_null(&DataType::List(list_item(self.text)));
        }
        Ok(ScalarValue::List(Arc::new(self.list(&forecasts)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.known.len() * (size_of::<(i64, Known)>() + 16)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list =
            |values: Vec<ScalarValue>, kind: &DataType| ScalarValue::List(ScalarValue::new_list(&values, kind, true));
        let numbers = |of: fn(&Known) -> Option<f64>| {
            let values = self.known.values().map(|known| ScalarValue::Float64(of(known)));
            list(values.collect(), &DataType::Float64)
        };
        let years = self.known.keys().map(|year| ScalarValue::from(*year)).collect();
        Ok(vec![
            list(years, &DataType::Int64),
            numbers(|known| known.intake),
            numbers(|known| known.outcome),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = |column: &ArrayRef, row: usize| column.as_list::<i32>().value(row);
        for row in 0..states[0].len() {
            let years = lists(&states[0], row);
            let years: Vec<i64> = years.as_primitive::<Int64Type>().iter().flatten().collect();
            self.add_all(&years, &lists(&states[1], row), &lists(&states[2], row))?;
        }
        Ok(())
    }
}
