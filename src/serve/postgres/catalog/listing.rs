//! What the caller may see, for one query.
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::catalog::{CatalogProvider, SchemaProvider};
use datafusion::error::Result;
use tokio::sync::OnceCell;

use super::{information, oid, system};
use crate::lake::{LakeTable, Manifest};

/// Every relation that the caller may see.
pub struct Listing {
    /// Who asks.
    pub user: String,
    /// Schemas.
    pub schemas: Vec<String>,
    /// Tables, and the views of the catalog itself.
    pub relations: Vec<Relation>,
}

/// A table or view.
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its number.
    pub oid: i32,
    /// Whether it is part of the catalog itself.
    pub system: bool,
    /// Its columns.
    pub columns: Vec<FieldRef>,
    /// Its rows, where they are known.
    pub rows: Option<u64>,
    /// What it is.
    pub description: Option<String>,
    /// What its columns are.
    pub notes: Vec<Option<String>>,
}

impl Relation {
    /// One of the catalog itself.
    pub fn system(schema: &str, name: &str, columns: &SchemaRef) -> Self {
        Self {
            oid: oid::of_table(schema, name),
            schema: schema.to_owned(),
            name: name.to_owned(),
            system: true,
            columns: columns.fields().iter().cloned().collect(),
            rows: None,
            description: None,
            notes: Vec::new(),
        }
    }
}

/// Makes a [`Listing`] when a query reads the catalog, once.
pub struct Lister {
    user: String,
    schemas: Vec<(String, Arc<dyn SchemaProvider>)>,
    listing: OnceCell<Arc<Listing>>,
}

impl fmt::Debug for Lister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lister")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Lister {
    /// Of the schemas that `catalog` has now, for `user`.
    pub fn new(catalog: &dyn CatalogProvider, user: &str) -> Self {
        let names = catalog.schema_names().into_iter();
        let schemas = names.filter_map(|name| Some((name.clone(), catalog.schema(&name)?)));
        Self {
            user: user.to_owned(),
            schemas: schemas.collect(),
            listing: OnceCell::new(),
        }
    }

    /// What the caller may see, as the query sees it.
    pub async fn listing(&self) -> Result<Arc<Listing>> {
        self.listing.get_or_try_init(|| self.list()).await.map(Arc::clone)
    }

    /// The same, if a part of the query that runs has read it already.
    pub fn listed(&self) -> Option<Arc<Listing>> {
        self.listing.get().map(Arc::clone)
    }

    /// Whether there is such a table; nothing of it is read.
    pub fn has(&self, schema: &str, table: &str) -> bool {
        let found = self.schemas.iter().find(|(name, _)| name == schema);
        found.is_some_and(|(_, schema)| schema.table_exist(table))
    }

    async fn list(&self) -> Result<Arc<Listing>> {
        let mut relations = Vec::new();
        for (schema, provider) in &self.schemas {
            for name in provider.table_names() {
                relations.push(relation(schema, name, provider.as_ref()).await);
            }
        }
        relations.extend(system::relations());
        relations.extend(information::relations());
        let mut schemas: Vec<String> = self.schemas.iter().map(|(name, _)| name.clone()).collect();
        schemas.extend(["pg_catalog".to_owned(), "information_schema".to_owned()]);
        Ok(Arc::new(Listing {
            user: self.user.clone(),
            schemas,
            relations,
        }))
    }
}

/// A table that cannot be opened has no columns here; what is wrong is said when it is asked for.
async fn relation(schema: &str, name: String, provider: &dyn SchemaProvider) -> Relation {
    let table = provider.table(&name).await.ok().flatten();
    let columns: Vec<FieldRef> = match &table {
        Some(table) => table.schema().fields().iter().cloned().collect(),
        None => Vec::new(),
    };
    let lake = table.as_deref().and_then(|table| table.downcast_ref::<LakeTable>());
    let manifest = lake.and_then(|table| table.manifest());
    let notes = columns
        .iter()
        .map(|column| note(column, manifest.map(AsRef::as_ref)))
        .collect();
    let description = manifest.and_then(|manifest| manifest.properties.get("description"));
    Relation {
        oid: oid::of_table(schema, &name),
        schema: schema.to_owned(),
        name,
        system: false,
        columns,
        rows: lake.map(LakeTable::rows),
        description: description.filter(|text| !text.is_empty()).cloned(),
        notes,
    }
}

/// What a column means, from its field or from the table's properties.
fn note(column: &FieldRef, manifest: Option<&Manifest>) -> Option<String> {
    let own = column.metadata().get("description").cloned();
    own.or_else(|| manifest?.properties.get(&format!("column.{}", column.name())).cloned())
        .filter(|text| !text.is_empty())
}
