//! What can be named in a query, as far as the published tables say.
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, SchemaProvider};
use datafusion::execution::FunctionRegistry;

use crate::engine::{Catalog, CatalogSources, Engine};

/// The names a query may use.
pub trait Names {
    /// Schemas.
    fn schemas(&self) -> Vec<String>;
    /// Tables of a schema.
    fn tables(&self, schema: &str) -> Vec<String>;
    /// Columns of a table; none when it cannot be read.
    fn columns(&self, schema: &str, table: &str) -> Vec<String>;
    /// Functions.
    fn functions(&self) -> Vec<String>;

    /// Every table as `schema.table`.
    fn all_tables(&self) -> Vec<String> {
        let schemas = self.schemas();
        let tables = schemas.iter().flat_map(|schema| {
            let tables = self.tables(schema);
            tables.into_iter().map(move |table| format!("{schema}.{table}"))
        });
        tables.collect()
    }

    /// The schema and table that a name stands for: itself, or the one table that is called so.
    fn find(&self, name: &str) -> Option<(String, String)> {
        let name = name.to_lowercase();
        let all = self.all_tables();
        let split = |full: &str| {
            full.split_once('.')
                .map(|(schema, table)| (schema.to_owned(), table.to_owned()))
        };
        if let Some(full) = all.iter().find(|full| **full == name) {
            return split(full);
        }
        let mut same = all.iter().filter(|full| full.ends_with(&format!(".{name}")));
        match (same.next(), same.next()) {
            (Some(full), None) => split(full),
            _ => None,
        }
    }
}

/// The names of a project, as they are now.
pub struct ProjectNames {
    engine: Arc<Engine>,
    sources: CatalogSources,
}

impl ProjectNames {
    /// Names of the tables in `sources`.
    pub fn new(engine: Arc<Engine>, sources: CatalogSources) -> Self {
        Self { engine, sources }
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Catalog::now(&self.sources).schema(name)
    }
}

impl Names for ProjectNames {
    fn schemas(&self) -> Vec<String> {
        Catalog::now(&self.sources).schema_names()
    }

    fn tables(&self, schema: &str) -> Vec<String> {
        self.schema(schema)
            .map(|schema| schema.table_names())
            .unwrap_or_default()
    }

    fn columns(&self, schema: &str, table: &str) -> Vec<String> {
        let Some(schema) = self.schema(schema) else {
            return Vec::new();
        };
        let Ok(Some(table)) = self.engine.block_on(schema.table(table)) else {
            return Vec::new();
        };
        table
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    fn functions(&self) -> Vec<String> {
        let context = self.engine.context(Catalog::now(&self.sources));
        let state = context.state();
        let mut names: Vec<String> = state
            .udfs()
            .into_iter()
            .chain(state.udafs())
            .chain(state.udwfs())
            .collect();
        names.sort();
        names
    }
}
