//! Types of columns: as the query engine has them, as they are encoded, as PostgreSQL clients know them.
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion_postgres::arrow_pg::datatypes::field_into_pg_type;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::{FieldFormat, FieldInfo};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::types::format::FormatOptions;

use super::error::error;

/// The columns of an answer as a client is told of them.
///
/// # Errors
/// When PostgreSQL has no type like that of a column.
pub fn columns(schema: &Schema, format: &Format, options: &Arc<FormatOptions>) -> PgWireResult<Vec<FieldInfo>> {
    let column = |(index, field): (usize, &FieldRef)| {
        let (wire, _) = wire_type(field)?;
        let info = FieldInfo::new(field.name().clone(), None, None, wire.clone(), format.format_for(index));
        Ok(info
            .with_format_options(Arc::clone(options))
            .with_type_size(size(&wire))
            .with_type_modifier(modifier(field.data_type())))
    };
    schema.fields().iter().enumerate().map(column).collect()
}

/// Columns of text.
pub fn text_columns(names: &[&str]) -> Vec<FieldInfo> {
    let column = |name: &&str| FieldInfo::new((*name).to_owned(), None, None, Type::TEXT, FieldFormat::Text);
    names
        .iter()
        .map(column)
        .map(|column| column.with_type_size(-1))
        .collect()
}

/// The type a client is told, and the one that values are encoded from.
pub fn wire_type(field: &FieldRef) -> PgWireResult<(Type, DataType)> {
    let unknown = || unsupported(field.name(), field.data_type());
    let encoded = encoded_type(field.data_type()).ok_or_else(unknown)?;
    if encoded == DataType::Null {
        return Ok((Type::TEXT, encoded));
    }
    let same = Field::new(field.name(), encoded.clone(), true).with_metadata(field.metadata().clone());
    let wire = field_into_pg_type(&Arc::new(same)).map_err(|_| unknown())?;
    Ok((wire, encoded))
}

/// A column that cannot be sent.
fn unsupported(name: &str, data_type: &DataType) -> PgWireError {
    let message = format!("column {name} cannot be sent: PostgreSQL has no type like {data_type}; cast it to text");
    error("0A000", message)
}

/// What values are turned into before they are encoded: the encoder does not know all types. Nothing for those that
/// have no like.
fn encoded_type(data_type: &DataType) -> Option<DataType> {
    let list = |field: &FieldRef| {
        let item = encoded_type(field.data_type())?;
        Some(Arc::new(field.as_ref().clone().with_data_type(item)))
    };
    Some(match data_type {
        DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Dictionary(_, value) => encoded_type(value)?,
        DataType::RunEndEncoded(_, values) => encoded_type(values.data_type())?,
        DataType::List(item) | DataType::FixedSizeList(item, _) | DataType::ListView(item) => {
            DataType::List(list(item)?)
        }
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(list(item)?),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(list);
            DataType::Struct(fields.collect::<Option<Vec<_>>>()?.into())
        }
        DataType::Decimal256(..) | DataType::Union(..) | DataType::Map(..) => return None,
        other => other.clone(),
    })
}

/// Bytes of a value; -1 when they differ.
fn size(wire: &Type) -> i16 {
    match *wire {
        Type::BOOL | Type::CHAR => 1,
        Type::INT2 => 2,
        Type::INT4 | Type::FLOAT4 | Type::DATE | Type::OID => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ => 8,
        Type::INTERVAL => 16,
        _ => -1,
    }
}

/// Digits of a number, as PostgreSQL packs them; -1 for none.
pub fn modifier(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal128(precision, scale) | DataType::Decimal64(precision, scale) if *scale >= 0 => {
            (i32::from(*precision) << 16 | i32::from(*scale)) + 4
        }
        _ => -1,
    }
}
