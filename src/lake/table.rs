//! A publication as a table of the query engine.

use super::layout::TableDir;
use super::schema::viewed_schema;
use super::single::partition_scalar;
use super::{FileEntry, Lake, LakeError, Lease, Manifest, Partition, Result, TableName, scan, stats};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::object_store::{ObjectMeta, path::Path as StorePath};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// One publication of a table, or some of its partitions, for the query engine.
///
/// File list, partition values, statistics and ordering come from the manifest; no folder is ever listed.
/// The table, its plans and the streams they start hold a [`Lease`] on the version.
#[derive(Debug, Clone)]
pub struct LakeTable {
    name: TableName,
    manifest: Option<Arc<Manifest>>,
    pub(super) schema: TableSchema,
    /// The order within every file
    pub(super) ordering: Option<LexOrdering>,
    pub(super) files: Vec<LakeFile>,
}

/// A file, as the manifest has it and as the engine wants it
#[derive(Debug, Clone)]
pub(super) struct LakeFile {
    pub(super) entry: FileEntry,
    pub(super) scanned: PartitionedFile,
}

impl LakeTable {
    /// A publication as a table
    ///
    /// # Errors
    /// [`LakeError::NoVersion`] when the version was collected in the meantime; [`LakeError::Schema`] when
    /// a partition value does not fit its column
    pub fn new(lake: &Lake, manifest: Arc<Manifest>) -> Result<Self> {
        let lease = lake.lease(&manifest.table, manifest.version)?;
        Self::leased(lake, manifest, lease)
    }

    /// The newest publication as a table, `None` when there is none
    ///
    /// # Errors
    /// As [`LakeTable::new`] and [`Lake::current`]
    pub fn open(lake: &Lake, table: &TableName) -> Result<Option<Self>> {
        let Some((manifest, lease)) = lake.pin(table)? else {
            return Ok(None);
        };
        Self::leased(lake, manifest, lease).map(Some)
    }

    fn leased(lake: &Lake, manifest: Arc<Manifest>, lease: Lease) -> Result<Self> {
        let dir = lake.dir(&manifest.table)?;
        let files = manifest.files.clone();
        let (schema, partition, sort) = (&manifest.schema, &manifest.partition_columns, &manifest.sort);
        let table = Self::over(&dir, schema, partition, sort, files, Some(lease))?;
        Ok(Self {
            manifest: Some(manifest),
            ..table
        })
    }

    /// A table over files; `schema` has the partition columns last
    pub(super) fn over(
        dir: &TableDir,
        schema: &Schema,
        partition_columns: &[String],
        sort: &[String],
        files: Vec<FileEntry>,
        lease: Option<Lease>,
    ) -> Result<Self> {
        let viewed = viewed_schema(schema);
        let (partition, stored): (Vec<FieldRef>, Vec<FieldRef>) = viewed
            .fields()
            .iter()
            .cloned()
            .partition(|field| partition_columns.contains(field.name()));
        let stored = Arc::new(Schema::new_with_metadata(stored, viewed.metadata().clone()));
        let wrong = |problem: String| LakeError::Schema {
            table: dir.name.clone(),
            problem,
        };
        let ordering = ordering(&viewed, sort);
        let statistics = stats::of_files(&files, &stored);
        let mut lake_files = Vec::with_capacity(files.len());
        for (entry, statistics) in files.into_iter().zip(statistics) {
            let values = partition_values(&entry.partition, &partition).ok_or_else(|| {
                wrong(format!(
                    "the partition values of {} do not fit their columns",
                    entry.path
                ))
            })?;
            let path = dir.dir.join(&entry.path);
            let location = StorePath::from_absolute_path(&path).map_err(|error| LakeError::data(&path, error))?;
            // files never change under their name, so the age is not needed to tell a stale cache entry
            let meta = ObjectMeta {
                location,
                last_modified: DateTime::UNIX_EPOCH,
                size: entry.bytes,
                e_tag: None,
                version: None,
            };
            let mut scanned = PartitionedFile::new_from_meta(meta)
                .with_partition_values(values)
                .with_statistics(Arc::new(statistics))
                .with_ordering(ordering.clone());
            if let Some(lease) = &lease {
                // goes wherever the file goes: into plans, and into the readers that streams keep open
                scanned = scanned.with_extension(lease.clone());
            }
            lake_files.push(LakeFile { entry, scanned });
        }
        let schema = TableSchema::builder(stored)
            .with_table_partition_cols(partition)
            .build();
        Ok(Self {
            name: dir.name.clone(),
            manifest: None,
            schema,
            ordering,
            files: lake_files,
        })
    }

    /// Only the partitions that `keep` wants
    #[must_use]
    pub fn with_partitions(mut self, keep: impl Fn(&Partition) -> bool) -> Self {
        self.files.retain(|file| keep(&file.entry.partition));
        self
    }

    /// The table's name
    #[must_use]
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The publication; `None` for a draft's table
    #[must_use]
    pub fn manifest(&self) -> Option<&Arc<Manifest>> {
        self.manifest.as_ref()
    }

    /// Rows in the files of the table (after [`LakeTable::with_partitions`])
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.entry.rows).sum()
    }

    pub(super) fn merged_statistics(&self, files: &[PartitionedFile]) -> Result<Statistics, DataFusionError> {
        let schema = self.schema.table_schema();
        if files.is_empty() {
            return Ok(Statistics::new_unknown(schema));
        }
        Statistics::try_merge_iter(files.iter().filter_map(|file| file.statistics.as_deref()), schema)
    }
}

/// Ascending, nulls last; nothing when a column is unknown
fn ordering(schema: &Schema, sort: &[String]) -> Option<LexOrdering> {
    let options = SortOptions {
        descending: false,
        nulls_first: false,
    };
    let columns = sort.iter().map(|column| {
        let index = schema.index_of(column).ok()?;
        Some(PhysicalSortExpr::new(Arc::new(Column::new(column, index)), options))
    });
    LexOrdering::new(columns.collect::<Option<Vec<_>>>()?)
}

fn partition_values(partition: &Partition, fields: &[FieldRef]) -> Option<Vec<ScalarValue>> {
    let value = |field: &FieldRef| {
        let (_, text) = partition.iter().find(|(column, _)| column == field.name())?;
        partition_scalar(text, field.data_type())
    };
    fields.iter().map(value).collect()
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        let support = |filter: &&Expr| match scan::is_of_partitions(filter, &self.schema) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        let files: Vec<PartitionedFile> = self.files.iter().map(|file| file.scanned.clone()).collect();
        self.merged_statistics(&files).ok()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        scan::plan(self, state, projection, filters, limit)
    }
}
