//! What one query sees: the schemas of sluis, each table resolved once.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};

use super::lake_schema::LakeSchema;
use super::ops::OpsSchema;
use super::reference::ReferenceSchema;
use super::restricted::{Allowed, Restricted};
use crate::lake::{Lake, TableName};
use crate::ledger::Ledger;

/// Name of the catalog: tables are `sluis.schema.table`, in practice `schema.table`.
pub const CATALOG: &str = "sluis";

/// Its schemas.
pub const SCHEMAS: [&str; 5] = ["staging", "core", "mart", "ref", "ops"];

/// Where the tables of a project come from.
#[derive(Clone)]
pub struct CatalogSources {
    /// Published tables: `staging`, `core`, `mart` and `ops.quarantine`.
    pub lake: Lake,
    /// Folder of code lists, each `*.csv` a table of `ref`; so is what the codes of a staging table stand for.
    pub reference: PathBuf,
    /// Deliveries and runs, tables of `ops`.
    pub ledger: Option<Arc<Ledger>>,
}

/// The tables one query sees. A table is resolved the first time it is asked for and stays that publication, however
/// long the query runs and whatever is published meanwhile.
#[derive(Debug)]
pub struct Catalog {
    // behind a lock because a schema can be added to the catalog of a session
    schemas: RwLock<BTreeMap<String, Arc<dyn SchemaProvider>>>,
}

impl Catalog {
    /// What is published now, each table resolved when it is first used.
    pub fn now(sources: &CatalogSources) -> Catalog {
        Self::with_overrides(sources, BTreeMap::new())
    }

    /// As [`Catalog::now`], but with `overrides` in the place of (or beside) the published tables of those names: a
    /// run uses it to pin its inputs, to restrict them to partitions, and to show a draft to its audits.
    pub fn with_overrides(sources: &CatalogSources, overrides: BTreeMap<TableName, Arc<dyn TableProvider>>) -> Catalog {
        let mut schemas: BTreeMap<String, Arc<dyn SchemaProvider>> = BTreeMap::new();
        for name in ["staging", "core", "mart"] {
            let own = overrides.iter().filter(|(table, _)| table.schema == name);
            let own = own
                .map(|(table, provider)| (table.table.clone(), Arc::clone(provider)))
                .collect();
            let schema = Arc::new(LakeSchema::new(sources.lake.clone(), name, own));
            if name == "staging" {
                let reference = ReferenceSchema::new(&sources.reference, Arc::clone(&schema));
                schemas.insert("ref".into(), Arc::new(reference));
            }
            schemas.insert(name.into(), schema);
        }
        schemas.insert(
            "ops".into(),
            Arc::new(OpsSchema::new(sources.lake.clone(), sources.ledger.clone())),
        );
        Catalog {
            schemas: RwLock::new(schemas),
        }
    }

    /// Only the schemas that `may` gives something for: all of their tables, or those that are listed.
    #[must_use]
    pub fn only(self, may: impl Fn(&str) -> Option<&'static [Allowed]>) -> Catalog {
        let schemas = self.schemas.into_inner().unwrap_or_else(PoisonError::into_inner);
        let seen = schemas.into_iter().filter_map(|(name, schema)| match may(&name)? {
            [] => Some((name, schema)),
            allowed => Some((name, Arc::new(Restricted::new(schema, allowed)) as _)),
        });
        Self::of(seen.collect())
    }

    /// A catalog of given schemas only, for planning without data.
    pub(crate) fn of(schemas: BTreeMap<String, Arc<dyn SchemaProvider>>) -> Catalog {
        Catalog {
            schemas: RwLock::new(schemas),
        }
    }

    fn schemas(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<dyn SchemaProvider>>> {
        self.schemas.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas().keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.schemas().get(name).cloned()
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> datafusion::error::Result<Option<Arc<dyn SchemaProvider>>> {
        let mut schemas = self.schemas.write().unwrap_or_else(PoisonError::into_inner);
        Ok(schemas.insert(name.into(), schema))
    }
}
