//! One schema of published tables.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};

use crate::contract::value_labels::ValueLabels;
use crate::lake::{Lake, LakeTable, TableName};

type Resolved = Option<Arc<dyn TableProvider>>;

/// Tables of one schema, from the lake unless overridden; what was asked for once stays that publication.
pub struct LakeSchema {
    lake: Lake,
    name: String,
    overrides: BTreeMap<String, Arc<dyn TableProvider>>,
    resolved: Mutex<HashMap<String, Resolved>>,
}

impl LakeSchema {
    /// The schema `name` of `lake`, with `overrides` before what is published.
    pub fn new(lake: Lake, name: &str, overrides: BTreeMap<String, Arc<dyn TableProvider>>) -> Self {
        LakeSchema {
            lake,
            name: name.into(),
            overrides,
            resolved: Mutex::default(),
        }
    }

    /// The table, resolved once.
    fn once(&self, name: &str) -> Result<Resolved> {
        if let Some(table) = self.overrides.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = resolved.get(name) {
            return Ok(table.clone());
        }
        let table = self.resolve(name)?;
        resolved.insert(name.to_string(), table.clone());
        Ok(table)
    }

    /// What the codes of a table stand for, in the publication that queries see.
    pub fn value_labels(&self, name: &str) -> Result<Option<ValueLabels>> {
        let table = self.once(name)?;
        let manifest = table
            .as_deref()
            .and_then(|table| table.downcast_ref::<LakeTable>()?.manifest());
        Ok(manifest.and_then(|manifest| ValueLabels::of(&manifest.properties)))
    }

    fn resolve(&self, table: &str) -> Result<Resolved> {
        let Ok(name) = TableName::new(&self.name, table) else {
            return Ok(None);
        };
        resolve(&self.lake, &name)
    }
}

/// The newest publication of `name`, leased for as long as the provider lives.
pub fn resolve(lake: &Lake, name: &TableName) -> Result<Resolved> {
    // found and leased in one: between the two it could be collected
    let table = LakeTable::open(lake, name).map_err(|e| DataFusionError::External(Box::new(e)))?;
    Ok(table.map(|table| Arc::new(table) as _))
}

impl fmt::Debug for LakeSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeSchema")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        // the signature has no room for an error: what is wrong is said when a table is asked for
        let published = self.lake.tables().unwrap_or_default();
        let published = published.into_iter().filter(|t| t.schema == self.name).map(|t| t.table);
        let names: BTreeSet<String> = published.chain(self.overrides.keys().cloned()).collect();
        names.into_iter().collect()
    }

    async fn table(&self, name: &str) -> Result<Resolved> {
        self.once(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.overrides.contains_key(name) || self.table_names().iter().any(|t| t == name)
    }
}
