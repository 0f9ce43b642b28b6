//! Code lists as tables: `config/reference/<name>.csv` is `ref.<name>`, every column text, a blank cell null.
//!
//! What the codes of a staging table stand for, as its deliveries say, is `ref.<table>_<column>_labels`.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};

use super::lake_schema::LakeSchema;
use crate::contract::codes::{self, CodeList};
use crate::contract::value_labels::{self, Label, ValueLabels};
use crate::lake::{Lake, LakeError, TableName};

/// The columns of a code list as a table.
pub fn code_list_schema(list: &CodeList) -> SchemaRef {
    let fields = list.columns.iter().map(|name| Field::new(name, DataType::Utf8, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn rows(list: &CodeList) -> std::result::Result<RecordBatch, ArrowError> {
    let column = |place: usize| {
        let cells = list.rows.iter().map(|row| row[place].as_str());
        Arc::new(
            cells
                .map(|cell| Some(cell).filter(|c| !c.is_empty()))
                .collect::<StringArray>(),
        ) as ArrayRef
    };
    RecordBatch::try_new(code_list_schema(list), (0..list.columns.len()).map(column).collect())
}

/// A code list as a table.
pub fn code_list_table(list: &CodeList) -> Result<MemTable> {
    table_of(rows(list)?)
}

/// The columns of a list of value labels.
pub fn value_labels_schema() -> SchemaRef {
    let fields = value_labels::COLUMNS.map(|name| Field::new(name, DataType::Utf8, true));
    Arc::new(Schema::new(fields.to_vec()))
}

/// A list of value labels as a table.
fn value_labels_table(list: &[Label]) -> Result<MemTable> {
    let code: StringArray = list.iter().map(|label| Some(label.code.as_str())).collect();
    let text: StringArray = list.iter().map(|label| Some(label.label.as_str())).collect();
    let missing: StringArray = list
        .iter()
        .map(|label| Some(if label.missing { "true" } else { "false" }))
        .collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(code), Arc::new(text), Arc::new(missing)];
    table_of(RecordBatch::try_new(value_labels_schema(), columns)?)
}

/// The digest of the list of value labels called `name`, as the table with the codes is published now.
pub fn value_labels_digest(lake: &Lake, name: &str) -> std::result::Result<Option<String>, LakeError> {
    for table in lake.tables()? {
        let Some(column) = column_of(name, &table) else {
            continue;
        };
        let labels = lake
            .current(&table)?
            .and_then(|manifest| ValueLabels::of(&manifest.properties));
        if let Some(digest) = labels.and_then(|labels| labels.digest(column)) {
            return Ok(Some(digest));
        }
    }
    Ok(None)
}

/// The column of a staging table that a list of value labels would be about, by its name.
fn column_of<'n>(name: &'n str, table: &TableName) -> Option<&'n str> {
    let column = name
        .strip_suffix("_labels")?
        .strip_prefix(&table.table)?
        .strip_prefix('_')?;
    (table.schema == STAGING).then_some(column)
}

const STAGING: &str = "staging";

/// The schema `ref`: the code lists of a folder, and what the codes of staging tables stand for.
pub struct ReferenceSchema {
    names: BTreeMap<String, PathBuf>,
    tables: BTreeMap<String, std::sync::OnceLock<Arc<MemTable>>>,
    /// The same publications that queries of this catalog see.
    staging: Arc<LakeSchema>,
}

impl ReferenceSchema {
    /// The code lists in `folder` and those of `staging`, read when first used.
    pub fn new(folder: &Path, staging: Arc<LakeSchema>) -> Self {
        // no room for an error here: contracts tell when the folder cannot be listed
        let names = codes::files(folder).unwrap_or_default();
        let tables = names
            .keys()
            .map(|name| (name.clone(), std::sync::OnceLock::new()))
            .collect();
        ReferenceSchema { names, tables, staging }
    }

    /// The lists of value labels that staging tables have; those that are empty are not told.
    fn value_labels(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for table in self.staging.table_names() {
            let Ok(Some(labels)) = self.staging.value_labels(&table) else {
                continue;
            };
            let columns = labels.columns().into_iter();
            let told = columns.filter(|column| labels.list(column).is_some_and(|list| !list.is_empty()));
            names.extend(told.map(|column| value_labels::name_of(&table, column)));
        }
        names
    }

    /// The list of value labels of that name.
    fn value_labels_of(&self, name: &str) -> Result<Option<Vec<Label>>> {
        for table in self.staging.table_names() {
            let table = TableName {
                schema: STAGING.to_owned(),
                table,
            };
            let Some(column) = column_of(name, &table) else {
                continue;
            };
            if let Some(list) = self
                .staging
                .value_labels(&table.table)?
                .and_then(|labels| labels.list(column))
            {
                return Ok(Some(list));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for ReferenceSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceSchema")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// A table of one batch.
pub fn table_of(rows: RecordBatch) -> Result<MemTable> {
    let schema: SchemaRef = rows.schema();
    MemTable::try_new(schema, vec![vec![rows]])
}

#[async_trait]
impl SchemaProvider for ReferenceSchema {
    fn table_names(&self) -> Vec<String> {
        let names: BTreeSet<String> = self.names.keys().cloned().chain(self.value_labels()).collect();
        names.into_iter().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let (Some(path), Some(cell)) = (self.names.get(name), self.tables.get(name)) else {
            let list = self.value_labels_of(name)?;
            return list
                .map(|list| Ok(Arc::new(value_labels_table(&list)?) as _))
                .transpose();
        };
        if let Some(table) = cell.get() {
            return Ok(Some(Arc::clone(table) as _));
        }
        let list = CodeList::read(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
        let table = Arc::new(code_list_table(&list)?);
        Ok(Some(Arc::clone(cell.get_or_init(|| table)) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names.contains_key(name) || matches!(self.value_labels_of(name), Ok(Some(_)))
    }
}
