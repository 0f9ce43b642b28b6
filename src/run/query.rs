//! The query of a model as it is run: on pinned inputs, restricted to what is asked for, in order.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, ident, lit};

use super::{RunContext, RunError};
use crate::contract::column::Tag;
use crate::engine::Catalog;
use crate::lake::{LakeError, LakeTable, Lease, TableName};
use crate::model::{InputMapping, Prepared, output};
use crate::plan::{Inputs, Slice};

/// Tables in the place of what is published.
pub type Pinned = BTreeMap<TableName, Arc<dyn TableProvider>>;

/// What is asked of a model: everything, or some slices.
pub type Wanted<'a> = Option<&'a BTreeSet<Slice>>;

/// The publications that `model` reads, as `inputs` has them; mapped ones only as far as `wanted` needs them.
pub fn pin(
    context: &RunContext<'_>,
    model: &Prepared,
    inputs: &Inputs,
    wanted: Wanted<'_>,
) -> Result<Pinned, RunError> {
    let mut pinned = Pinned::new();
    for name in &model.reads {
        let Some(manifest) = inputs.tables.get(name).and_then(|s| s.manifest.as_ref()) else {
            continue;
        };
        let mut table = LakeTable::new(&context.sources.lake, Arc::clone(manifest))?;
        if let (Some(slices), Some(mapping)) = (wanted, model.mapping(name)) {
            let sources: BTreeSet<Slice> = slices.iter().flat_map(|s| s.sources(mapping)).collect();
            let columns = columns(slices);
            table = table.with_partitions(|p| Slice::of(p, &columns).is_some_and(|s| sources.contains(&s)));
        }
        pinned.insert(name.clone(), Arc::new(table));
    }
    Ok(pinned)
}

/// Leases on all publications that `model` reads, as `inputs` has them; `None` when one of them was collected.
pub fn hold(context: &RunContext<'_>, model: &Prepared, inputs: &Inputs) -> Result<Option<Vec<Lease>>, RunError> {
    let states = model.reads.iter().filter_map(|name| inputs.tables.get(name));
    let manifests = states.filter_map(|state| state.manifest.as_ref());
    let lake = &context.sources.lake;
    match manifests.map(|m| lake.lease(&m.table, m.version)).collect() {
        Ok(leases) => Ok(Some(leases)),
        Err(LakeError::NoVersion { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The partition columns that slices are made of.
pub fn columns(slices: &BTreeSet<Slice>) -> Vec<String> {
    let first = slices.iter().next();
    first
        .map(|s| s.0.iter().map(|(column, _)| column.clone()).collect())
        .unwrap_or_default()
}

/// A model's query, ready to run.
pub struct Query {
    /// What it runs in.
    pub state: SessionState,
    /// Its columns in stored order, its rows ordered.
    pub plan: LogicalPlan,
    /// The columns it gives.
    pub made: SchemaRef,
    /// The columns as published.
    pub schema: SchemaRef,
}

/// Plans a model's query on the tables in `pinned`.
pub async fn plan(
    context: &RunContext<'_>,
    model: &Prepared,
    pinned: Pinned,
    wanted: Wanted<'_>,
) -> Result<Query, RunError> {
    let catalog = Catalog::with_overrides(context.sources, pinned);
    let state = context.engine.context(catalog).state();
    let plan = state.create_logical_plan(&model.model.sql).await?;
    let options = state.config_options();
    let analysed = state.analyzer().execute_and_check(plan.clone(), options, |_, _| {})?;
    let made = output::stored_schema(&analysed, &model.model.header);
    let schema = model.published(&made);
    promised(model, &schema)?;
    anyone_may_read(model, &schema)?;
    let mut builder = LogicalPlanBuilder::from(plan);
    builder = builder.project(made.fields().iter().map(|f| ident(f.name())))?;
    if let Some(filter) = wanted.filter(|_| has_window(model)).and_then(filter) {
        builder = builder.filter(filter)?;
    }
    let sortable = |name: &&str| {
        made.field_with_name(name)
            .is_ok_and(|f| !matches!(f.data_type(), DataType::Map(..) | DataType::Union(..)))
    };
    let order: Vec<SortExpr> = model
        .order()
        .into_iter()
        .filter(sortable)
        .map(|n| ident(n).sort(true, false))
        .collect();
    let plan = builder.sort(order)?.build()?;
    Ok(Query {
        state,
        plan,
        made,
        schema,
    })
}

/// With a window, inputs hold years whose own partitions are not asked for and would come out incomplete.
fn has_window(model: &Prepared) -> bool {
    model
        .model
        .header
        .inputs
        .iter()
        .any(|(_, mapping)| matches!(mapping, InputMapping::Window { .. }))
}

fn filter(slices: &BTreeSet<Slice>) -> Option<Expr> {
    let one = |slice: &Slice| {
        slice
            .0
            .iter()
            .map(|(column, value)| ident(column).eq(lit(value.as_str())))
            .reduce(Expr::and)
    };
    slices.iter().filter_map(one).reduce(Expr::or)
}

/// The tables may be older than their contracts: then a partition column may have had a tag when they were ingested.
fn anyone_may_read(model: &Prepared, schema: &SchemaRef) -> Result<(), RunError> {
    let partition = model.model.header.partition_names();
    let mut columns = schema
        .fields()
        .iter()
        .filter(|f| partition.contains(&f.name().as_str()));
    match columns.find(|field| Tag::of(field) != Tag::Public) {
        None => Ok(()),
        Some(field) => Err(RunError::TaggedPartition {
            column: field.name().clone(),
        }),
    }
}

/// The tables may be older than their contracts: then the columns are not those the model was checked with.
fn promised(model: &Prepared, schema: &SchemaRef) -> Result<(), RunError> {
    let columns = |schema: &SchemaRef| -> BTreeSet<String> {
        schema
            .fields()
            .iter()
            .map(|f| format!("{} {}", f.name(), f.data_type()))
            .collect()
    };
    let (found, expected) = (columns(schema), columns(&model.schema));
    match found.symmetric_difference(&expected).next() {
        None => Ok(()),
        Some(first) if found.contains(first) => Err(RunError::OtherColumns {
            difference: format!("{first} is new"),
        }),
        Some(first) => Err(RunError::OtherColumns {
            difference: format!("{first} is not there"),
        }),
    }
}
