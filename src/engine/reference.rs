//! Code lists as tables: `config/reference/<name>.csv` is `ref.<name>`, every column text, a blank cell null.
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};

use crate::contract::codes::{self, CodeList};

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

/// The schema `ref`.
pub struct ReferenceSchema {
    names: BTreeMap<String, PathBuf>,
    tables: BTreeMap<String, std::sync::OnceLock<Arc<MemTable>>>,
}

impl ReferenceSchema {
    /// The code lists in `folder`, read when first used.
    pub fn new(folder: &Path) -> Self {
        // no room for an error here: contracts tell when the folder cannot be listed
        let names = codes::files(folder).unwrap_or_default();
        let tables = names
            .keys()
            .map(|name| (name.clone(), std::sync::OnceLock::new()))
            .collect();
        ReferenceSchema { names, tables }
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
        self.names.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let (Some(path), Some(cell)) = (self.names.get(name), self.tables.get(name)) else {
            return Ok(None);
        };
        if let Some(table) = cell.get() {
            return Ok(Some(Arc::clone(table) as _));
        }
        let list = CodeList::read(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
        let table = Arc::new(code_list_table(&list)?);
        Ok(Some(Arc::clone(cell.get_or_init(|| table)) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }
}
