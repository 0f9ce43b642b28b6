//! Planning a scan: which files, in which groups, in what order.

use super::LakeTable;
use super::table::LakeFile;
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::Session;
use datafusion::common::config::TableParquetOptions;
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, project_schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use std::sync::Arc;

pub(super) fn plan(
    table: &LakeTable,
    state: &dyn Session,
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let (of_partitions, others): (Vec<Expr>, Vec<Expr>) = filters
        .iter()
        .cloned()
        .partition(|filter| is_of_partitions(filter, &table.schema));
    let files = in_partitions(table, state, of_partitions)?;
    let files = by_statistics(table, state, files, &others)?;
    let files = match limit.filter(|_| others.is_empty()) {
        Some(limit) => enough(files, limit),
        None => files,
    };
    if files.is_empty() {
        let schema = project_schema(table.schema.table_schema(), projection)?;
        return Ok(Arc::new(EmptyExec::new(schema)));
    }
    let statistics = table.merged_statistics(&files)?;
    let (groups, ordering) = group(table, files, state.config().target_partitions());
    let url = ObjectStoreUrl::local_filesystem();
    let config = FileScanConfigBuilder::new(url.clone(), Arc::new(source(table, state, &url)?))
        .with_file_groups(groups)
        .with_statistics(statistics)
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .with_output_ordering(ordering.into_iter().collect())
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

/// The Parquet reader, with the session's options and the process' cache of footers
fn source(table: &LakeTable, state: &dyn Session, url: &ObjectStoreUrl) -> Result<ParquetSource> {
    let global = state.config_options().execution.parquet.clone();
    let hint = global.metadata_size_hint;
    let runtime = state.runtime_env();
    let cache = runtime.cache_manager.get_file_metadata_cache();
    let readers = CachedParquetFileReaderFactory::new(runtime.object_store(url)?, cache);
    let source = ParquetSource::new(table.schema.clone())
        .with_table_parquet_options(TableParquetOptions {
            global,
            ..TableParquetOptions::default()
        })
        .with_parquet_file_reader_factory(Arc::new(readers));
    Ok(hint.into_iter().fold(source, ParquetSource::with_metadata_size_hint))
}

/// Whether a filter can be answered from the partition values alone
pub(super) fn is_of_partitions(filter: &Expr, schema: &TableSchema) -> bool {
    let partition = schema.table_partition_cols();
    let mut columns = 0;
    let mut simple = !filter.is_volatile();
    let walked = filter.apply(|expr| {
        match expr {
            Expr::Column(column) => {
                columns += 1;
                simple &= partition.iter().any(|field| field.name() == &column.name);
            }
            Expr::ScalarSubquery(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::SetComparison(_)
            | Expr::OuterReferenceColumn(..)
            | Expr::Placeholder(_) => simple = false,
            _ => {}
        }
        Ok(if simple {
            TreeNodeRecursion::Continue
        } else {
            TreeNodeRecursion::Stop
        })
    });
    walked.is_ok() && simple && columns > 0
}

/// The files of the partitions for which the filters are true
fn in_partitions<'a>(table: &'a LakeTable, state: &dyn Session, filters: Vec<Expr>) -> Result<Vec<&'a LakeFile>> {
    let files: Vec<&LakeFile> = table.files.iter().collect();
    let Some(filter) = conjunction(filters).filter(|_| !files.is_empty()) else {
        return Ok(files);
    };
    let fields = table.schema.table_partition_cols().clone();
    let columns: Result<Vec<ArrayRef>> = (0..fields.len())
        .map(|i| ScalarValue::iter_to_array(files.iter().map(|file| file.scanned.partition_values[i].clone())))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(files.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns?, &options)?;
    let filter = state.create_physical_expr(unqualified(filter)?, &DFSchema::try_from(schema)?)?;
    let wanted = filter.evaluate(&batch)?.into_array(files.len())?;
    let Some(wanted) = wanted.as_any().downcast_ref::<BooleanArray>() else {
        return Err(DataFusionError::Plan(format!(
            "a filter on {} is not true or false",
            table.name()
        )));
    };
    let wanted = |i: usize| wanted.is_valid(i) && wanted.value(i);
    Ok(files
        .into_iter()
        .enumerate()
        .filter(|(i, _)| wanted(*i))
        .map(|(_, file)| file)
        .collect())
}

/// The files that may have rows for which the filters are true
fn by_statistics(
    table: &LakeTable,
    state: &dyn Session,
    files: Vec<&LakeFile>,
    filters: &[Expr],
) -> Result<Vec<PartitionedFile>> {
    let all = || files.iter().map(|file| file.scanned.clone()).collect();
    let Some(filter) = conjunction(filters.to_vec()).filter(|_| !files.is_empty()) else {
        return Ok(all());
    };
    let schema = table.schema.table_schema();
    let filter = state.create_physical_expr(unqualified(filter)?, &DFSchema::try_from(Arc::clone(schema))?)?;
    // a filter that cannot be used for pruning is still applied to the rows
    let Ok(pruning) = PruningPredicateBuilder::new()
        .with_file_schema(Arc::clone(schema))
        .try_build(filter)
    else {
        return Ok(all());
    };
    let statistics = files
        .iter()
        .filter_map(|file| file.scanned.statistics.clone())
        .collect();
    let statistics = PrunableStatistics::new(statistics, Arc::clone(schema));
    let Ok(wanted) = pruning.prune(&statistics) else {
        return Ok(all());
    };
    if wanted.len() != files.len() {
        return Ok(all());
    }
    Ok(files
        .iter()
        .zip(wanted)
        .filter(|(_, wanted)| *wanted)
        .map(|(file, _)| file.scanned.clone())
        .collect())
}

fn unqualified(filter: Expr) -> Result<Expr> {
    let bare = |expr| match expr {
        Expr::Column(column) => Expr::Column(datafusion::common::Column::new_unqualified(column.name)),
        other => other,
    };
    Ok(filter.transform(|expr| Ok(Transformed::yes(bare(expr))))?.data)
}

/// The first files that have as many rows as are wanted
fn enough(files: Vec<PartitionedFile>, limit: usize) -> Vec<PartitionedFile> {
    let mut rows = 0_usize;
    let mut taken = Vec::new();
    for file in files {
        if rows >= limit {
            break;
        }
        let known = file
            .statistics
            .as_ref()
            .and_then(|statistics| statistics.num_rows.get_value().copied());
        rows = rows.saturating_add(known.unwrap_or(0));
        taken.push(file);
    }
    taken
}

/// Files in groups that are read one beside the other. Where the files' order can be kept within every
/// group, it is declared; where it cannot, work is spread evenly instead.
fn group(table: &LakeTable, files: Vec<PartitionedFile>, target: usize) -> (Vec<FileGroup>, Option<LexOrdering>) {
    let target = target.max(1);
    let Some(ordering) = table.ordering.clone() else {
        return (FileGroup::new(files).split_files(target), None);
    };
    if files.len() <= target {
        return (
            files.into_iter().map(|file| FileGroup::new(vec![file])).collect(),
            Some(ordering),
        );
    }
    let whole = FileGroup::new(files);
    if !has_nulls(&whole, &ordering) {
        let schema = table.schema.table_schema();
        let split = FileScanConfig::split_groups_by_statistics_with_target_partitions(
            schema,
            std::slice::from_ref(&whole),
            &ordering,
            target,
        );
        if let Some(groups) = split.ok().filter(|groups| groups.len() <= target) {
            return (groups, Some(ordering));
        }
    }
    (whole.split_files(target), None)
}

/// Bounds say nothing about nulls, which come last in each file: files with nulls cannot be chained
fn has_nulls(files: &FileGroup, ordering: &LexOrdering) -> bool {
    let sorted: Vec<usize> = ordering
        .iter()
        .filter_map(|sort| sort.expr.downcast_ref::<Column>())
        .map(Column::index)
        .collect();
    files.iter().any(|file| {
        sorted.iter().any(|column| {
            let known = file
                .statistics
                .as_ref()
                .and_then(|known| known.column_statistics.get(*column));
            known.is_none_or(|known| known.null_count != Precision::Exact(0))
        })
    })
}
