//! Parameters of a prepared statement: what types they have, and what values a client gives.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DFSchema, ParamValues};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan};
use datafusion::scalar::ScalarValue;
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::{Format, Portal};
use datafusion_postgres::pgwire::api::results::FieldFormat;
use datafusion_postgres::pgwire::api::stmt::StoredStatement;
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};

use super::error::error;
use super::types::wire_type;

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// `$1`, `$2`, ...
    pub id: String,
    /// The type that the query gives it.
    pub data_type: Option<DataType>,
    /// The same for the client.
    pub wire: Type,
}

/// The parameters of `plan`, from `$1` on, those that it does not use included.
///
/// # Errors
/// When one is used as two types.
pub fn of_plan(plan: &LogicalPlan) -> Result<Vec<Parameter>, DataFusionError> {
    let mut fields = plan.get_parameter_fields()?;
    let casts = casts(plan)?;
    let numbers = fields
        .keys()
        .filter_map(|id| id.trim_start_matches('$').parse::<u16>().ok());
    let last = numbers.max().unwrap_or(0);
    let parameter = |number: u16| {
        let id = format!("${number}");
        let field = fields.remove(&id).flatten();
        let wire = field.as_ref().and_then(|field| Some(wire_type(field).ok()?.0));
        let data_type = field.map(|field| field.data_type().clone());
        let data_type = data_type.or_else(|| casts.get(&id).cloned());
        let wire = wire.or_else(|| of_type(data_type.as_ref()?)).unwrap_or(Type::UNKNOWN);
        Parameter { id, data_type, wire }
    };
    Ok((1..=last).map(parameter).collect())
}

fn of_type(data_type: &DataType) -> Option<Type> {
    let field = Field::new("", data_type.clone(), true);
    Some(wire_type(&Arc::new(field)).ok()?.0)
}

/// The types that parameters have by their place: cast, one of a list, how many rows.
fn casts(plan: &LogicalPlan) -> Result<HashMap<String, DataType>, DataFusionError> {
    let mut found = HashMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            let counts = [&limit.skip, &limit.fetch].into_iter().flatten();
            found.extend(counts.filter_map(|count| Some((id_of(count)?, DataType::Int64))));
        }
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                found.extend(placed(expr, &schema));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}

/// The type of the parameter in `expr`, when it is one of these.
fn placed(expr: &Expr, schema: &DFSchema) -> Option<(String, DataType)> {
    match expr {
        Expr::Cast(cast) => Some((id_of(&cast.expr)?, cast.field.data_type().clone())),
        Expr::ScalarFunction(function) if matches!(function.name(), "array_has" | "array_contains") => {
            let item = function.args.get(1)?.get_type(schema).ok()?;
            let item = Field::new_list_field(encoded_item(item), true);
            Some((id_of(function.args.first()?)?, DataType::List(Arc::new(item))))
        }
        _ => None,
    }
}

/// Lists that clients send hold plain values.
fn encoded_item(item: DataType) -> DataType {
    match item {
        DataType::Dictionary(_, value) => encoded_item(*value),
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other,
    }
}

fn id_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Placeholder(placeholder) => Some(placeholder.id.clone()),
        _ => None,
    }
}

/// The values that a client gives to `parameters`.
///
/// # Errors
/// When a value is not of its type.
pub fn values<S: Clone>(portal: &Portal<S>, parameters: &[Parameter]) -> PgWireResult<Option<ParamValues>> {
    if parameters.is_empty() {
        return Ok(None);
    }
    let given = &portal.statement.parameter_types;
    let value = |(index, parameter): (usize, &Parameter)| {
        let given = given
            .get(index)
            .cloned()
            .flatten()
            .filter(|given| *given != Type::UNKNOWN);
        let bytes = portal.parameters.get(index).cloned().flatten();
        let value = one(bytes, portal.parameter_format.format_for(index), given, parameter);
        value.map(ScalarAndMetadata::from).map_err(|wrong| match wrong {
            PgWireError::UserError(_) => wrong,
            _ => error(
                "22P02",
                format!("parameter {} is not of the type it is given as", parameter.id),
            ),
        })
    };
    let values = parameters.iter().enumerate().map(value);
    Ok(Some(ParamValues::List(values.collect::<PgWireResult<_>>()?)))
}

fn one(
    bytes: Option<bytes::Bytes>,
    format: FieldFormat,
    given: Option<Type>,
    parameter: &Parameter,
) -> PgWireResult<ScalarValue> {
    let known = parameter.data_type.as_ref().filter(|_| parameter.wire != Type::UNKNOWN);
    // a client that sends everything as text means the type of what it compares with
    let textual = given.as_ref().is_none_or(is_text);
    // text is text in both formats
    let format = if given.as_ref().is_some_and(is_text) {
        FieldFormat::Text
    } else {
        format
    };
    let (wire, data_type) = match (known, given) {
        (Some(known), _) if textual => (parameter.wire.clone(), Some(known)),
        (_, Some(given)) => (given, None),
        (_, None) => (Type::TEXT, None),
    };
    let Some(bytes) = bytes else {
        return match data_type {
            Some(data_type) => ScalarValue::try_from(data_type).map_err(|e| PgWireError::ApiError(Box::new(e))),
            None => Ok(ScalarValue::Null),
        };
    };
    if is_text(&wire) {
        return text(&bytes).map(|text| ScalarValue::Utf8(Some(text.to_owned())));
    }
    if wire == Type::NUMERIC {
        let number = match format {
            FieldFormat::Binary => super::numeric::of_binary(&bytes),
            FieldFormat::Text => super::numeric::of_text(text(&bytes)?),
        };
        return number.ok_or_else(|| error("22003", format!("parameter {} is no number that fits", parameter.id)));
    }
    let decoded = decoded(bytes.clone(), format, &wire, data_type);
    match decoded {
        // moments are written in many ways; the query engine knows more of them
        Err(_) if format == FieldFormat::Text && matches!(wire, Type::TIMESTAMP | Type::TIMESTAMPTZ) => {
            text(&bytes).map(|text| ScalarValue::Utf8(Some(text.to_owned())))
        }
        other => other,
    }
}

/// The value of a parameter alone, in a portal of its own.
fn decoded(
    bytes: bytes::Bytes,
    format: FieldFormat,
    wire: &Type,
    data_type: Option<&DataType>,
) -> PgWireResult<ScalarValue> {
    let wire = if *wire == Type::OID_ARRAY {
        Type::INT4_ARRAY
    } else {
        wire.clone()
    };
    let statement = StoredStatement::new(String::new(), (), vec![Some(wire)]);
    let mut portal = Portal::new_cursor(String::new(), Arc::new(statement));
    portal.parameter_format = Format::from(format.value());
    portal.parameters = vec![Some(bytes)];
    match deserialize_parameters(&portal, &[data_type])? {
        ParamValues::List(mut values) if values.len() == 1 => Ok(values.remove(0).value),
        _ => Ok(ScalarValue::Null),
    }
}

fn is_text(wire: &Type) -> bool {
    matches!(
        *wire,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN
    )
}

fn text(bytes: &[u8]) -> PgWireResult<&str> {
    std::str::from_utf8(bytes).map_err(|_| error("22021", "a parameter is not UTF-8"))
}
