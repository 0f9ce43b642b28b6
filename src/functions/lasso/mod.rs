//! Forecasts by LASSO regression on lagged values, as an aggregate function: the table it reads stays visible in the SQL.
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type, Schema};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Documentation, Signature, Volatility,
};
use datafusion::physical_plan::PhysicalExpr;

mod accumulator;
mod fit;
mod regression;
mod series;

use super::{FunctionError, is_text, section};
use accumulator::Years;
use series::Lags;

/// Years back at most, and so years ahead.
const MOST_BACK: i64 = 20;

/// `lasso_voorspelling(jaar, instroom, uitstroom[, min_lag, max_lag[, vooruit]])`
#[derive(Debug, Clone)]
pub struct LassoVoorspelling {
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for LassoVoorspelling {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for LassoVoorspelling {}
impl std::hash::Hash for LassoVoorspelling {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "lasso_voorspelling".hash(state);
    }
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(FunctionError(format!("lasso_voorspelling: {why}")).into())
}

/// What a forecast has: the year as it came, text or number.
fn fields(text: bool) -> Fields {
    let year = if text { DataType::Utf8 } else { DataType::Int64 };
    Fields::from(vec![
        Field::new("jaar", year, true),
        Field::new("waarde", DataType::Float64, true),
        Field::new("fout", DataType::Float64, true),
        Field::new("straf", DataType::Float64, true),
        Field::new("jaren", DataType::Int64, true),
    ])
}

fn list_item(text: bool) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields(text)), true))
}

impl LassoVoorspelling {
    /// The function, ready to register.
    pub fn udaf() -> AggregateUDF {
        let what = "of a group of rows, one for each year: forecasts of `uitstroom` for the years after the last known one, as \
                    a list to `unnest`, see [Forecasts](#forecasts)";
        let syntax = "lasso_voorspelling(jaar, instroom, uitstroom[, min_lag, max_lag[, vooruit]])";
        AggregateUDF::from(LassoVoorspelling {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section("Statistics"), what, syntax)
                .with_sql_example("unnest(lasso_voorspelling(studiejaar, instroom, gediplomeerden))")
                .build(),
        })
    }
}

/// The whole number an argument stands for, which must be the same for every row.
fn constant(argument: &Arc<dyn PhysicalExpr>) -> Result<i64> {
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let value = argument.evaluate(&nothing).ok();
    let value = value.and_then(|value| match value {
        ColumnarValue::Scalar(value) => value.to_array().ok(),
        ColumnarValue::Array(_) => None,
    });
    let number = value.and_then(|value| cast(&value, &DataType::Int64).ok());
    let number = number.and_then(|number| number.as_primitive::<Int64Type>().iter().next().flatten());
    number.map_or_else(
        || refuse("min_lag, max_lag and vooruit are whole numbers, written out"),
        Ok,
    )
}

fn lags(arguments: &[Arc<dyn PhysicalExpr>]) -> Result<Lags> {
    let given = arguments.iter().skip(3).map(constant).collect::<Result<Vec<_>>>()?;
    let at = |place: usize, default: i64| given.get(place).copied().unwrap_or(default);
    let lags = Lags {
        first: at(0, 2),
        last: at(1, 6),
        ahead: at(2, 3),
    };
    if lags.first < 1 || lags.last < lags.first || lags.last > MOST_BACK {
        return refuse("lags are years back: 1 <= min_lag <= max_lag <= 20");
    }
    if lags.ahead < 1 || lags.ahead > lags.last {
        return refuse("vooruit is at least 1 and at most max_lag: further ahead nothing that is known goes before");
    }
    Ok(lags)
}

impl AggregateUDFImpl for LassoVoorspelling {
    fn name(&self) -> &str {
        "lasso_voorspelling"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let text = arguments.first().is_some_and(is_text);
        Ok(DataType::List(list_item(text)))
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let number = |kind: &DataType| kind.is_numeric() || kind.is_null();
        let year = match given.first() {
            Some(kind) if is_text(kind) => Some(DataType::Utf8),
            Some(kind) if kind.is_integer() => Some(DataType::Int64),
            _ => None,
        };
        match (year, given) {
            (Some(year), [_, intake, outcome, options @ ..])
                if number(intake)
                    && number(outcome)
                    && matches!(options.len(), 0 | 2 | 3)
                    && options.iter().all(DataType::is_integer) =>
            {
                let mut wanted = vec![year, DataType::Float64, DataType::Float64];
                wanted.resize(given.len(), DataType::Int64);
                Ok(wanted)
            }
            _ => plan_err!(
                "write {}, where the year is a school year or a whole number and the others are numbers",
                self.documentation.syntax_example
            ),
        }
    }
    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let text = *args.return_type() == DataType::List(list_item(true));
        Ok(Box::new(Years::new(text, lags(args.exprs)?)))
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        // asked for when a query is planned, so that `validate` tells it
        if args.is_distinct {
            return refuse("there is one row for each year; leave DISTINCT out");
        }
        let list = |name: &str, kind: DataType| {
            let item = Field::new_list_field(kind, true);
            Arc::new(Field::new_list(format_state_name(args.name, name), item, true))
        };
        Ok(vec![
            list("years", DataType::Int64),
            list("intake", DataType::Float64),
            list("outcome", DataType::Float64),
        ])
    }
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[cfg(test)]
mod tests;
