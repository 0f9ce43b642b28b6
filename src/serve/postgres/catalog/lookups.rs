//! Functions that look something up in the catalog.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility};
use datafusion::scalar::ScalarValue;
use datafusion_postgres::pgwire::api::Type;

use super::functions::function;
use super::listing::{Lister, Listing};
use super::oid;

/// All of them.
pub fn functions(lister: &Arc<Lister>) -> Vec<ScalarUDF> {
    let described = ["obj_description", "col_description"].map(|name| description(name, lister));
    [visible(), regclass(lister), regtype()]
        .into_iter()
        .chain(described)
        .collect()
}

/// Numbers, one for each row.
fn numbers(value: &ColumnarValue) -> Result<Int32Array> {
    let array = cast(&value.to_array(1)?, &DataType::Int32)?;
    let numbers = array.as_any().downcast_ref::<Int32Array>();
    Ok(numbers
        .cloned()
        .unwrap_or_else(|| Int32Array::from(vec![None; array.len()])))
}

/// What is found for each number; a single value for a single one.
fn each(value: &ColumnarValue, found: ArrayRef) -> Result<ColumnarValue> {
    match value {
        ColumnarValue::Scalar(_) => ScalarValue::try_from_array(&found, 0).map(ColumnarValue::Scalar),
        ColumnarValue::Array(_) => Ok(ColumnarValue::Array(found)),
    }
}

/// `pg_table_is_visible(oid)`: whether it is found without its schema.
fn visible() -> ScalarUDF {
    let work = |args: &[ColumnarValue]| {
        let Some(oids) = args.first() else {
            return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None)));
        };
        let seen = |oid: i32| oid::schema_of(oid).is_some_and(|schema| schema == "mart" || schema == "pg_catalog");
        let found: BooleanArray = numbers(oids)?.iter().map(|oid| oid.map(seen)).collect();
        each(oids, Arc::new(found))
    };
    // numbers become known while a query runs
    function(
        "pg_table_is_visible",
        Volatility::Volatile,
        DataType::Boolean,
        Arc::new(work),
    )
}

/// `to_regclass(name)`: the number of a table.
fn regclass(lister: &Arc<Lister>) -> ScalarUDF {
    let lister = Arc::clone(lister);
    let work = move |args: &[ColumnarValue]| {
        let oid = match args.first() {
            Some(ColumnarValue::Scalar(ScalarValue::Utf8(Some(name)))) => {
                let name = name.replace('"', "");
                let (schema, table) = name.split_once('.').unwrap_or(("mart", name.as_str()));
                lister.has(schema, table).then(|| oid::of_table(schema, table))
            }
            _ => None,
        };
        Ok(ColumnarValue::Scalar(ScalarValue::Int32(oid)))
    };
    function("to_regclass", Volatility::Stable, DataType::Int32, Arc::new(work))
}

/// `to_regtype(name)`: the number of a type that values here can have.
fn regtype() -> ScalarUDF {
    let known = [
        Type::BOOL,
        Type::BYTEA,
        Type::DATE,
        Type::FLOAT4,
        Type::FLOAT8,
        Type::INT2,
        Type::INT4,
        Type::INT8,
        Type::INTERVAL,
        Type::NUMERIC,
        Type::TEXT,
        Type::TIME,
        Type::TIMESTAMP,
        Type::TIMESTAMPTZ,
    ];
    let work = move |args: &[ColumnarValue]| {
        let oid = match args.first() {
            Some(ColumnarValue::Scalar(ScalarValue::Utf8(Some(name)))) => {
                let found = known.iter().find(|known| known.name() == name);
                found.and_then(|known| i32::try_from(known.oid()).ok())
            }
            _ => None,
        };
        Ok(ColumnarValue::Scalar(ScalarValue::Int32(oid)))
    };
    function("to_regtype", Volatility::Stable, DataType::Int32, Arc::new(work))
}

/// `obj_description(oid, catalog)` and `col_description(oid, column)`: known once the query has read the catalog, from
/// which it has the numbers.
fn description(name: &'static str, lister: &Arc<Lister>) -> ScalarUDF {
    let lister = Arc::clone(lister);
    let work = move |args: &[ColumnarValue]| {
        let (Some(listing), Some(oids)) = (lister.listed(), args.first()) else {
            return Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None)));
        };
        let columns = match (name, args.get(1)) {
            ("col_description", Some(columns)) => Some(numbers(columns)?),
            _ => None,
        };
        let oids_of_rows = numbers(oids)?;
        let found: StringArray = (0..oids_of_rows.len())
            .map(|row| {
                let oid = oids_of_rows.is_valid(row).then(|| oids_of_rows.value(row))?;
                // one column for all rows, or one for each
                let column = columns
                    .as_ref()
                    .map(|columns| columns.value(row.min(columns.len() - 1)));
                described(&listing, oid, column)
            })
            .collect();
        each(oids, Arc::new(found))
    };
    function(name, Volatility::Volatile, DataType::Utf8, Arc::new(work))
}

fn described(listing: &Listing, oid: i32, column: Option<i32>) -> Option<String> {
    let relation = listing.relations.iter().find(|relation| relation.oid == oid)?;
    match column {
        None => relation.description.clone(),
        Some(column) => {
            let index = usize::try_from(column).ok()?.checked_sub(1)?;
            relation.notes.get(index).cloned().flatten()
        }
    }
}
