//! Values that must occur in another table, checked on what is about to be published.
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;

use super::delivery::Read;
use super::{Ingest, IngestError, replay};
use crate::contract::codes::CodeLists;
use crate::contract::column::Kind;
use crate::contract::{Contract, Reference};
use crate::engine;
use crate::lake::{AuditOutcome, AuditStatus, Draft, LakeTable};
use crate::pseudonym::{FIELD_KEY, unlike_a_key};

/// A table to look values up in, or why there is none and what to do about it.
type Target = Result<Arc<dyn TableProvider>, (String, String)>;

/// Orphans shown by name; beyond that their number is enough.
const SHOWN: usize = 20;

/// Checks a delivery, with what stays of it in the table, against the published tables and the code lists; a reference
/// that fails refuses this delivery alone. Returns what is to be said of it in the manifest.
///
/// # Errors
/// When a query fails.
pub fn check(
    ingest: &Ingest<'_>,
    contract: &Contract,
    draft: &Draft,
    read: &mut Read,
) -> Result<Vec<AuditOutcome>, IngestError> {
    let mut outcomes = Vec::new();
    let Some(schema) = read.schema.clone().filter(|_| !contract.references.is_empty()) else {
        return Ok(outcomes);
    };
    let io = |source| IngestError::Io {
        what: "the query runtime".to_owned(),
        source,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(io)?;
    let session = SessionContext::new();
    let (id, parent) = (&read.report.delivery.id, draft.parent().filter(|_| read.amends));
    let stay = parent.into_iter().flat_map(|parent| replay::of_delivery(parent, id));
    let stay = stay.cloned().collect();
    let files = read.files.iter_mut().map(|(_, file)| file);
    session.register_table("hier", draft.provider_of(&schema, &contract.partition, files, stay)?)?;
    let mut refused = None;
    for reference in &contract.references {
        let table = match target(ingest, reference)? {
            Ok(table) => table,
            Err((why, then)) => {
                let note = format!("the reference to {} was not checked: {why}", reference.to);
                if reference.fail {
                    refused = Some(format!("{note}; {then}"));
                } else {
                    read.report.notes.push(note);
                }
                continue;
            }
        };
        session.deregister_table("daar")?;
        session.register_table("daar", table)?;
        let outcome = settle(contract, reference, &runtime.block_on(orphans(&session, reference))?);
        let said = format!("{}: {}", outcome.name, outcome.detail);
        match outcome.status {
            AuditStatus::Pass => {}
            AuditStatus::Warn => read.report.notes.push(said),
            AuditStatus::Fail => refused = Some(said),
        }
        outcomes.push(outcome);
    }
    if let Some(reason) = refused {
        read.refuse(reason);
        outcomes.clear();
    }
    Ok(outcomes)
}

/// What is said of several deliveries, as one outcome a reference.
pub fn together(outcomes: Vec<AuditOutcome>) -> Vec<AuditOutcome> {
    let mut all: Vec<AuditOutcome> = Vec::new();
    for outcome in outcomes {
        let Some(known) = all.iter_mut().find(|known| known.name == outcome.name) else {
            all.push(outcome);
            continue;
        };
        known.failing_rows += outcome.failing_rows;
        if outcome.status != AuditStatus::Pass {
            if known.status == AuditStatus::Pass {
                (known.status, known.detail) = (outcome.status, outcome.detail);
            } else {
                known.detail = format!("{}; {}", known.detail, outcome.detail);
            }
        }
    }
    all
}

/// Keys without a counterpart: how many, their rows, and the first few.
struct Orphans {
    keys: i64,
    rows: i64,
    first: Vec<String>,
}

async fn orphans(session: &SessionContext, reference: &Reference) -> Result<Orphans, IngestError> {
    let list = |table: &str, names: &[String]| {
        names
            .iter()
            .map(|name| format!("{table}.\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let pairs = reference.columns.iter().zip(&reference.to_columns);
    let schema = session.table("hier").await?.schema().as_arrow().clone();
    let equal = pairs.map(|(here, there)| {
        let is_pseudonym = schema
            .field_with_name(here)
            .is_ok_and(|field| field.metadata().contains_key(FIELD_KEY));
        match is_pseudonym {
            true => format!("hier.\"{here}\" = daar.\"{there}\""),
            false => format!("cast(hier.\"{here}\" as varchar) = cast(daar.\"{there}\" as varchar)"),
        }
    });
    let equal: Vec<String> = equal.collect();
    let present: Vec<String> = reference
        .columns
        .iter()
        .map(|name| format!("hier.\"{name}\" is not null"))
        .collect();
    let keys = list("hier", &reference.columns);
    let sql = format!(
        "select {keys}, count(*) as rijen from hier left anti join daar on {} where {} group by {keys} order by {keys}",
        equal.join(" and "),
        present.join(" and ")
    );
    let batches = session.sql(&sql).await?.collect().await.map_err(engine::withheld)?;
    let mut found = Orphans {
        keys: 0,
        rows: 0,
        first: Vec::new(),
    };
    for batch in &batches {
        let counts = batch.column(batch.num_columns() - 1).as_primitive::<Int64Type>();
        found.rows += counts.iter().flatten().sum::<i64>();
        found.keys += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        for row in 0..batch.num_rows() {
            if found.first.len() < SHOWN {
                found.first.push(unlike_a_key(&key_text(batch, row)?).to_owned());
            }
        }
    }
    Ok(found)
}

fn key_text(batch: &RecordBatch, row: usize) -> Result<String, IngestError> {
    let columns = &batch.columns()[..batch.num_columns() - 1];
    let texts = columns
        .iter()
        .map(|column| arrow::util::display::array_value_to_string(column, row));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join(" "))
}

/// The outcome of one reference.
fn settle(contract: &Contract, reference: &Reference, orphans: &Orphans) -> AuditOutcome {
    let name = format!("relation {} -> {}", reference.columns.join(", "), reference.to);
    let status = match (orphans.keys, reference.fail) {
        (0, _) => AuditStatus::Pass,
        (_, false) => AuditStatus::Warn,
        (_, true) => AuditStatus::Fail,
    };
    let mut detail = format!(
        "{} keys ({} rows) do not occur in {}",
        orphans.keys, orphans.rows, reference.to
    );
    // Pseudonyms and tagged columns are not listed: their number is enough.
    let open = reference.columns.iter().all(|name| {
        contract.column(name).is_none_or(|place| {
            let column = &contract.columns[place];
            column.tag == crate::contract::column::Tag::Public && !matches!(column.kind, Kind::PersonKey(_))
        })
    });
    if open && !orphans.first.is_empty() {
        let more = orphans.keys - i64::try_from(orphans.first.len()).unwrap_or(0);
        let tail = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        detail = format!("{detail}: {}{tail}", orphans.first.join(", "));
    }
    AuditOutcome {
        name,
        rule: "relation".to_owned(),
        status,
        failing_rows: u64::try_from(orphans.rows).unwrap_or(0),
        detail,
    }
}

/// The table a reference points at, or why there is none and what to do.
fn target(ingest: &Ingest<'_>, reference: &Reference) -> Result<Target, IngestError> {
    let to = &reference.to;
    if to.schema == "ref" {
        let (lists, unread) = CodeLists::read(&ingest.project.reference());
        return Ok(
            match (lists.get(&to.table), unread.into_iter().find(|e| e.is_about(&to.table))) {
                (Some(list), _) => Ok(Arc::new(engine::code_list_table(list)?)),
                (None, Some(error)) => Err((error.to_string(), "mend it first".to_owned())),
                (None, None) => Err((
                    "there is no such code list".to_owned(),
                    format!("add config/reference/{}.csv first", to.table),
                )),
            },
        );
    }
    // found and leased in one: between the two it could be collected
    Ok(match LakeTable::open(ingest.lake, to)? {
        Some(table) => Ok(Arc::new(table)),
        None => Err((
            "nothing is published there yet".to_owned(),
            format!("ingest {to} first"),
        )),
    })
}
