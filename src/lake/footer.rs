//! What a Parquet file says about itself in its footer.

use super::stats::column_stat;
use super::{ColumnStat, LakeError, Result, plain_schema};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::file::metadata::ParquetMetaDataReader;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// The footer of a data file
#[derive(Debug, Clone)]
pub(crate) struct Footer {
    pub(crate) rows: u64,
    /// Without view and dictionary types
    pub(crate) schema: SchemaRef,
    pub(crate) columns: BTreeMap<String, ColumnStat>,
    /// Columns known to have nulls, pseudonyms included
    pub(crate) with_nulls: Vec<String>,
    /// Key-value metadata, without Arrow's own copy of the schema
    pub(crate) keys: BTreeMap<String, String>,
}

/// Reads and checks the footer
pub(crate) fn read(path: &Path, file: &File) -> Result<Footer> {
    let bad = |problem: &dyn std::fmt::Display| LakeError::data(path, problem);
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(file)
        .map_err(|error| bad(&error))?;
    let about = metadata.file_metadata();
    let groups: i64 = metadata.row_groups().iter().map(|group| group.num_rows()).sum();
    if groups != about.num_rows() {
        return Err(bad(&"its row groups do not add up to its number of rows"));
    }
    let rows = u64::try_from(groups).map_err(|error| bad(&error))?;
    let schema =
        parquet_to_arrow_schema(about.schema_descr(), about.key_value_metadata()).map_err(|error| bad(&error))?;
    let schema = plain_schema(&schema);
    let mut columns = BTreeMap::new();
    let mut with_nulls = Vec::new();
    for field in schema.fields() {
        let Some(found) = column_stat(field.name(), &schema, &metadata) else {
            continue;
        };
        if found.nulls.is_some_and(|nulls| nulls > 0) {
            with_nulls.push(field.name().clone());
        }
        // bounds of a pseudonym are pseudonyms: of no use for pruning, and not to be spread
        if !super::stats::is_secret(field.data_type()) {
            columns.insert(field.name().clone(), found);
        }
    }
    let keys = about.key_value_metadata().into_iter().flatten();
    let keys = keys.filter(|pair| pair.key != "ARROW:schema");
    let keys = keys
        .filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)))
        .collect();
    Ok(Footer {
        rows,
        schema,
        columns,
        with_nulls,
        keys,
    })
}
