//! Code lists: `config/reference/<name>.csv` is the table `ref.<name>`, every column text, a blank cell null.
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::ReaderBuilder;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};

use super::EngineError;

/// One code list as read.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The file.
    pub path: PathBuf,
    /// BLAKE3 of its bytes, in hex.
    pub digest: String,
    /// Its rows.
    pub rows: RecordBatch,
}

impl Reference {
    /// Reads the code list at `path`: UTF-8, comma or semicolon, a header line with the column names.
    pub fn read(path: &Path) -> std::result::Result<Reference, EngineError> {
        let refuse = |reason: String| EngineError::Reference {
            path: path.to_path_buf(),
            reason,
        };
        let bytes = fs::read(path).map_err(|e| refuse(format!("cannot be read: {e}")))?;
        let digest = blake3::hash(&bytes).to_hex().to_string();
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            refuse(format!(
                "is not UTF-8 at byte {}; save the code list as UTF-8",
                e.valid_up_to()
            ))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let header = text.lines().next().unwrap_or_default();
        let delimiter = if header.contains(';') && !header.contains(',') {
            b';'
        } else {
            b','
        };
        let names = header
            .split(char::from(delimiter))
            .map(|n| n.trim().trim_matches('"').to_lowercase());
        let mut seen = std::collections::BTreeSet::new();
        let mut fields = Vec::new();
        for name in names {
            if name.is_empty() || !seen.insert(name.clone()) {
                return Err(refuse(format!(
                    "the header has an empty or repeated column name ({name:?}); name each column"
                )));
            }
            fields.push(Field::new(name, DataType::Utf8, true));
        }
        let schema = Arc::new(Schema::new(fields));
        let reader = ReaderBuilder::new(Arc::clone(&schema))
            .with_header(true)
            .with_delimiter(delimiter);
        let reader = reader
            .build_buffered(text.as_bytes())
            .map_err(|e| refuse(e.to_string()))?;
        let batches = reader
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|e| refuse(e.to_string()))?;
        let rows = arrow::compute::concat_batches(&schema, &batches).map_err(|e| refuse(e.to_string()))?;
        Ok(Reference {
            path: path.to_path_buf(),
            digest,
            rows,
        })
    }
}

/// Every code list in `folder` by table name; none when the folder is absent. A list that cannot be read is an `Err`
/// of its own, so that the others stay usable.
pub fn read_all(folder: &Path) -> BTreeMap<String, std::result::Result<Reference, EngineError>> {
    names(folder)
        .into_iter()
        .map(|(name, path)| (name, Reference::read(&path)))
        .collect()
}

fn names(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "csv")
            && let Some(stem) = path.file_stem().and_then(|s| s.to_str())
        {
            names.insert(stem.to_lowercase(), path);
        }
    }
    names
}

/// The schema `ref`.
pub struct ReferenceSchema {
    names: BTreeMap<String, PathBuf>,
    tables: BTreeMap<String, std::sync::OnceLock<Arc<MemTable>>>,
}

impl ReferenceSchema {
    /// The code lists in `folder`, read when first used.
    pub fn new(folder: &Path) -> Self {
        let names = names(folder);
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
        let list = Reference::read(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
        let table = Arc::new(table_of(list.rows)?);
        Ok(Some(Arc::clone(cell.get_or_init(|| table)) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }
}
