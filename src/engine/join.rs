//! Hash joins or sort-merge joins: the first are faster, but only the second can go to disk.
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::error::Result;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

use super::Engine;

/// Bytes a text or binary value is taken to be when nothing tells.
const VALUE_BYTES: u64 = 64;
/// A hash table costs this much per row besides its values.
const ENTRY_BYTES: u64 = 64;

impl Engine {
    /// Plans a query for running: with hash joins where what they hold fits in a third of the memory by what is
    /// known of the tables, else with sort-merge joins, which can spill.
    pub async fn physical_plan(&self, state: &SessionState, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        let hashed = state.create_physical_plan(plan).await?;
        let held = held_bytes(&hashed);
        if held <= self.memory_bytes / 3 {
            return Ok(hashed);
        }
        tracing::debug!(
            held,
            limit = self.memory_bytes,
            "sort-merge joins, for the hash tables might not fit"
        );
        self.spilling_plan(state, plan).await
    }

    /// Plans a query with sort-merge joins wherever one is possible.
    pub async fn spilling_plan(&self, state: &SessionState, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        let mut config = state.config().clone();
        config.options_mut().optimizer.prefer_hash_join = false;
        let state = SessionStateBuilder::new_from_existing(state.clone())
            .with_config(config)
            .build();
        state.create_physical_plan(plan).await
    }
}

/// Bytes that the hash joins of `plan` may come to hold at the same time; `u64::MAX` when nobody can tell.
pub(crate) fn held_bytes(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let below = plan.children().into_iter().map(held_bytes).fold(0, u64::saturating_add);
    match plan.downcast_ref::<HashJoinExec>() {
        Some(join) => below.saturating_add(size(join.left())),
        None => below,
    }
}

/// Upper estimate of the bytes `plan` gives: from its own statistics, else from what it reads.
fn size(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let rows = rows(plan).or_else(|| read_rows(plan));
    rows.map_or(u64::MAX, |rows| rows.saturating_mul(row_bytes(&plan.schema())))
}

fn rows(plan: &Arc<dyn ExecutionPlan>) -> Option<u64> {
    let statistics = StatisticsContext::new()
        .compute(plan.as_ref(), &StatisticsArgs::new())
        .ok()?;
    match statistics.num_rows {
        Precision::Exact(rows) | Precision::Inexact(rows) => u64::try_from(rows).ok(),
        Precision::Absent => None,
    }
}

/// Rows of all tables below; a join can give more, but then its result is streamed, not held.
fn read_rows(plan: &Arc<dyn ExecutionPlan>) -> Option<u64> {
    let children = plan.children();
    if children.is_empty() {
        return rows(plan);
    }
    children
        .into_iter()
        .map(read_rows)
        .try_fold(0u64, |sum, rows| Some(sum.saturating_add(rows?)))
}

fn row_bytes(schema: &Schema) -> u64 {
    let width = |kind: &DataType| match kind {
        DataType::FixedSizeBinary(bytes) => u64::try_from(*bytes).unwrap_or(VALUE_BYTES),
        other => other
            .primitive_width()
            .and_then(|w| u64::try_from(w).ok())
            .unwrap_or(VALUE_BYTES),
    };
    schema.fields().iter().map(|f| width(f.data_type())).sum::<u64>() + ENTRY_BYTES
}
