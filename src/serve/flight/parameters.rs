//! The parameters of a statement, and the values a client binds to them.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::scalar::ScalarValue;
use tonic::Status;

use super::status;
use crate::serve::plain;

/// Most parameters of a statement.
const MOST: usize = 1000;

/// Parameters in the order in which values are bound: `$1`, `$2`, or named ones by name.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    fields: SchemaRef,
    numbered: bool,
}

impl Parameters {
    /// The parameters that `plan` asks for.
    pub(super) fn of(plan: &LogicalPlan) -> Result<Parameters, Status> {
        let mut types: HashMap<String, Option<DataType>> = match plan.get_parameter_types() {
            Ok(types) => types,
            // one parameter in places of two types: what is bound decides
            Err(_) => {
                let names = plan
                    .get_parameter_names()
                    .map_err(|_| status::malformed("a parameter"))?;
                names.into_iter().map(|name| (name, None)).collect()
            }
        };
        let numbers: Option<Vec<usize>> = types.keys().map(|name| name.get(1..)?.parse().ok()).collect();
        let numbered = numbers.is_some();
        let names: Vec<String> = match numbers {
            Some(numbers) => {
                let last = numbers.into_iter().max().unwrap_or(0);
                (1..=last.min(MOST + 1)).map(|number| format!("${number}")).collect()
            }
            None => BTreeMap::from_iter(&types).into_keys().cloned().collect(),
        };
        if names.len() > MOST {
            let text = format!("a statement has at most {MOST} parameters; join with a table instead");
            return Err(Status::invalid_argument(text));
        }
        let fields = names.into_iter().map(|name| {
            // a driver that is told nothing would accept only NULL
            let own = types.remove(&name).flatten().unwrap_or(DataType::Utf8);
            Field::new(name, plain::data_type(&own), true)
        });
        Ok(Parameters {
            fields: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            numbered,
        })
    }

    /// Names and types, where the statement tells them.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.fields
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.fields().is_empty()
    }

    /// The values of one row that a client bound.
    pub(super) fn values(&self, row: &RecordBatch) -> Result<ParamValues, Status> {
        let (asked, given) = (self.fields.fields().len(), row.num_columns());
        if row.num_rows() != 1 {
            return Err(Status::invalid_argument("bind one row of values at a time"));
        }
        if asked != given {
            let text = format!("the statement has {asked} parameters, and {given} values were bound");
            return Err(Status::invalid_argument(text));
        }
        let values = row
            .columns()
            .iter()
            .map(|column| ScalarValue::try_from_array(column, 0));
        let values = values.collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|_| Status::invalid_argument("a value has a type that queries do not know"))?;
        if self.numbered {
            return Ok(ParamValues::from(values));
        }
        Ok(ParamValues::from(self.names(row).zip(values).collect::<Vec<_>>()))
    }

    /// Names of the columns bound: their own where they are the statement's, or else by position.
    fn names<'a>(&'a self, row: &'a RecordBatch) -> impl Iterator<Item = String> + 'a {
        let bound = row.schema();
        let name = |field: &Field| field.name().trim_start_matches('$').to_owned();
        let mut own: Vec<String> = bound.fields().iter().map(|field| name(field)).collect();
        let asked: Vec<String> = self.fields.fields().iter().map(|field| name(field)).collect();
        if !asked.iter().all(|name| own.contains(name)) {
            own = asked;
        }
        own.into_iter()
    }
}
