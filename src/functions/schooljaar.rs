//! School-year arithmetic on text such as `2019-2020`.
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{FunctionError, section};

/// A school year, known by the calendar year in which it begins: 2019 for `2019-2020`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolYear(i32);

impl SchoolYear {
    /// The school year that begins in calendar year `year`; `None` outside 1000 to 9998.
    pub fn beginning_in(year: i64) -> Option<SchoolYear> {
        i32::try_from(year)
            .ok()
            .filter(|y| (1000..=9998).contains(y))
            .map(SchoolYear)
    }

    /// The calendar year in which it begins.
    pub fn begin(self) -> i32 {
        self.0
    }

    /// The school year `years` later (earlier when negative).
    pub fn plus(self, years: i64) -> Option<SchoolYear> {
        SchoolYear::beginning_in(i64::from(self.0).checked_add(years)?)
    }
}

impl fmt::Display for SchoolYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.0 + 1)
    }
}

impl FromStr for SchoolYear {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let year = |part: &str| match part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()) {
            true => part.parse::<i64>().map_err(|_| ()),
            false => Err(()),
        };
        let (begin, end) = text.split_once('-').ok_or(())?;
        let begin = year(begin)?;
        if year(end)? != begin + 1 {
            return Err(());
        }
        SchoolYear::beginning_in(begin).ok_or(())
    }
}

/// Which of the school-year functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `schooljaar_begin(schooljaar)`
    Begin,
    /// `schooljaar_van(jaar)`
    Van,
    /// `schooljaar_min(schooljaar, n)`
    Min,
    /// `schooljaar_plus(schooljaar, n)`
    Plus,
    /// `kalenderjaar_terug(schooljaar, n)`
    Terug,
}

impl Op {
    /// Every school-year function.
    pub const ALL: [Op; 5] = [Op::Begin, Op::Van, Op::Min, Op::Plus, Op::Terug];

    fn name(self) -> &'static str {
        match self {
            Op::Begin => "schooljaar_begin",
            Op::Van => "schooljaar_van",
            Op::Min => "schooljaar_min",
            Op::Plus => "schooljaar_plus",
            Op::Terug => "kalenderjaar_terug",
        }
    }
    fn arguments(self) -> Vec<DataType> {
        match self {
            Op::Begin => vec![DataType::Utf8],
            Op::Van => vec![DataType::Int64],
            Op::Min | Op::Plus | Op::Terug => vec![DataType::Utf8, DataType::Int64],
        }
    }
    fn result(self) -> DataType {
        match self {
            Op::Begin | Op::Terug => DataType::Int64,
            Op::Van | Op::Min | Op::Plus => DataType::Utf8,
        }
    }
    fn documentation(self) -> Documentation {
        let (what, syntax, example) = match self {
            Op::Begin => (
                "the calendar year in which a school year begins, as a number",
                "schooljaar_begin(schooljaar)",
                "schooljaar_begin('2019-2020') = 2019",
            ),
            Op::Van => (
                "the school year that begins in a calendar year",
                "schooljaar_van(jaar)",
                "schooljaar_van(2019) = '2019-2020'",
            ),
            Op::Min => (
                "the school year `n` years earlier",
                "schooljaar_min(schooljaar, n)",
                "schooljaar_min('2019-2020', 2) = '2017-2018'",
            ),
            Op::Plus => (
                "the school year `n` years later",
                "schooljaar_plus(schooljaar, n)",
                "schooljaar_plus('2019-2020', 1) = '2020-2021'",
            ),
            Op::Terug => (
                "the calendar year `n` years before the one in which a school year begins, as a number: where a career looks back to",
                "kalenderjaar_terug(schooljaar, n)",
                "kalenderjaar_terug('2022-2023', 5) = 2017",
            ),
        };
        Documentation::builder(section("School years"), what, syntax)
            .with_sql_example(example)
            .build()
    }
}

/// One school-year function as DataFusion sees it.
#[derive(Debug, Clone)]
pub struct Schooljaar {
    op: Op,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Schooljaar {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op
    }
}
impl Eq for Schooljaar {}
impl std::hash::Hash for Schooljaar {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.op.hash(state);
    }
}

impl Schooljaar {
    /// The function for `op`.
    pub fn udf(op: Op) -> ScalarUDF {
        let signature = Signature::user_defined(Volatility::Immutable);
        ScalarUDF::from(Schooljaar {
            op,
            signature,
            documentation: op.documentation(),
        })
    }

    fn refuse<T>(&self, why: &str) -> Result<T> {
        Err(FunctionError(format!("{}: {why}", self.op.name())).into())
    }

    fn bad_value<T>(&self) -> Result<T> {
        // the value stays out of the message: a wrong column could hold anything, a person's data too
        self.refuse("a value is not a school year like 2019-2020; check the column that is passed")
    }

    fn parse(&self, text: &str) -> Result<SchoolYear> {
        text.parse::<SchoolYear>().or_else(|()| self.bad_value())
    }

    /// The school year that a row asks for; `None` where an argument is null.
    fn year(&self, arguments: &[ArrayRef], row: usize) -> Result<Option<SchoolYear>> {
        if arguments.iter().any(|a| a.is_null(row)) {
            return Ok(None);
        }
        let number = |argument: &ArrayRef| argument.as_primitive::<Int64Type>().value(row);
        if self.op == Op::Van {
            let year = SchoolYear::beginning_in(number(&arguments[0]));
            return year.map_or_else(|| self.out_of_range(), |year| Ok(Some(year)));
        }
        let given = self.parse(arguments[0].as_string::<i32>().value(row))?;
        let shift = match self.op {
            Op::Begin | Op::Van => Some(0),
            Op::Plus => Some(number(&arguments[1])),
            Op::Min | Op::Terug => number(&arguments[1]).checked_neg(),
        };
        let year = shift.and_then(|n| given.plus(n));
        year.map_or_else(|| self.out_of_range(), |year| Ok(Some(year)))
    }

    fn out_of_range<T>(&self) -> Result<T> {
        self.refuse("the year is outside 1000 to 9998")
    }

    fn compute(&self, arguments: &[ArrayRef]) -> Result<ArrayRef> {
        let rows = arguments[0].len();
        let mut years = (0..rows).map(|row| self.year(arguments, row));
        if self.op.result() == DataType::Int64 {
            let begins = years.map(|year| Ok(year?.map(|y| i64::from(y.begin()))));
            return Ok(Arc::new(begins.collect::<Result<Int64Array>>()?));
        }
        let mut out = StringBuilder::with_capacity(rows, rows * 9);
        years.try_for_each(|year| {
            out.append_option(year?.map(|y| y.to_string()));
            Ok::<_, DataFusionError>(())
        })?;
        Ok(Arc::new(out.finish()))
    }
}

impl ScalarUDFImpl for Schooljaar {
    fn name(&self) -> &str {
        self.op.name()
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.op.result())
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let wanted = self.op.arguments();
        let fits = |(given, wanted): (&DataType, &DataType)| match wanted {
            DataType::Utf8 => is_text(given),
            _ => given.is_integer() || given.is_null(),
        };
        if given.len() != wanted.len() || !given.iter().zip(&wanted).all(fits) {
            let given: Vec<_> = given.iter().map(ToString::to_string).collect();
            return plan_err!(
                "{} is called with ({}); write {}, where the school year is text and the number is whole",
                self.op.name(),
                given.join(", "),
                self.documentation.syntax_example
            );
        }
        Ok(wanted)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let arrays = args
            .args
            .iter()
            .zip(self.op.arguments())
            .map(|(a, wanted)| Ok(cast(&a.to_array(rows)?, &wanted)?))
            .collect::<Result<Vec<_>>>()?;
        let result = self.compute(&arrays)?;
        match all_scalar {
            true => Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(
                &result, 0,
            )?)),
            false => Ok(ColumnarValue::Array(result)),
        }
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Whether values of `kind` are text, however stored.
pub fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}
