//! `\d`: tables, and what a table holds.
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::CatalogProvider;

use super::names::Names;
use super::session::Session;
use super::table::Table;
use crate::cli::{Failure, text};
use crate::diagnostic::nearest;
use crate::engine::Catalog;
use crate::lake::{Manifest, TableName};

/// `\d` and `\dt`: the tables, of one schema if `schema` names it.
pub fn tables(session: &Session, schema: Option<&str>) -> Result<(), Failure> {
    let names = session.names();
    let all = names.all_tables();
    let tables: Vec<String> = all
        .into_iter()
        .filter(|table| schema.is_none_or(|schema| table.starts_with(&format!("{schema}."))))
        .collect();
    let published: Vec<Option<Arc<Manifest>>> = tables.iter().map(|table| manifest(session, table)).collect();
    let each = |value: &dyn Fn(&Manifest) -> i64| -> ArrayRef {
        Arc::new(
            published
                .iter()
                .map(|manifest| manifest.as_deref().map(value))
                .collect::<Int64Array>(),
        )
    };
    let when = published
        .iter()
        .map(|manifest| manifest.as_deref().map(|manifest| text::moment(manifest.created_at)));
    let columns: [(&str, ArrayRef); 4] = [
        ("table", Arc::new(StringArray::from_iter_values(&tables))),
        ("rows", each(&|manifest| whole(manifest.rows))),
        ("version", each(&|manifest| whole(manifest.version))),
        ("published", Arc::new(when.collect::<StringArray>())),
    ];
    show_columns(session, columns)
}

/// `\dn`: the schemas.
pub fn schemas(session: &Session) -> Result<(), Failure> {
    let names = session.names();
    let schemas = names.schemas();
    let counts: Int64Array = schemas
        .iter()
        .map(|schema| i64::try_from(names.tables(schema).len()).ok())
        .collect();
    let what = |schema: &String| match schema.as_str() {
        "staging" => "deliveries, checked and pseudonymised",
        "core" => "what the marts share",
        "mart" => "statistics",
        "ref" => "code lists, and labels of SPSS deliveries",
        "ops" => "deliveries, runs and rows that were set aside",
        _ => "",
    };
    let holds: StringArray = schemas.iter().map(|schema| Some(what(schema))).collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("schema", Arc::new(StringArray::from_iter_values(&schemas))),
        ("tables", Arc::new(counts)),
        ("holds", Arc::new(holds)),
    ];
    show_columns(session, columns)
}

/// `\d TABLE`: its columns and where it comes from.
pub fn table(session: &Session, name: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let names = session.names();
    let Some((schema, table)) = names.find(name) else {
        let all = names.all_tables();
        let failure = Failure::refused(format!("there is no table {name}"));
        return Err(match nearest(name, all.iter().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint("\\d shows the tables"),
        });
    };
    let provider = match Catalog::now(session.sources()).schema(&schema) {
        Some(found) => session.block_on(found.table(&table))?,
        None => None,
    };
    let Some(provider) = provider else {
        return Err(Failure::refused(format!("{schema}.{table} was removed meanwhile")));
    };
    let columns = provider.schema();
    let fields = columns.fields();
    let texts = |value: &dyn Fn(&arrow::datatypes::Field) -> Option<String>| -> ArrayRef {
        Arc::new(fields.iter().map(|field| value(field)).collect::<StringArray>())
    };
    let mut shown: Vec<(&str, ArrayRef)> = vec![
        ("column", texts(&|field| Some(field.name().clone()))),
        ("type", texts(&|field| Some(type_name(field.data_type())))),
        (
            "null",
            Arc::new(
                fields
                    .iter()
                    .map(|field| Some(field.is_nullable()))
                    .collect::<BooleanArray>(),
            ),
        ),
    ];
    let manifest = manifest(session, &format!("{schema}.{table}"));
    if fields
        .iter()
        .any(|field| description(field, manifest.as_deref()).is_some())
    {
        shown.push((
            "description",
            texts(&|field| Some(description(field, manifest.as_deref()).unwrap_or_default())),
        ));
    }
    show_columns(session, shown)?;
    if let Some(manifest) = manifest {
        let mut out = session.out();
        for line in about(&manifest) {
            writeln!(out, "{}", crate::diagnostic::printable(&line))?;
        }
    }
    Ok(())
}

fn show_columns<'a>(session: &Session, columns: impl IntoIterator<Item = (&'a str, ArrayRef)>) -> Result<(), Failure> {
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
    let mut table = Table::new(&batch.schema(), usize::MAX, "");
    table.write(&batch)?;
    table.finish(&mut session.out())?;
    Ok(())
}

fn manifest(session: &Session, table: &str) -> Option<Arc<Manifest>> {
    let name: TableName = table.parse().ok()?;
    session.sources().lake.current(&name).ok().flatten()
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a column means, from its field or from the table's properties.
fn description(field: &arrow::datatypes::Field, manifest: Option<&Manifest>) -> Option<String> {
    let own = field.metadata().get("description").cloned();
    own.or_else(|| manifest?.properties.get(&format!("column.{}", field.name())).cloned())
        .filter(|text| !text.is_empty())
}

fn about(manifest: &Manifest) -> Vec<String> {
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let size = if bytes < 100_000 {
        "under 0.1 MB".to_owned()
    } else {
        text::bytes(bytes)
    };
    let mut lines = vec![format!(
        "version {} of {}: {}, {}, {size}",
        manifest.version,
        text::moment(manifest.created_at),
        text::counted(manifest.rows, "row"),
        text::counted(manifest.files.len() as u64, "file"),
    )];
    if !manifest.partition_columns.is_empty() {
        lines.push(format!("partitioned by {}", manifest.partition_columns.join(", ")));
    }
    if !manifest.sort.is_empty() {
        lines.push(format!("sorted by {}", manifest.sort.join(", ")));
    }
    if let Some(text) = manifest.properties.get("description") {
        lines.insert(0, text.clone());
    }
    lines
}

/// The type as one would write it in SQL.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".into(),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "real".into(),
        DataType::Float64 => "double".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond, _) => "timestamp".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::FixedSizeBinary(16) => "pseudonym".into(),
        other => other.to_string().to_lowercase(),
    }
}
