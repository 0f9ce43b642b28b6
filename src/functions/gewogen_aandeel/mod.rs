//! A weighted share, and its 95% interval.
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, Signature, Volatility};

mod tally;

use super::{FunctionError, section};
use tally::Tally;

/// Which of the three functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// `gewogen_aandeel(condition, weight)`
    Share,
    /// `gewogen_aandeel_laag(condition, weight)`
    Low,
    /// `gewogen_aandeel_hoog(condition, weight)`
    High,
}

impl Part {
    /// All three.
    pub const ALL: [Part; 3] = [Part::Share, Part::Low, Part::High];

    fn name(self) -> &'static str {
        match self {
            Part::Share => "gewogen_aandeel",
            Part::Low => "gewogen_aandeel_laag",
            Part::High => "gewogen_aandeel_hoog",
        }
    }

    fn documentation(self) -> Documentation {
        let (what, example) = match self {
            Part::Share => (
                "of a group of rows: the weighted share, as a fraction, of those for which a condition holds; rows without \
                 an answer (null) or without a weight (null or 0) are left out, a negative weight is an error",
                "gewogen_aandeel(antwoord >= 4, gewicht)",
            ),
            Part::Low => (
                "the lower bound of the 95% interval of the weighted share, see [Weighted shares](#weighted-shares)",
                "100 * gewogen_aandeel_laag(antwoord >= 4, gewicht)",
            ),
            Part::High => (
                "the upper bound of the 95% interval of the weighted share",
                "100 * gewogen_aandeel_hoog(antwoord >= 4, gewicht)",
            ),
        };
        Documentation::builder(
            section("Statistics"),
            what,
            format!("{}(condition, weight)", self.name()),
        )
        .with_sql_example(example)
        .build()
    }
}

/// One of the functions as DataFusion sees it.
#[derive(Debug, Clone)]
pub struct GewogenAandeel {
    part: Part,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for GewogenAandeel {
    fn eq(&self, other: &Self) -> bool {
        self.part == other.part
    }
}
impl Eq for GewogenAandeel {}
impl std::hash::Hash for GewogenAandeel {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.part.hash(state);
    }
}

impl GewogenAandeel {
    /// The function for `part`.
    pub fn udaf(part: Part) -> AggregateUDF {
        AggregateUDF::from(GewogenAandeel {
            part,
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: part.documentation(),
        })
    }
}

impl AggregateUDFImpl for GewogenAandeel {
    fn name(&self) -> &str {
        self.part.name()
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [condition, weight]
                if matches!(condition, DataType::Boolean | DataType::Null)
                    && (weight.is_numeric() || weight.is_null()) =>
            {
                Ok(vec![DataType::Boolean, DataType::Float64])
            }
            _ => plan_err!(
                "{0} takes a condition and a weight: {0}(antwoord >= 4, gewicht)",
                self.name()
            ),
        }
    }
    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Tally::new(self.part)))
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        // asked for when a query is planned, so that `validate` tells it
        if args.is_distinct {
            let text = format!("{}: every row counts; leave DISTINCT out", self.name());
            return Err(FunctionError(text).into());
        }
        let mut fields = vec![Field::new(
            format_state_name(args.name, "counted"),
            DataType::UInt64,
            true,
        )];
        fields.extend(Tally::SUMS.map(|sum| {
            let item = Field::new_list_field(DataType::Float64, true);
            Field::new_list(format_state_name(args.name, sum), item, true)
        }));
        Ok(fields.into_iter().map(Arc::new).collect())
    }
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
