//! The text form of a pseudonym.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{FunctionError, section};
use crate::pseudonym::{FIELD_KEY_VERSION, Pseudonym};

const PSEUDONYM: DataType = DataType::FixedSizeBinary(16);

/// `pseudoniem(column)` or `pseudoniem(column, key_version)`.
#[derive(Debug, Clone)]
pub struct Pseudoniem {
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Pseudoniem {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Pseudoniem {}
impl std::hash::Hash for Pseudoniem {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "pseudoniem".hash(state);
    }
}

impl Pseudoniem {
    /// The function, ready to register.
    pub fn udf() -> ScalarUDF {
        let what = "a pseudonym as text for people and exchange; the key version comes from the column, \
                    or is the second argument where the column no longer tells (after `max`, for instance)";
        ScalarUDF::from(Pseudoniem {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section("Pseudonyms"), what, "pseudoniem(column[, key_version])")
                .with_sql_example("pseudoniem(leerling)")
                .build(),
        })
    }

    fn text(column: &ArrayRef, version: impl Fn(usize) -> Option<u32>) -> Result<ArrayRef> {
        let column = column.as_fixed_size_binary();
        let mut out = StringBuilder::with_capacity(column.len(), column.len() * 34);
        for row in 0..column.len() {
            if column.is_null(row) {
                out.append_null();
                continue;
            }
            let Some(version) = version(row) else {
                let text = "pseudoniem: the key version of this column is not known here; give it, as in pseudoniem(column, 1) (see `sluis keys status`)";
                return Err(FunctionError(text.into()).into());
            };
            let bytes: [u8; 16] = column
                .value(row)
                .try_into()
                .map_err(|_| FunctionError("pseudoniem: not 16 bytes".into()))?;
            out.append_value(Pseudonym(bytes).text(version));
        }
        Ok(Arc::new(out.finish()))
    }
}

impl ScalarUDFImpl for Pseudoniem {
    fn name(&self) -> &str {
        "pseudoniem"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [PSEUDONYM | DataType::Null] => Ok(vec![PSEUDONYM]),
            [PSEUDONYM | DataType::Null, version] if version.is_integer() => Ok(vec![PSEUDONYM, DataType::Int64]),
            _ => plan_err!("pseudoniem takes a pseudonym column, and optionally a key version: pseudoniem(column, 1)"),
        }
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let column = args.args[0].to_array(args.number_rows)?;
        let given = match args.args.get(1) {
            Some(version) => Some(cast(&version.to_array(args.number_rows)?, &DataType::Int64)?),
            None => None,
        };
        let known = args
            .arg_fields
            .first()
            .and_then(|f| f.metadata().get(FIELD_KEY_VERSION)?.parse::<u32>().ok());
        let text = Self::text(&column, |row| match &given {
            Some(versions) if versions.is_valid(row) => {
                u32::try_from(versions.as_primitive::<Int64Type>().value(row)).ok()
            }
            _ => known,
        })?;
        Ok(ColumnarValue::Array(text))
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
