//! Functions that clients read the catalog with.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry as _;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, SimpleScalarUDF, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::{
    array_bounds_udf, create_pg_get_partition_ancestors_udf, format_type, pg_get_expr_udf, quote_ident_udf,
};

use super::listing::{Lister, Listing};
use super::{oid, system};
use crate::engine::CATALOG;
use crate::serve::postgres::settings::{SERVER_VERSION, Settings};

/// Functions that always give the same text.
const TEXTS: &[(&str, &str)] = &[
    ("current_catalog", CATALOG),
    ("current_database", CATALOG),
    ("current_schema", "mart"),
    ("pg_advisory_unlock_all", ""),
    ("pg_client_encoding", "UTF8"),
    ("pg_encoding_to_char", "UTF8"),
    ("pg_get_constraintdef", ""),
    ("pg_get_function_arguments", ""),
    ("pg_get_function_identity_arguments", ""),
    ("pg_get_function_result", ""),
    ("pg_get_userbyid", CATALOG),
    ("pg_size_pretty", "0 bytes"),
    ("pg_tablespace_location", ""),
];

/// Functions that give no text.
const NULLS: &[&str] = &[
    "inet_client_addr",
    "json_build_object",
    "inet_server_addr",
    "pg_get_functiondef",
    "pg_get_indexdef",
    "pg_get_partkeydef",
    "pg_get_ruledef",
    "pg_get_serial_sequence",
    "pg_get_statisticsobjdef_columns",
    "pg_get_triggerdef",
    "pg_get_viewdef",
    "shobj_description",
];

/// Functions that always give the same number.
const NUMBERS: &[(&str, i64)] = &[
    ("inet_server_port", 0),
    ("pg_backend_pid", 0),
    ("pg_database_size", 0),
    ("pg_indexes_size", 0),
    ("pg_my_temp_schema", 0),
    ("pg_relation_size", 0),
    ("pg_stat_get_numscans", 0),
    ("pg_table_size", 0),
    ("pg_total_relation_size", 0),
    ("txid_current", 0),
];

/// Functions that are always true, or never.
const TRUTHS: &[(&str, bool)] = &[
    ("pg_collation_is_visible", true),
    ("pg_function_is_visible", true),
    ("pg_has_role", true),
    ("pg_is_in_recovery", false),
    ("pg_is_other_temp_schema", false),
    ("pg_opclass_is_visible", true),
    ("pg_operator_is_visible", true),
    ("pg_relation_is_publishable", false),
    ("pg_type_is_visible", true),
];

/// Functions that tell whether something may be done: reading may.
const PRIVILEGES: &[&str] = &[
    "has_any_column_privilege",
    "has_column_privilege",
    "has_database_privilege",
    "has_function_privilege",
    "has_schema_privilege",
    "has_sequence_privilege",
    "has_table_privilege",
];

/// Registers them for `user`.
pub fn register(context: &SessionContext, user: &str, lister: &Arc<Lister>) -> Result<()> {
    let version = format!("PostgreSQL {SERVER_VERSION}");
    let mut functions: Vec<ScalarUDF> = Vec::new();
    functions.extend(TEXTS.iter().map(|(name, value)| fixed(name, utf8(value))));
    functions.extend(NULLS.iter().map(|name| fixed(name, ScalarValue::Utf8(None))));
    functions.extend(
        NUMBERS
            .iter()
            .map(|(name, value)| fixed(name, ScalarValue::Int64(Some(*value)))),
    );
    functions.extend(
        TRUTHS
            .iter()
            .map(|(name, value)| fixed(name, ScalarValue::Boolean(Some(*value)))),
    );
    let users = ["current_role", "current_user", "session_user", "user"];
    functions.extend(users.map(|name| fixed(name, utf8(user))));
    functions.push(fixed("version", utf8(&version)));
    functions.extend(PRIVILEGES.iter().map(|name| privilege(name)));
    functions.push(schemas());
    functions.push(setting());
    functions.push(visible());
    functions.push(regclass(lister));
    functions.push(description("obj_description", lister));
    functions.push(description("col_description", lister));
    functions.extend([
        array_bounds_udf::create_array_lower_udf(),
        array_bounds_udf::create_array_upper_udf(),
        create_pg_get_partition_ancestors_udf(),
        format_type::create_format_type_udf(),
        pg_get_expr_udf::create_pg_get_expr_udf(),
        quote_ident_udf::create_parse_ident_udf(),
        quote_ident_udf::create_quote_ident_udf(),
    ]);
    functions.extend(context.udf("array_to_string").ok().map(joined));
    functions.push(set_config());
    functions.push(regtype());
    functions
        .into_iter()
        .for_each(|function| context.register_udf(function));
    context.register_udtf("pg_get_keywords", system::keywords()?);
    Ok(())
}

fn utf8(value: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(value.to_owned()))
}

type Work = Arc<dyn Fn(&[ColumnarValue]) -> Result<ColumnarValue> + Send + Sync>;

/// A function of anything.
fn function(name: &str, volatility: Volatility, gives: DataType, work: Work) -> ScalarUDF {
    let anything = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    let signature = Signature::one_of(anything, volatility);
    ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, gives, work))
}

fn fixed(name: &str, value: ScalarValue) -> ScalarUDF {
    let gives = value.data_type();
    let work = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(value.clone()));
    function(name, Volatility::Stable, gives, Arc::new(work))
}

/// Whether what is asked for last is to read.
fn privilege(name: &str) -> ScalarUDF {
    let work = |args: &[ColumnarValue]| {
        let reads = match args.last() {
            Some(ColumnarValue::Scalar(asked)) => {
                let asked = asked.to_string().to_ascii_lowercase();
                ["select", "usage", "connect", "execute"]
                    .iter()
                    .any(|word| asked.contains(word))
            }
            _ => false,
        };
        Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(reads))))
    };
    function(name, Volatility::Stable, DataType::Boolean, Arc::new(work))
}

/// `set_config(name, value, local)`: what drivers do without when they cannot. Nothing is set.
fn set_config() -> ScalarUDF {
    let work = |args: &[ColumnarValue]| {
        Ok(args
            .get(1)
            .cloned()
            .unwrap_or(ColumnarValue::Scalar(ScalarValue::Utf8(None))))
    };
    function("set_config", Volatility::Stable, DataType::Utf8, Arc::new(work))
}

/// `current_schemas(implicit)`.
fn schemas() -> ScalarUDF {
    let list = |names: &[&str]| {
        let names: Vec<ScalarValue> = names.iter().map(|name| utf8(name)).collect();
        ScalarValue::List(ScalarValue::new_list_nullable(&names, &DataType::Utf8))
    };
    let (all, own) = (list(&["pg_catalog", "mart"]), list(&["mart"]));
    let gives = own.data_type();
    let work = move |args: &[ColumnarValue]| {
        let implicit = matches!(
            args.first(),
            Some(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))))
        );
        Ok(ColumnarValue::Scalar(if implicit { all.clone() } else { own.clone() }))
    };
    function("current_schemas", Volatility::Stable, gives, Arc::new(work))
}

/// `current_setting(name)`: what it is when a connection starts.
fn setting() -> ScalarUDF {
    let work = |args: &[ColumnarValue]| {
        let value = match args.first() {
            Some(ColumnarValue::Scalar(name)) => Settings::default().show(&name.to_string()),
            _ => None,
        };
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(value)))
    };
    function("current_setting", Volatility::Stable, DataType::Utf8, Arc::new(work))
}

/// `array_to_string` that leaves text as it is: some lists of the catalog are text here.
fn joined(inner: Arc<ScalarUDF>) -> ScalarUDF {
    ScalarUDF::from(Joined {
        inner,
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    inner: Arc<ScalarUDF>,
    signature: Signature,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let list = given.first().filter(|given| given.is_list()).cloned();
        let first = list.unwrap_or(DataType::Utf8);
        let others = given.iter().skip(1).map(|_| DataType::Utf8);
        Ok(std::iter::once(first).chain(others).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first() {
            Some(value) if !value.data_type().is_list() => Ok(value.clone()),
            _ => self.inner.invoke_with_args(args),
        }
    }
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
    use datafusion_postgres::pgwire::api::Type;
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
