//! Building one model: query, files, audits, publication.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;

use super::audit::Audited;
use super::outcome::{Cells, Done};
use super::query::{self, Pinned, Query, Wanted};
use super::{Event, Outcome, RunContext, RunError, audit};
use crate::diagnostic::Severity;
use crate::engine::{EngineError, withheld};
use crate::lake::{AuditOutcome, Draft, InputVersion, Manifest, Partition, PublicationMeta, Published};
use crate::model::{Prepared, sql_problem};
use crate::plan::{Decision, Inputs, Scope, Slice, decide, maker_property, reasons};

mod disclosed;
mod writer;

use writer::TableWriter;

/// Builds `model` as far as it is out of date now that its turn has come.
pub fn build(context: &RunContext<'_>, model: &Prepared, inputs: &mut Inputs) -> Outcome {
    match try_build(context, model, inputs) {
        Ok(outcome) => outcome,
        Err(RunError::Interrupted) => Outcome::Interrupted,
        Err(RunError::Query(error)) => Outcome::Failed(RunError::Sql(Box::new(sql_problem(&model.model, &error)))),
        Err(error) => Outcome::Failed(error),
    }
}

fn try_build(context: &RunContext<'_>, model: &Prepared, inputs: &mut Inputs) -> Result<Outcome, RunError> {
    let mut spill = false;
    loop {
        // without the lock first: most often there is nothing to do
        if let Some(outcome) = idle(&look(context, model, inputs)?) {
            return Ok(outcome);
        }
        // under the table's lock nobody else changes what is decided about
        let draft = context.sources.lake.draft(model.name())?;
        let decision = look(context, model, inputs)?;
        if let Some(outcome) = idle(&decision) {
            return Ok(outcome);
        }
        // what was decided on stays until it is built; when it was collected meanwhile, there is something newer
        let Some(_held) = query::hold(context, model, inputs)? else {
            continue;
        };
        let work = Work {
            context,
            model,
            inputs,
            decision: &decision,
            spill,
        };
        match context.engine.block_on(work.publish(draft)) {
            Err(error) if error.is_out_of_memory() && !spill => {
                tracing::info!(table = %model.name(), "out of memory; again with joins that can go to disk");
                spill = true;
            }
            Err(RunError::Query(source)) if RunError::is_memory(&source) => {
                let limit = format!("{} MiB", context.engine.memory_bytes() >> 20);
                return Err(EngineError::Memory { limit, source }.into());
            }
            other => return other,
        }
    }
}

/// What comes of a model with nothing to build.
fn idle(decision: &Decision) -> Option<Outcome> {
    match &decision.scope {
        Scope::Nothing => Some(Outcome::UpToDate),
        Scope::Waiting(tables) => Some(Outcome::Waiting(tables.clone())),
        Scope::Whole | Scope::Slices(_) => None,
    }
}

fn look(context: &RunContext<'_>, model: &Prepared, inputs: &mut Inputs) -> Result<Decision, RunError> {
    inputs.refresh(&context.sources.lake, model, context.deliveries)?;
    Ok(decide(model, inputs, &BTreeMap::new()))
}

struct Work<'a> {
    context: &'a RunContext<'a>,
    model: &'a Prepared,
    inputs: &'a Inputs,
    decision: &'a Decision,
    spill: bool,
}

impl Work<'_> {
    async fn publish(&self, mut draft: Draft) -> Result<Outcome, RunError> {
        let parent = draft.parent().cloned();
        let mut wanted = match &self.decision.scope {
            Scope::Slices(slices) => Some(slices),
            _ => None,
        };
        let mut query = self.query(wanted).await?;
        // one table, one schema: with other columns (or another key version) no file can be kept
        if wanted.is_some() && parent.as_ref().is_none_or(|p| p.arrow_schema() != query.schema) {
            wanted = None;
            query = self.query(None).await?;
        }
        let (audits, kept) = match &self.model.disclosure {
            Some(rule) => {
                self.disclose(rule, &mut draft, &query, parent.as_deref(), wanted)
                    .await?
            }
            None => {
                self.write(&mut draft, &query, wanted).await?;
                let kept = self.keep(&mut draft, parent.as_deref(), wanted)?;
                let written = draft.provider(&query.schema, &self.partition_columns())?;
                (self.audit(written, None).await?, kept)
            }
        };
        let failures = audit::failures(self.context, self.model, &audits);
        if !failures.is_empty() {
            return Ok(Outcome::AuditsFailed(failures));
        }
        if self.context.cancelled() {
            return Err(RunError::Interrupted);
        }
        let cells = self.cells(&draft, &query).await?;
        let audits: Vec<AuditOutcome> = audits.into_iter().map(|audited| audited.outcome).collect();
        let published = draft.commit(self.meta(query.schema, audits.clone(), cells))?;
        Ok(self.outcome(&published, parent.as_deref(), &kept, audits, cells))
    }

    /// How many rows the draft has with something withheld, where there is a rule.
    async fn cells(&self, draft: &Draft, query: &Query) -> Result<Option<Cells>, RunError> {
        if self.model.disclosure.is_none() {
            return Ok(None);
        }
        let written = draft.provider(&query.schema, &self.partition_columns())?;
        let cells = audit::cells(self.context, self.model, self.pinned()?, written).await?;
        Ok(Some(cells))
    }

    async fn query(&self, wanted: Wanted<'_>) -> Result<Query, RunError> {
        let pinned = query::pin(self.context, self.model, self.inputs, wanted)?;
        query::plan(self.context, self.model, pinned, wanted).await
    }

    async fn physical(&self, query: &Query) -> Result<Arc<dyn ExecutionPlan>, RunError> {
        let engine = self.context.engine;
        Ok(match self.spill {
            true => engine.spilling_plan(&query.state, &query.plan).await?,
            false => engine.physical_plan(&query.state, &query.plan).await?,
        })
    }

    /// Runs the query and writes its rows, one open file at a time.
    async fn write(&self, draft: &mut Draft, query: &Query, wanted: Wanted<'_>) -> Result<(), RunError> {
        let physical = self.physical(query).await?;
        let mut stream = execute_stream(physical, query.state.task_ctx())?;
        let mut writer = TableWriter::new(draft, &query.schema, self.partition_columns(), self.sort());
        let mut rows = 0u64;
        while let Some(batch) = stream.next().await {
            if self.context.cancelled() {
                return Err(RunError::Interrupted);
            }
            let batch = batch.map_err(withheld)?;
            writer.write(&batch, |partition| self.expected(partition, wanted))?;
            rows += u64::try_from(batch.num_rows()).unwrap_or_default();
            (self.context.observe)(Event::Rows(self.model.name(), rows));
        }
        writer.finish()
    }

    /// A partial rebuild may give no rows of partitions that were not asked for.
    fn expected(&self, partition: &Partition, wanted: Wanted<'_>) -> Result<(), RunError> {
        let Some(slices) = wanted else { return Ok(()) };
        match Slice::of(partition, &query::columns(slices)) {
            Some(slice) if slices.contains(&slice) => Ok(()),
            given => Err(RunError::Mapping {
                asked: slices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                given: given.map(|s| s.to_string()).unwrap_or_default(),
            }),
        }
    }

    /// Takes over the partitions that were not asked for; their keys.
    fn keep(
        &self,
        draft: &mut Draft,
        parent: Option<&Manifest>,
        wanted: Wanted<'_>,
    ) -> Result<BTreeSet<Partition>, RunError> {
        let (Some(parent), Some(slices)) = (parent, wanted) else {
            return Ok(BTreeSet::new());
        };
        let columns = query::columns(slices);
        let mut kept = BTreeSet::new();
        for file in &parent.files {
            if Slice::of(&file.partition, &columns).is_none_or(|s| !slices.contains(&s)) {
                draft.keep(file)?;
                kept.insert(file.partition.clone());
            }
        }
        Ok(kept)
    }

    async fn audit(&self, table: Arc<dyn TableProvider>, severity: Option<Severity>) -> Result<Vec<Audited>, RunError> {
        audit::audits(self.context, self.model, self.pinned()?, table, severity).await
    }

    /// The inputs as they were read.
    fn pinned(&self) -> Result<Pinned, RunError> {
        query::pin(self.context, self.model, self.inputs, None)
    }

    fn partition_columns(&self) -> Vec<String> {
        self.model
            .model
            .header
            .partition_names()
            .into_iter()
            .map(String::from)
            .collect()
    }

    /// Columns that every file is ordered by.
    fn sort(&self) -> Vec<String> {
        let partition = self.model.model.header.partition_names();
        self.model
            .order()
            .into_iter()
            .filter(|c| !partition.contains(c))
            .map(String::from)
            .collect()
    }

    fn meta(&self, schema: SchemaRef, audits: Vec<AuditOutcome>, cells: Option<Cells>) -> PublicationMeta {
        let mut inputs: BTreeMap<String, InputVersion> = BTreeMap::new();
        let mut properties = self.model.fingerprint.properties();
        for name in &self.model.reads {
            let Some(state) = self.inputs.tables.get(name) else {
                continue;
            };
            inputs.insert(name.to_string(), state.version.clone());
            if !state.maker.is_empty() {
                properties.insert(maker_property(name), state.maker.clone());
            }
        }
        let header = &self.model.model.header;
        properties.insert("description".into(), header.description.clone());
        properties.extend(header.owner.iter().map(|owner| ("owner".to_string(), owner.clone())));
        let columns = header
            .columns
            .iter()
            .map(|(name, text)| (format!("column.{}", name.text), text.clone()));
        properties.extend(columns);
        let public = header.public.iter();
        properties.extend(public.map(|(name, reason)| (format!("public.{}", name.text), reason.clone())));
        if let Some((rule, cells)) = self.model.disclosure.as_ref().zip(cells) {
            properties.extend(rule.properties(cells.rows, cells.withheld));
        }
        PublicationMeta {
            schema,
            partition_columns: self.partition_columns(),
            sort: self.sort(),
            fingerprint: self.model.fingerprint.digest(),
            inputs,
            properties,
            audits,
            run: self.context.run.to_string(),
            created_at: self.context.now,
            reason: reasons(&self.decision.reasons),
        }
    }

    fn outcome(
        &self,
        published: &Published,
        parent: Option<&Manifest>,
        kept: &BTreeSet<Partition>,
        audits: Vec<AuditOutcome>,
        cells: Option<Cells>,
    ) -> Outcome {
        let manifest = published.manifest();
        let partitions = |manifest: &Manifest| match manifest.partition_columns.is_empty() {
            true => BTreeMap::new(),
            false => manifest.partitions(),
        };
        let (before, after) = (parent.map(partitions).unwrap_or_default(), partitions(manifest));
        let same = after
            .iter()
            .filter(|(key, digest)| before.get(*key) == Some(*digest))
            .count();
        let done = Done {
            version: manifest.version,
            rows: manifest.rows,
            changed: after.len() - same,
            identical: same.saturating_sub(kept.len()),
            kept: kept.len(),
            removed: before.keys().filter(|key| !after.contains_key(*key)).count(),
            audits,
            cells,
        };
        match published {
            Published::New(_) => Outcome::Published(done),
            Published::Unchanged(_) => Outcome::Identical(done),
        }
    }
}
