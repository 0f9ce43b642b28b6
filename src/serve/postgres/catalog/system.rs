//! The tables of `pg_catalog`.
use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::datasource::TableType;
use datafusion::error::{DataFusionError, Result};
use datafusion::scalar::ScalarValue;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::catalog_info::CatalogInfo;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::{
    ArrowTable, PG_CATALOG_TABLES, PgCatalogSchemaProvider, PgCatalogStaticTables, PgCatalogTable,
};
use datafusion_postgres::pgwire::api::Type;

use super::listing::{Lister, Listing, Relation};
use super::oid;
use super::table::{Fill, Rows, filled, number, text, truth};
use crate::engine::CATALOG;
use crate::serve::postgres::settings::Settings;
use crate::serve::postgres::types::{modifier, wire_type};

/// Tables that are made here.
const OWN: &[(&str, Fill)] = &[
    ("pg_attribute", attributes),
    ("pg_class", classes),
    ("pg_constraint", |_, _| Ok(())),
    ("pg_database", databases),
    ("pg_description", descriptions),
    ("pg_index", |_, _| Ok(())),
    ("pg_namespace", namespaces),
    ("pg_roles", roles),
    ("pg_settings", settings),
    ("pg_tables", tables),
];

/// The catalog of a database without tables: what is the same in every database.
#[derive(Debug, Clone)]
struct Nothing;

#[async_trait]
impl CatalogInfo for Nothing {
    async fn catalog_names(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn schema_names(&self, _: &str) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    async fn table_names(&self, _: &str, _: &str) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    async fn table_schema(&self, _: &str, _: &str, _: &str) -> Result<Option<SchemaRef>> {
        Ok(None)
    }

    async fn table_type(&self, _: &str, _: &str, _: &str) -> Result<Option<TableType>> {
        Ok(None)
    }
}

type Same = PgCatalogSchemaProvider<Nothing, EmptyContextProvider>;

static STATIC: LazyLock<Result<Arc<PgCatalogStaticTables>>> =
    LazyLock::new(|| PgCatalogStaticTables::try_new().map(Arc::new));
static SAME: LazyLock<Result<Same>> =
    LazyLock::new(|| PgCatalogSchemaProvider::try_new(Nothing, words_of(&STATIC)?.clone(), EmptyContextProvider));

/// Tables that are in the program cannot be wrong; if they are, that is said.
fn words_of<T>(made: &'static LazyLock<Result<T>>) -> Result<&'static T> {
    made.as_ref()
        .map_err(|error| DataFusionError::Internal(error.to_string()))
}

/// The words that SQL keeps for itself, for `pg_get_keywords()`.
pub fn keywords() -> Result<Arc<ArrowTable>> {
    Ok(Arc::clone(&words_of(&STATIC)?.pg_get_keywords))
}

fn same(name: &str) -> Result<Option<PgCatalogTable>> {
    words_of(&SAME)?.build_table_by_name(name)
}

/// Names of the tables.
pub fn names() -> Vec<String> {
    PG_CATALOG_TABLES.iter().map(ToString::to_string).collect()
}

/// A table, by name.
pub fn table(name: &str, lister: &Arc<Lister>) -> Result<Option<Arc<dyn TableProvider>>> {
    let Some(same) = same(name)? else {
        return Ok(None);
    };
    let Some((_, fill)) = OWN.iter().find(|(own, _)| *own == name) else {
        return same.try_into_table_provider().map(Some);
    };
    let before: Vec<RecordBatch> = match &same {
        // those of PostgreSQL's own tables are of no use to anybody
        PgCatalogTable::Static(table) if name == "pg_description" => table.data().to_vec(),
        _ => Vec::new(),
    };
    filled(whole(name, &same.schema()), lister, before, *fill).map(Some)
}

/// Lists that are text in the tables that are the same everywhere.
const LISTS: &[&str] = &[
    "confdelsetcols",
    "confkey",
    "conkey",
    "indclass",
    "indcollation",
    "indkey",
    "indoption",
];

/// The columns of a table as clients know them, and those that they ask of it too.
fn whole(name: &str, schema: &SchemaRef) -> SchemaRef {
    let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
    let more: Vec<Field> = match name {
        "pg_class" => ["relacl", "reloptions"]
            .map(|name| Field::new(name, list(DataType::Utf8), true))
            .into(),
        "pg_settings" => vec![Field::new("boot_val", DataType::Utf8, true)],
        _ => Vec::new(),
    };
    let field = |field: &FieldRef| match LISTS.contains(&field.name().as_str()) {
        true => Arc::new(field.as_ref().clone().with_data_type(list(DataType::Int16))),
        false => Arc::clone(field),
    };
    let fields = schema.fields().iter().map(field).chain(more.into_iter().map(Arc::new));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The tables of the catalog as relations.
pub fn relations() -> Vec<Relation> {
    let relation = |name: &&str| Some(Relation::system("pg_catalog", name, &same(name).ok()??.schema()));
    PG_CATALOG_TABLES.iter().filter_map(relation).collect()
}

fn small(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn classes(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in &listing.relations {
        let kind = if relation.schema == "information_schema" {
            "v"
        } else {
            "r"
        };
        let count = relation
            .rows
            .and_then(|rows| u32::try_from(rows).ok())
            .map_or(-1.0, f64::from);
        rows.add(&[
            ("oid", number(relation.oid)),
            ("relname", text(&relation.name)),
            ("relnamespace", number(oid::of_schema(&relation.schema))),
            ("reloftype", number(0)),
            ("relowner", number(oid::OWNER)),
            // the access method `heap`
            ("relam", number(2)),
            ("relfilenode", number(relation.oid)),
            ("relpages", number(1)),
            ("reltuples", ScalarValue::Float64(Some(count))),
            ("relpersistence", text("p")),
            ("relkind", text(kind)),
            ("relnatts", number(small(relation.columns.len()))),
            ("relispopulated", truth(true)),
            ("relreplident", text("d")),
        ])?;
    }
    Ok(())
}

fn attributes(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in &listing.relations {
        for (index, column) in relation.columns.iter().enumerate() {
            let wire = type_of(column);
            let list = matches!(
                column.data_type(),
                DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
            );
            rows.add(&[
                ("attrelid", number(relation.oid)),
                ("attname", text(column.name())),
                ("atttypid", number(wire.oid())),
                ("attstattarget", number(-1)),
                ("attlen", number(length_of(&wire))),
                ("attnum", number(small(index + 1))),
                ("attndims", number(i32::from(list))),
                ("attcacheoff", number(-1)),
                ("atttypmod", number(modifier(column.data_type()))),
                ("attalign", text("i")),
                ("attstorage", text("p")),
                ("attnotnull", truth(!column.is_nullable())),
                ("attislocal", truth(true)),
            ])?;
        }
    }
    Ok(())
}

/// The type of a column for clients; text for what can only be shown after a cast.
pub fn type_of(column: &FieldRef) -> Type {
    wire_type(column).map_or(Type::TEXT, |(wire, _)| wire)
}

fn length_of(wire: &Type) -> i32 {
    match *wire {
        Type::BOOL => 1,
        Type::INT2 => 2,
        Type::INT4 | Type::FLOAT4 | Type::DATE | Type::OID => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ => 8,
        _ => -1,
    }
}

fn databases(_: &Listing, rows: &mut Rows) -> Result<()> {
    rows.add(&[
        ("oid", number(oid::of_database())),
        ("datname", text(CATALOG)),
        ("datdba", number(oid::OWNER)),
        // UTF8
        ("encoding", number(6)),
        ("datlocprovider", text("c")),
        ("datcollate", text("C")),
        ("datctype", text("C")),
        ("datallowconn", truth(true)),
        ("datconnlimit", number(-1)),
        ("dattablespace", number(1663)),
    ])
}

fn namespaces(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for schema in &listing.schemas {
        rows.add(&[
            ("oid", number(oid::of_schema(schema))),
            ("nspname", text(schema)),
            ("nspowner", number(oid::OWNER)),
        ])?;
    }
    Ok(())
}

fn descriptions(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in &listing.relations {
        let own = relation.description.as_ref().map(|text| (0, text));
        let notes = relation.notes.iter().enumerate();
        let notes = notes.filter_map(|(index, note)| Some((small(index + 1), note.as_ref()?)));
        for (column, described) in own.into_iter().chain(notes) {
            rows.add(&[
                ("objoid", number(relation.oid)),
                ("classoid", number(oid::PG_CLASS)),
                ("objsubid", number(column)),
                ("description", text(described)),
            ])?;
        }
    }
    Ok(())
}

fn roles(listing: &Listing, rows: &mut Rows) -> Result<()> {
    rows.add(&[
        ("oid", number(oid::OWNER + 1)),
        ("rolname", text(&listing.user)),
        ("rolsuper", truth(false)),
        ("rolinherit", truth(true)),
        ("rolcreaterole", truth(false)),
        ("rolcreatedb", truth(false)),
        ("rolcanlogin", truth(true)),
        ("rolreplication", truth(false)),
        ("rolbypassrls", truth(false)),
        ("rolconnlimit", number(-1)),
    ])
}

fn settings(_: &Listing, rows: &mut Rows) -> Result<()> {
    for (name, value) in Settings::default().all() {
        rows.add(&[
            ("name", text(name)),
            ("setting", text(&value)),
            ("context", text("user")),
            ("vartype", text("string")),
            ("source", text("default")),
            ("boot_val", text(&value)),
            ("reset_val", text(value)),
            ("pending_restart", truth(false)),
        ])?;
    }
    Ok(())
}

fn tables(listing: &Listing, rows: &mut Rows) -> Result<()> {
    for relation in listing.relations.iter().filter(|relation| !relation.system) {
        rows.add(&[
            ("schemaname", text(&relation.schema)),
            ("tablename", text(&relation.name)),
            ("tableowner", text(CATALOG)),
        ])?;
    }
    Ok(())
}
