//! Audits on a draft: the very files that are about to be published.
use std::fs;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::util::display::array_value_to_string;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::collect;

use super::outcome::Cells;
use super::query::Pinned;
use super::{AuditFailure, RunContext, RunError};
use crate::diagnostic::{Severity, printable};
use crate::disclosure::{Rule, STATUS, Zeros};
use crate::engine::{Catalog, withheld};
use crate::lake::{AuditOutcome, AuditStatus};
use crate::model::{Audit, AuditRule, Prepared, audit_sql, quoted};

/// Values that a relation audit lists at most.
const LISTED: usize = 20;

/// An audit that was run.
#[derive(Debug)]
pub struct Audited {
    /// Its place among the audits of the model.
    pub place: usize,
    /// The audit.
    pub audit: Audit,
    /// What came of it.
    pub outcome: AuditOutcome,
}

impl Audited {
    /// Whether it stops the publication.
    pub fn failed(&self) -> bool {
        self.outcome.status == AuditStatus::Fail
    }
}

/// Runs the audits of `model` of one severity, or all, on `table`, with the inputs in `pinned` as they were read.
pub async fn audits(
    context: &RunContext<'_>,
    model: &Prepared,
    pinned: Pinned,
    table: Arc<dyn TableProvider>,
    severity: Option<Severity>,
) -> Result<Vec<Audited>, RunError> {
    let state = state(context, model, pinned, table);
    let mut all = Vec::new();
    for (place, audit) in model.audits().into_iter().enumerate() {
        if severity.is_some_and(|severity| severity != audit.severity) {
            continue;
        }
        if context.cancelled() {
            return Err(RunError::Interrupted);
        }
        let outcome = outcome(context, model, &state, &audit).await;
        let outcome = outcome.map_err(|error| error.of_audit(&audit.name))?;
        all.push(Audited { place, audit, outcome });
    }
    Ok(all)
}

/// What queries on `table` in the place of the model's own run in.
fn state(
    context: &RunContext<'_>,
    model: &Prepared,
    mut pinned: Pinned,
    table: Arc<dyn TableProvider>,
) -> SessionState {
    pinned.insert(model.name().clone(), table);
    let catalog = Catalog::with_overrides(context.sources, pinned);
    context.engine.context(catalog).state()
}

/// How many rows `table` has, and in how many of them something is withheld.
pub async fn cells(
    context: &RunContext<'_>,
    model: &Prepared,
    pinned: Pinned,
    table: Arc<dyn TableProvider>,
) -> Result<Cells, RunError> {
    let state = state(context, model, pinned, table);
    let all = format!("SELECT count(*) FROM {}", audit_sql::table(model.name()));
    let withheld = format!("{all} WHERE {} <> ''", quoted(STATUS));
    Ok(Cells {
        rows: first_number(context, &state, &all).await?,
        withheld: first_number(context, &state, &withheld).await?,
    })
}

/// Looks once more at what was written: no count in it is below its minimum.
pub async fn nothing_small(
    context: &RunContext<'_>,
    model: &Prepared,
    pinned: Pinned,
    table: Arc<dyn TableProvider>,
    rule: &Rule,
) -> Result<(), RunError> {
    let state = state(context, model, pinned, table);
    for count in rule.published_counts() {
        let (table, column) = (audit_sql::table(model.name()), quoted(&count.column));
        let shown = match rule.zeros {
            Zeros::Show => format!("{column} <> 0 AND "),
            Zeros::Protect => String::new(),
        };
        let small = format!("SELECT count(*) FROM {table} WHERE {shown}{column} < {}", count.min);
        if first_number(context, &state, &small).await? > 0 {
            return Err(RunError::Disclosure {
                column: count.column.clone(),
            });
        }
    }
    Ok(())
}

async fn outcome(
    context: &RunContext<'_>,
    model: &Prepared,
    state: &SessionState,
    audit: &Audit,
) -> Result<AuditOutcome, RunError> {
    let from = audit_sql::table(model.name());
    let passed = |status, failing_rows, detail| AuditOutcome {
        name: audit.name.clone(),
        rule: audit.rule.text(),
        status,
        failing_rows,
        detail,
    };
    let found = if audit.severity == Severity::Error {
        AuditStatus::Fail
    } else {
        AuditStatus::Warn
    };
    if let AuditRule::Relation { table, .. } = &audit.rule
        && *table != *model.name()
        && !exists(state, table).await?
    {
        return Ok(passed(
            found,
            0,
            format!("{table} is not there yet, so nothing could be compared"),
        ));
    }
    let withheld: Vec<&str> = model.disclosure.iter().flat_map(Rule::measures).collect();
    let count = first_number(context, state, &audit_sql::count(&audit.rule, &from, &withheld)).await?;
    if let AuditRule::Rows { min, max } = &audit.rule {
        let within = min.is_none_or(|min| count >= min) && max.is_none_or(|max| count <= max);
        let status = if within { AuditStatus::Pass } else { found };
        return Ok(passed(
            status,
            if within { 0 } else { count },
            format!("the table has {count} rows"),
        ));
    }
    if count == 0 {
        return Ok(passed(AuditStatus::Pass, 0, String::new()));
    }
    let values = if model.personal || model.disclosure.is_some() {
        None
    } else {
        audit_sql::unmatched_values(&audit.rule, &from, LISTED + 1)
    };
    let detail = match values {
        Some(sql) => listed(context, state, &sql).await?,
        None => String::new(),
    };
    Ok(passed(found, count, detail))
}

async fn exists(state: &SessionState, table: &crate::lake::TableName) -> Result<bool, RunError> {
    let reference = datafusion::common::TableReference::partial(table.schema.clone(), table.table.clone());
    let schema = state.schema_for_ref(reference)?;
    Ok(schema.table(&table.table).await?.is_some())
}

async fn rows(
    context: &RunContext<'_>,
    state: &SessionState,
    sql: &str,
) -> Result<Vec<arrow::array::RecordBatch>, DataFusionError> {
    let logical = state.create_logical_plan(sql).await?;
    let physical = context.engine.physical_plan(state, &logical).await?;
    match collect(physical, state.task_ctx()).await {
        Err(error) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) => {
            let physical = context.engine.spilling_plan(state, &logical).await?;
            collect(physical, state.task_ctx()).await.map_err(withheld)
        }
        other => other.map_err(withheld),
    }
}

async fn first_number(context: &RunContext<'_>, state: &SessionState, sql: &str) -> Result<u64, RunError> {
    let rows = rows(context, state, sql).await?;
    let number = rows
        .iter()
        .filter(|b| b.num_rows() > 0)
        .map(|b| b.column(0).as_primitive::<Int64Type>().value(0));
    Ok(number.filter_map(|n| u64::try_from(n).ok()).next().unwrap_or_default())
}

/// The values that a relation did not find, in a line.
async fn listed(context: &RunContext<'_>, state: &SessionState, sql: &str) -> Result<String, RunError> {
    let mut values = Vec::new();
    for batch in rows(context, state, sql).await? {
        for row in 0..batch.num_rows() {
            let cells = batch
                .columns()
                .iter()
                .map(|c| array_value_to_string(c, row))
                .collect::<Result<Vec<_>, _>>();
            let cells = cells.map_err(DataFusionError::from)?;
            values.push(printable(&cells.join(" ")).into_owned());
        }
    }
    let more = if values.len() > LISTED { ", ..." } else { "" };
    values.truncate(LISTED);
    Ok(format!("not found: {}{more}", values.join(", ")))
}

/// The audits that stop the publication, each with what to type to see the rows: its query is left in a file, for the
/// rows themselves are not published.
pub fn failures(context: &RunContext<'_>, model: &Prepared, audits: &[Audited]) -> Vec<AuditFailure> {
    let failed = audits.iter().filter(|audited| audited.failed());
    failed
        .map(|Audited { audit, outcome, .. }| AuditFailure {
            audit: outcome.clone(),
            look: look(context, model, audit).unwrap_or_else(|| format!("the query is {}", model.model.path.display())),
        })
        .collect()
}

fn look(context: &RunContext<'_>, model: &Prepared, audit: &Audit) -> Option<String> {
    let query = model.model.sql.trim().trim_end_matches(';').trim_end();
    let from = format!("(\n{query}\n) AS audited");
    let sql =
        audit_sql::failing_rows(&audit.rule, &from, &[]).unwrap_or_else(|| audit_sql::count(&audit.rule, &from, &[]));
    let path = context.queries.join(format!("{}.{}.sql", model.name(), audit.name));
    let text = format!(
        "-- rows of {} that break: {}\n{sql}\n",
        model.name(),
        audit.rule.text().replace('\n', " ")
    );
    fs::create_dir_all(context.queries)
        .and_then(|()| fs::write(&path, text))
        .ok()?;
    Some(format!("sluis sql --file {}", path.display()))
}
