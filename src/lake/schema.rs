//! Arrow schemas as JSON, and schemas modulo the types that only say how values are held in memory.

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
struct SchemaText {
    fields: Vec<FieldText>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct FieldText {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    nullable: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

impl From<&Schema> for SchemaText {
    fn from(schema: &Schema) -> Self {
        let fields = schema.fields().iter().map(|field| FieldText {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            nullable: field.is_nullable(),
            metadata: sorted(field.metadata()),
        });
        Self {
            fields: fields.collect(),
            metadata: sorted(schema.metadata()),
        }
    }
}

fn sorted(metadata: &std::collections::HashMap<String, String>) -> BTreeMap<String, String> {
    metadata
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The schema as JSON, the same for equal schemas
pub(crate) fn to_json(schema: &Schema) -> serde_json::Value {
    serde_json::to_value(SchemaText::from(schema)).unwrap_or_default()
}

pub(crate) fn serialize<S: Serializer>(schema: &SchemaRef, out: S) -> Result<S::Ok, S::Error> {
    SchemaText::from(schema.as_ref()).serialize(out)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<SchemaRef, D::Error> {
    let text = SchemaText::deserialize(input)?;
    let field = |field: FieldText| {
        let data_type: DataType = field.data_type.parse().map_err(D::Error::custom)?;
        Ok(Field::new(field.name, data_type, field.nullable).with_metadata(field.metadata.into_iter().collect()))
    };
    let fields = text
        .fields
        .into_iter()
        .map(field)
        .collect::<Result<Vec<_>, D::Error>>()?;
    Ok(Arc::new(Schema::new_with_metadata(
        fields,
        text.metadata.into_iter().collect(),
    )))
}

/// The type without views and dictionaries, which are ways to hold the same values
pub(crate) fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => plain(values),
        DataType::List(item) => DataType::List(plain_field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(plain(field.data_type())))
}

/// A schema without view and dictionary types, as manifests keep it
#[must_use]
pub fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(plain_field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// The schema queries see: text as views, which the Parquet reader fills without copying
pub(crate) fn viewed_schema(schema: &Schema) -> SchemaRef {
    let viewed = |field: &FieldRef| {
        let data_type = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            other => other.clone(),
        };
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    let fields: Vec<FieldRef> = schema.fields().iter().map(viewed).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
