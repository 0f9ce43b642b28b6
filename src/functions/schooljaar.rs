//! School-year arithmetic on text such as `2019-2020`.
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::FunctionError;

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
}

impl Op {
    /// Every school-year function.
    pub const ALL: [Op; 4] = [Op::Begin, Op::Van, Op::Min, Op::Plus];

    fn name(self) -> &'static str {
        match self {
            Op::Begin => "schooljaar_begin",
            Op::Van => "schooljaar_van",
            Op::Min => "schooljaar_min",
            Op::Plus => "schooljaar_plus",
        }
    }
    fn arguments(self) -> Vec<DataType> {
        match self {
            Op::Begin => vec![DataType::Utf8],
            Op::Van => vec![DataType::Int64],
            Op::Min | Op::Plus => vec![DataType::Utf8, DataType::Int64],
        }
    }
    fn result(self) -> DataType {
        if self == Op::Begin {
            DataType::Int64
        } else {
            DataType::Utf8
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
        };
        Documentation::builder(
            DocSection {
                include: true,
                label: "School years",
                description: None,
            },
            what,
            syntax,
        )
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

    fn compute(&self, arguments: &[ArrayRef]) -> Result<ArrayRef> {
        let first = &arguments[0];
        if self.op == Op::Begin {
            let text = first.as_string::<i32>();
            let years = text
                .iter()
                .map(|t| t.map(|t| Ok(i64::from(self.parse(t)?.begin()))).transpose());
            return Ok(Arc::new(years.collect::<Result<Int64Array>>()?));
        }
        let mut out = StringBuilder::with_capacity(first.len(), first.len() * 9);
        for row in 0..first.len() {
            let year = if arguments.iter().any(|a| a.is_null(row)) {
                None
            } else if self.op == Op::Van {
                Some(SchoolYear::beginning_in(first.as_primitive::<Int64Type>().value(row)))
            } else {
                let years = arguments[1].as_primitive::<Int64Type>().value(row);
                let years = if self.op == Op::Min {
                    years.checked_neg()
                } else {
                    Some(years)
                };
                let year = self.parse(first.as_string::<i32>().value(row))?;
                Some(years.and_then(|n| year.plus(n)))
            };
            match year {
                None => out.append_null(),
                Some(Some(year)) => out.append_value(year.to_string()),
                Some(None) => return self.refuse("the year is outside 1000 to 9998"),
            }
        }
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
