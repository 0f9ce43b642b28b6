//! A model with a disclosure rule: its rows are held in memory until what is too small is withheld from them, so that
//! nothing else is ever written.
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::ScalarValue;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, ident, lit};
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

use super::super::audit::{self, Audited};
use super::super::query::{Query, Wanted};
use super::super::split::by_partition;
use super::super::{Event, RunError};
use super::Work;
use super::writer::{TableWriter, typed};
use crate::diagnostic::Severity;
use crate::disclosure::{Rule, STATUS};
use crate::engine::withheld;
use crate::lake::{Draft, Manifest, Partition};

/// Rows as the query gives them, every value in them.
struct Held {
    schema: SchemaRef,
    rows: Vec<RecordBatch>,
    /// Their memory is part of what queries may use.
    _memory: MemoryReservation,
}

impl Work<'_> {
    /// Fills the draft with what may be published. Audits that stop a publication look at every value, and run before
    /// anything is written; the others look at what is written. Gives the outcomes, and the partitions that were kept.
    pub(super) async fn disclose(
        &self,
        rule: &Rule,
        draft: &mut Draft,
        query: &Query,
        parent: Option<&Manifest>,
        wanted: Wanted<'_>,
    ) -> Result<(Vec<Audited>, BTreeSet<Partition>), RunError> {
        let held = self.hold(query, wanted).await?;
        let kept = self.keep(draft, parent, wanted)?;
        let published = match kept.is_empty() {
            true => None,
            false => Some(draft.provider(&query.schema, &self.partition_columns())?),
        };
        let mut audits = self.audit(held.beside(published)?, Some(Severity::Error)).await?;
        if audits.iter().any(Audited::failed) {
            return Ok((audits, kept));
        }
        let mut writer = TableWriter::new(draft, &query.schema, self.partition_columns(), self.sort());
        for rows in held.rows {
            let rows = rule.publish(&rows, &query.schema).map_err(DataFusionError::from)?;
            writer.write(&rows, |_| Ok(()))?;
        }
        writer.finish()?;
        let written = draft.provider(&query.schema, &self.partition_columns())?;
        let catalog = self.pinned()?;
        audit::nothing_small(self.context, self.model, catalog, Arc::clone(&written), rule).await?;
        audits.extend(self.audit(written, Some(Severity::Warning)).await?);
        audits.sort_by_key(|audited| audited.place);
        Ok((audits, kept))
    }

    /// Runs the query and keeps its rows.
    async fn hold(&self, query: &Query, wanted: Wanted<'_>) -> Result<Held, RunError> {
        let physical = self.physical(query).await?;
        let task = query.state.task_ctx();
        let memory = MemoryConsumer::new("rows of a mart").register(task.memory_pool());
        let mut stream = execute_stream(physical, task)?;
        // a null in a partition column is told of below, in our own words
        let nullable = |field: &FieldRef| field.as_ref().clone().with_nullable(true);
        let schema = Arc::new(Schema::new(
            query.made.fields().iter().map(nullable).collect::<Vec<_>>(),
        ));
        let (mut rows, mut count) = (Vec::new(), 0u64);
        while let Some(batch) = stream.next().await {
            if self.context.cancelled() {
                return Err(RunError::Interrupted);
            }
            let batch = typed(&batch.map_err(withheld)?, &schema)?;
            for (partition, _) in by_partition(&batch, &self.partition_columns())? {
                self.expected(&partition, wanted)?;
            }
            memory.try_grow(batch.get_array_memory_size())?;
            count += u64::try_from(batch.num_rows()).unwrap_or_default();
            rows.push(batch);
            (self.context.observe)(Event::Rows(self.model.name(), count));
        }
        Ok(Held {
            schema,
            rows,
            _memory: memory,
        })
    }
}

impl Held {
    /// The rows as a table, with an empty status, and with what is kept of an earlier publication.
    fn beside(&self, published: Option<Arc<dyn TableProvider>>) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let status = Arc::new(Field::new(STATUS, DataType::Utf8, true));
        let fields = self.schema.fields().iter().cloned().chain([status]);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let with_status = |rows: &RecordBatch| {
            let status: ArrayRef = Arc::new(StringArray::from(vec![""; rows.num_rows()]));
            let columns = rows.columns().iter().cloned().chain([status]);
            RecordBatch::try_new(Arc::clone(&schema), columns.collect())
        };
        let rows = self.rows.iter().map(with_status).collect::<Result<Vec<_>, _>>()?;
        let held: Arc<dyn TableProvider> = Arc::new(MemTable::try_new(Arc::clone(&schema), vec![rows])?);
        let Some(published) = published else { return Ok(held) };
        let theirs = published.schema();
        let column = |field: &FieldRef| -> Result<Expr, DataFusionError> {
            let value = match theirs.field_with_name(field.name()) {
                Ok(_) => cast(ident(field.name()), field.data_type().clone()),
                // what only the rule needs was never published
                Err(_) => lit(ScalarValue::try_from(field.data_type())?),
            };
            Ok(value.alias(field.name()))
        };
        let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let kept = LogicalPlanBuilder::scan("kept", provider_as_source(published), None)?.project(columns)?;
        let all = LogicalPlanBuilder::scan("held", provider_as_source(held), None)?.union(kept.build()?)?;
        Ok(Arc::new(ViewTable::new(all.build()?, None)))
    }
}
