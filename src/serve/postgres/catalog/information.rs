//! The views of `information_schema`, with PostgreSQL's names of types.
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::error::Result;
use datafusion_postgres::pgwire::api::Type;

use super::listing::{Lister, Listing, Relation};
use super::system::type_of;
use super::table::{Fill, Rows, filled, number, text};
use crate::engine::CATALOG;

const SCHEMA: &str = "information_schema";

/// Name, columns (those that end in `#` are numbers), and what fills them.
const VIEWS: &[(&str, &[&str], Fill)] = &[
    (
        "columns",
        &[
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "ordinal_position#",
            "column_default",
            "is_nullable",
            "data_type",
            "character_maximum_length#",
            "character_octet_length#",
            "numeric_precision#",
            "numeric_precision_radix#",
            "numeric_scale#",
            "datetime_precision#",
            "interval_type",
            "character_set_name",
            "collation_name",
            "domain_name",
            "udt_catalog",
            "udt_schema",
            "udt_name",
            "dtd_identifier",
            "is_self_referencing",
            "is_identity",
            "is_generated",
            "generation_expression",
            "is_updatable",
        ],
        columns,
    ),
    (
        "key_column_usage",
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "ordinal_position#",
            "position_in_unique_constraint#",
        ],
        |_, _| Ok(()),
    ),
    (
        "schemata",
        &["catalog_name", "schema_name", "schema_owner", "sql_path"],
        schemata,
    ),
    (
        "table_constraints",
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "constraint_type",
            "is_deferrable",
            "initially_deferred",
        ],
        |_, _| Ok(()),
    ),
    (
        "tables",
        &[
            "table_catalog",
            "table_schema",
            "table_name",
            "table_type",
            "self_referencing_column_name",
            "reference_generation",
            "is_insertable_into",
            "is_typed",
            "commit_action",
        ],
        tables,
    ),
    (
        "views",
        &[
            "table_catalog",
            "table_schema",
            "table_name",
            "view_definition",
            "is_updatable",
        ],
        views,
    ),
];

/// Names of the views.
pub fn names() -> Vec<String> {
    VIEWS.iter().map(|(name, _, _)| (*name).to_owned()).collect()
}

/// A view, by name.
pub fn table(name: &str, lister: &Arc<Lister>) -> Result<Option<Arc<dyn TableProvider>>> {
    let found = VIEWS.iter().find(|(known, _, _)| *known == name);
    let table = |(_, columns, fill): &(_, &[&str], Fill)| filled(schema_of(columns), lister, Vec::new(), *fill);
    found.map(table).transpose()
}

/// The views as relations.
pub fn relations() -> Vec<Relation> {
    let relation = |(name, columns, _): &(&str, &[&str], Fill)| Relation::system(SCHEMA, name, &schema_of(columns));
    VIEWS.iter().map(relation).collect()
}

fn schema_of(columns: &[&str]) -> SchemaRef {
    let field = |name: &&str| match name.strip_suffix('#') {
        Some(name) => Field::new(name, DataType::Int32, true),
        None => Field::new(*name, DataType::Utf8, true),
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn schemata(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for schema in &listing.schemas {
        rows.add(&[
            ("catalog_name", text(CATALOG)),
            ("schema_name", text(schema)),
            ("schema_owner", text(CATALOG)),
        ])?;
    }
    Ok(())
}

fn tables(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in &listing.relations {
        let kind = if relation.schema == SCHEMA {
            "VIEW"
        } else {
            "BASE TABLE"
        };
        rows.add(&[
            ("table_catalog", text(CATALOG)),
            ("table_schema", text(&relation.schema)),
            ("table_name", text(&relation.name)),
            ("table_type", text(kind)),
            ("is_insertable_into", text("NO")),
            ("is_typed", text("NO")),
        ])?;
    }
    Ok(())
}

fn views(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in listing.relations.iter().filter(|relation| relation.schema == SCHEMA) {
        rows.add(&[
            ("table_catalog", text(CATALOG)),
            ("table_schema", text(SCHEMA)),
            ("table_name", text(&relation.name)),
            ("is_updatable", text("NO")),
        ])?;
    }
    Ok(())
}

fn columns(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in &listing.relations {
        for (index, column) in relation.columns.iter().enumerate() {
            let wire = type_of(column);
            let mut row = vec![
                ("table_catalog", text(CATALOG)),
                ("table_schema", text(&relation.schema)),
                ("table_name", text(&relation.name)),
                ("column_name", text(column.name())),
                ("ordinal_position", number(i64::try_from(index + 1).unwrap_or(i64::MAX))),
                ("is_nullable", text(if column.is_nullable() { "YES" } else { "NO" })),
                ("data_type", text(type_name(&wire))),
                ("udt_catalog", text(CATALOG)),
                ("udt_schema", text("pg_catalog")),
                ("udt_name", text(wire.name())),
                ("is_identity", text("NO")),
                ("is_generated", text("NEVER")),
                ("is_updatable", text("NO")),
            ];
            if let Some((precision, radix, scale)) = digits(column, &wire) {
                row.push(("numeric_precision", number(precision)));
                row.push(("numeric_precision_radix", number(radix)));
                row.extend(scale.map(|scale| ("numeric_scale", number(scale))));
            }
            rows.add(&row)?;
        }
    }
    Ok(())
}

/// Digits of a number, their base, and those behind the point.
fn digits(column: &FieldRef, wire: &Type) -> Option<(i32, i32, Option<i32>)> {
    match *wire {
        Type::INT2 => Some((16, 2, Some(0))),
        Type::INT4 => Some((32, 2, Some(0))),
        Type::INT8 => Some((64, 2, Some(0))),
        Type::FLOAT4 => Some((24, 2, None)),
        Type::FLOAT8 => Some((53, 2, None)),
        _ => match column.data_type() {
            DataType::Decimal128(precision, scale) => Some((i32::from(*precision), 10, Some(i32::from(*scale)))),
            _ => None,
        },
    }
}

/// The name of a type in SQL.
fn type_name(wire: &Type) -> &str {
    match *wire {
        Type::BOOL => "boolean",
        Type::INT2 => "smallint",
        Type::INT4 => "integer",
        Type::INT8 => "bigint",
        Type::FLOAT4 => "real",
        Type::FLOAT8 => "double precision",
        Type::TIME => "time without time zone",
        Type::TIMESTAMP => "timestamp without time zone",
        Type::TIMESTAMPTZ => "timestamp with time zone",
        _ if wire.name().starts_with('_') => "ARRAY",
        _ => wire.name(),
    }
}
