//! The two schemas of the catalog.
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::Result;

use super::listing::Lister;
use super::{information, system};

/// Makes a table of a schema, if there is one of that name.
type Make = fn(&str, &Arc<Lister>) -> Result<Option<Arc<dyn TableProvider>>>;

/// A schema of the catalog.
#[derive(Debug)]
pub struct Described {
    lister: Arc<Lister>,
    names: fn() -> Vec<String>,
    table: Make,
}

impl Described {
    /// `pg_catalog`.
    pub fn system(lister: Arc<Lister>) -> Self {
        Self {
            lister,
            names: system::names,
            table: system::table,
        }
    }

    /// `information_schema`.
    pub fn information(lister: Arc<Lister>) -> Self {
        Self {
            lister,
            names: information::names,
            table: information::table,
        }
    }
}

#[async_trait]
impl SchemaProvider for Described {
    fn table_names(&self) -> Vec<String> {
        (self.names)()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        (self.table)(name, &self.lister)
    }

    fn table_exist(&self, name: &str) -> bool {
        (self.names)().iter().any(|known| known == name)
    }
}
