//! A schema of which only some tables, or some columns of them, may be seen.
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::view::ViewTable;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlanBuilder, ident};

/// A table that may be seen, and the columns of it that may not.
pub type Allowed = (&'static str, &'static [&'static str]);

/// Some tables of a schema.
#[derive(Debug)]
pub struct Restricted {
    schema: Arc<dyn SchemaProvider>,
    allowed: &'static [Allowed],
}

impl Restricted {
    /// Only `allowed` of `schema`.
    pub fn new(schema: Arc<dyn SchemaProvider>, allowed: &'static [Allowed]) -> Self {
        Self { schema, allowed }
    }

    fn hidden(&self, name: &str) -> Option<&'static [&'static str]> {
        self.allowed
            .iter()
            .find(|(table, _)| *table == name)
            .map(|(_, hidden)| *hidden)
    }
}

#[async_trait]
impl SchemaProvider for Restricted {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.schema.table_names();
        names.retain(|name| self.hidden(name).is_some());
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(hidden) = self.hidden(name) else {
            return Ok(None);
        };
        let Some(table) = self.schema.table(name).await? else {
            return Ok(None);
        };
        if hidden.is_empty() {
            return Ok(Some(table));
        }
        let columns: Vec<_> = table
            .schema()
            .fields()
            .iter()
            .filter(|field| !hidden.contains(&field.name().as_str()))
            .map(|field| ident(field.name()))
            .collect();
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?
            .project(columns)?
            .build()?;
        Ok(Some(Arc::new(ViewTable::new(plan, None))))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.hidden(name).is_some() && self.schema.table_exist(name)
    }
}
