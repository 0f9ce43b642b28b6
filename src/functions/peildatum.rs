//! The reference date of a school year.
use std::sync::Arc;

use arrow::array::{AsArray, Date32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use chrono::NaiveDate;
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::schooljaar::{SchoolYear, is_text};
use super::{FunctionError, section};

/// `peildatum(schooljaar)`: 1 October of the calendar year in which the school year begins.
#[derive(Debug, Clone)]
pub struct Peildatum {
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Peildatum {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Peildatum {}
impl std::hash::Hash for Peildatum {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "peildatum".hash(state);
    }
}

impl Peildatum {
    /// The function, ready to register.
    pub fn udf() -> ScalarUDF {
        let what = "the reference date of a school year: 1 October of the year in which it begins";
        ScalarUDF::from(Peildatum {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section("School years"), what, "peildatum(schooljaar)")
                .with_sql_example("peildatum('2019-2020') = DATE '2019-10-01'")
                .build(),
        })
    }

    fn date(text: &str) -> Result<i32> {
        let year = text
            .parse::<SchoolYear>()
            .ok()
            .and_then(|y| NaiveDate::from_ymd_opt(y.begin(), 10, 1));
        year.map(Date32Type::from_naive_date).ok_or_else(|| {
            let text = "peildatum: a value is not a school year like 2019-2020; check the column that is passed";
            FunctionError(text.into()).into()
        })
    }
}

impl ScalarUDFImpl for Peildatum {
    fn name(&self) -> &str {
        "peildatum"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [kind] if is_text(kind) => Ok(vec![DataType::Utf8]),
            _ => plan_err!("peildatum takes one school year as text: peildatum(schooljaar)"),
        }
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let text = cast(&args.args[0].to_array(args.number_rows)?, &DataType::Utf8)?;
        let dates = text.as_string::<i32>().iter().map(|t| t.map(Self::date).transpose());
        Ok(ColumnarValue::Array(Arc::new(dates.collect::<Result<Date32Array>>()?)))
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
