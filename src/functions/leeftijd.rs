//! Ages.
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{FunctionError, section};

/// `leeftijd(geboortedatum, peildatum)`: an age in whole years.
#[derive(Debug, Clone)]
pub struct Leeftijd {
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Leeftijd {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Leeftijd {}
impl std::hash::Hash for Leeftijd {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "leeftijd".hash(state);
    }
}

impl Leeftijd {
    /// The function, ready to register.
    pub fn udf() -> ScalarUDF {
        let what = "the age on a date, in whole years; who was born on 29 February has a birthday on 1 March in other \
                    years; an error on a date before birth";
        ScalarUDF::from(Leeftijd {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section("Dates"), what, "leeftijd(geboortedatum, peildatum)")
                .with_sql_example("leeftijd(DATE '1980-10-02', peildatum('2019-2020')) = 38")
                .build(),
        })
    }

    /// Whole years between two dates, as days since 1970.
    fn years(birth: i32, on: i32) -> Result<i64> {
        let birth = Date32Type::to_naive_date_opt(birth);
        let on = Date32Type::to_naive_date_opt(on);
        let years = birth.zip(on).and_then(|(birth, on)| on.years_since(birth));
        years.map(i64::from).ok_or_else(|| {
            let text = "leeftijd: a reference date lies before the date of birth; check the order of the arguments \
                        (birth first), or leave such rows out";
            FunctionError(text.into()).into()
        })
    }
}

impl ScalarUDFImpl for Leeftijd {
    fn name(&self) -> &str {
        "leeftijd"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let date = |kind: &DataType| matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Null);
        match given.len() == 2 && given.iter().all(date) {
            true => Ok(vec![DataType::Date32; 2]),
            false => plan_err!("leeftijd takes two dates: leeftijd(geboortedatum, peildatum)"),
        }
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let dates = args.args.iter().map(|value| {
            let array = value.to_array(args.number_rows)?;
            Ok(cast(&array, &DataType::Date32)?)
        });
        let dates = dates.collect::<Result<Vec<_>>>()?;
        let (births, on) = (
            dates[0].as_primitive::<Date32Type>(),
            dates[1].as_primitive::<Date32Type>(),
        );
        let ages = births.iter().zip(on.iter()).map(|pair| match pair {
            (Some(birth), Some(on)) => Self::years(birth, on).map(Some),
            _ => Ok(None),
        });
        Ok(ColumnarValue::Array(Arc::new(ages.collect::<Result<Int64Array>>()?)))
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
