//! The schema `ops`: deliveries, runs, occurrences, tokens and who read what from the ledger; quarantine and what is
//! withheld from the lake.
use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::{DataFusionError, Result};

mod columns;
mod disclosure;

use super::lake_schema;
use super::reference::table_of;
use crate::lake::{Lake, TableName};
use crate::ledger::{Ledger, LedgerError, Occurrence};
use columns::{ACCESS, DELIVERIES, DISCLOSURE, OCCURRENCES, RUNS, TOKENS, batch, schema_of};
pub use columns::{deliveries_schema, occurrences_schema, quarantine_schema, runs_schema};

/// A digest of every delivery: it changes when one comes in or its status does. For models that read `ops.deliveries`.
pub fn deliveries_digest(ledger: &Ledger) -> std::result::Result<String, LedgerError> {
    let mut hasher = blake3::Hasher::new();
    for delivery in ledger.deliveries(None)? {
        hasher.update(format!("{delivery:?}\n").as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The schema `ops` of one query.
pub struct OpsSchema {
    lake: Lake,
    ledger: Option<Arc<Ledger>>,
    tables: [OnceLock<Arc<dyn TableProvider>>; NAMES.len()],
}

const NAMES: [&str; 7] = [
    "access",
    "deliveries",
    "disclosure",
    "occurrences",
    "quarantine",
    "runs",
    "tokens",
];

impl OpsSchema {
    /// Tables of `ledger` (empty ones without) and `lake`, read when first used.
    pub fn new(lake: Lake, ledger: Option<Arc<Ledger>>) -> Self {
        OpsSchema {
            lake,
            ledger,
            tables: Default::default(),
        }
    }

    fn read(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let external = |e| DataFusionError::External(Box::new(e));
        match (name, &self.ledger) {
            ("quarantine", _) => {
                let name = TableName {
                    schema: "ops".into(),
                    table: "quarantine".into(),
                };
                let table = lake_schema::resolve(&self.lake, &name)?;
                Ok(table.unwrap_or_else(|| Arc::new(EmptyTable::new(quarantine_schema()))))
            }
            ("deliveries", Some(ledger)) => Ok(Arc::new(table_of(batch(
                DELIVERIES,
                &ledger.deliveries(None).map_err(external)?,
            )?)?)),
            ("runs", Some(ledger)) => {
                let runs = ledger.runs(0).map_err(external)?;
                let runs: Vec<_> = runs.into_iter().map(|r| (r.clone(), r.detail.to_string())).collect();
                Ok(Arc::new(table_of(batch(RUNS, &runs)?)?))
            }
            ("access", Some(ledger)) => {
                let accesses = ledger.accesses().map_err(external)?;
                let rows: Vec<_> = accesses.into_iter().map(|a| (a.clone(), a.tables.join(" "))).collect();
                Ok(Arc::new(table_of(batch(ACCESS, &rows)?)?))
            }
            ("tokens", Some(ledger)) => Ok(Arc::new(table_of(batch(TOKENS, &ledger.tokens().map_err(external)?)?)?)),
            ("disclosure", _) => Ok(Arc::new(table_of(batch(
                DISCLOSURE,
                &disclosure::withheld(&self.lake).map_err(|e| DataFusionError::External(Box::new(e)))?,
            )?)?)),
            ("access", None) => Ok(Arc::new(EmptyTable::new(schema_of(ACCESS)))),
            ("tokens", None) => Ok(Arc::new(EmptyTable::new(schema_of(TOKENS)))),
            ("occurrences", Some(ledger)) => {
                let rows = ledger.occurrences().map_err(external)?.into_iter();
                let with_runs = |occurrence: Occurrence| {
                    let runs = serde_json::json!(occurrence.runs).to_string();
                    (occurrence, runs)
                };
                let rows: Vec<_> = rows.map(with_runs).collect();
                Ok(Arc::new(table_of(batch(OCCURRENCES, &rows)?)?))
            }
            ("occurrences", None) => Ok(Arc::new(EmptyTable::new(occurrences_schema()))),
            ("deliveries", None) => Ok(Arc::new(EmptyTable::new(deliveries_schema()))),
            _ => Ok(Arc::new(EmptyTable::new(runs_schema()))),
        }
    }
}

impl fmt::Debug for OpsSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpsSchema")
    }
}

#[async_trait]
impl SchemaProvider for OpsSchema {
    fn table_names(&self) -> Vec<String> {
        NAMES.map(String::from).to_vec()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(at) = NAMES.iter().position(|n| *n == name) else {
            return Ok(None);
        };
        if let Some(table) = self.tables[at].get() {
            return Ok(Some(Arc::clone(table)));
        }
        let table = self.read(name)?;
        Ok(Some(Arc::clone(self.tables[at].get_or_init(|| table))))
    }

    fn table_exist(&self, name: &str) -> bool {
        NAMES.contains(&name)
    }
}
