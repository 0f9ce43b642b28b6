//! Functions whose result can be far larger than what they are given: a step of them that would take too much memory or
//! time is an error of the query, not the end of the process.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array};
use arrow::compute::cast;
use arrow::compute::kernels::length::length;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The most bytes that one step of such a function may make.
const MOST: f64 = 64.0 * 1024.0 * 1024.0;

/// How the result of a function grows with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Growth {
    /// The length of the first times the second.
    Repeated,
    /// The second is the length.
    Padded,
    /// The second is the number of elements.
    Elements,
    /// From the first up to the second, in steps of the third; one argument is the end.
    Series,
    /// The length of the first times that of the third.
    Replaced,
    /// Time: the lengths of both, multiplied.
    Compared,
}

const BOUNDED: [(&str, Growth); 10] = [
    ("repeat", Growth::Repeated),
    ("lpad", Growth::Padded),
    ("rpad", Growth::Padded),
    ("array_repeat", Growth::Elements),
    ("array_resize", Growth::Elements),
    ("range", Growth::Series),
    ("generate_series", Growth::Series),
    ("replace", Growth::Replaced),
    ("regexp_replace", Growth::Replaced),
    ("levenshtein", Growth::Compared),
];

/// Puts bounded functions in the place of the engine's own.
///
/// # Errors
/// When the engine refuses one.
pub fn bound_in(state: &mut SessionState) -> Result<()> {
    for (name, growth) in BOUNDED {
        let Some(inner) = state.scalar_functions().get(name).cloned() else {
            continue;
        };
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded { inner, growth })))?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl Bounded {
    /// About how many bytes a step would make.
    fn bytes(&self, args: &ScalarFunctionArgs) -> Result<f64> {
        let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { args.number_rows };
        let array = |at: usize| args.args.get(at).map(|arg| arg.to_array(rows)).transpose();
        let number = |at: usize| Ok::<_, DataFusionError>(array(at)?.as_ref().and_then(numbers));
        let long = |at: usize| Ok::<_, DataFusionError>(array(at)?.as_ref().and_then(lengths));
        Ok(match self.growth {
            Growth::Repeated => product(long(0)?, number(1)?, 1.0),
            Growth::Padded => product(number(1)?, None, 4.0),
            Growth::Elements => product(number(1)?, None, 16.0),
            Growth::Replaced => product(long(0)?, long(2)?, 1.0),
            // a thousand million steps take seconds
            Growth::Compared => product(long(0)?, long(1)?, 1.0 / 16.0),
            Growth::Series => {
                let (from, to) = match args.args.len() {
                    1 => (None, number(0)?),
                    _ => (number(0)?, number(1)?),
                };
                let step = number(2)?;
                let at = |values: &Option<Float64Array>, row: usize, other: f64| {
                    values
                        .as_ref()
                        .filter(|v| v.is_valid(row))
                        .map_or(other, |v| v.value(row))
                };
                let each = |row| {
                    let span = at(&to, row, 0.0) - at(&from, row, 0.0);
                    (span / at(&step, row, 1.0)).abs()
                };
                match to.is_some() {
                    true => (0..rows).map(each).filter(|count| count.is_finite()).sum::<f64>() * 16.0,
                    false => 0.0,
                }
            }
        })
    }
}

/// Whole numbers as floating point; `None` when they are no numbers.
fn numbers(array: &ArrayRef) -> Option<Float64Array> {
    let array = match array.data_type().is_numeric() {
        true => cast(array, &DataType::Float64).ok()?,
        false => return None,
    };
    Some(array.as_any().downcast_ref::<Float64Array>()?.clone())
}

/// Lengths of texts in bytes.
fn lengths(array: &ArrayRef) -> Option<Float64Array> {
    numbers(&length(array.as_ref()).ok()?)
}

/// The sum over rows of one times the other (1 without), times `size`.
fn product(one: Option<Float64Array>, other: Option<Float64Array>, size: f64) -> f64 {
    let Some(one) = one else { return 0.0 };
    let each = (0..one.len()).filter(|row| one.is_valid(*row)).map(|row| {
        let times = other
            .as_ref()
            .map_or(1.0, |other| if other.is_valid(row) { other.value(row) } else { 0.0 });
        one.value(row).max(0.0) * times.max(0.0)
    });
    each.sum::<f64>() * size
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let bytes = self.bytes(&args)?;
        if bytes > MOST {
            return Err(DataFusionError::ResourcesExhausted(format!(
                "{} would make or compare {:.0} MB in one step, more than the {:.0} it may",
                self.inner.name(),
                bytes / 1e6,
                MOST / 1e6
            )));
        }
        self.inner.invoke_with_args(args)
    }
}
