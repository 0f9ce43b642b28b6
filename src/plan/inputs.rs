//! What models are made from, as it stands now.
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::engine::value_labels_digest;
use crate::lake::{InputVersion, Lake, LakeError, Manifest, TableName};
use crate::model::Prepared;

/// One input as it stands.
#[derive(Debug, Clone)]
pub struct InputState {
    /// Version, digest, digests by partition: what a manifest records of it.
    pub version: InputVersion,
    /// Its partition columns.
    pub partition_columns: Vec<String>,
    /// Fingerprint of the contract or model that made it.
    pub maker: String,
    /// Its publication, when it is a table of the lake.
    pub manifest: Option<Arc<Manifest>>,
}

impl InputState {
    /// A publication as an input.
    pub fn published(manifest: &Arc<Manifest>) -> InputState {
        InputState {
            version: InputVersion {
                version: manifest.version,
                digest: manifest.digest(),
                partitions: manifest.partitions(),
            },
            partition_columns: manifest.partition_columns.clone(),
            maker: manifest.fingerprint.clone(),
            manifest: Some(Arc::clone(manifest)),
        }
    }

    /// An input without versions, known by the digest of its content: a code list, or the ledger.
    pub fn unversioned(digest: impl Into<String>) -> InputState {
        let version = InputVersion {
            version: 0,
            digest: digest.into(),
            partitions: BTreeMap::new(),
        };
        InputState {
            version,
            partition_columns: Vec::new(),
            maker: String::new(),
            manifest: None,
        }
    }

    /// Its columns, when it is a table of the lake.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.manifest.as_ref().map(|m| m.arrow_schema())
    }
}

/// All inputs, and what is published of the models themselves.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// By table; what does not exist is not there.
    pub tables: BTreeMap<TableName, InputState>,
}

impl Inputs {
    /// What is published now of `models` and all that they read. `deliveries` is a digest of the ledger's deliveries.
    pub fn now(lake: &Lake, models: &[Prepared], deliveries: &str) -> Result<Inputs, LakeError> {
        let mut inputs = Inputs::default();
        for model in models {
            inputs.refresh(lake, model, deliveries)?;
        }
        Ok(inputs)
    }

    /// Looks again at one model and all that it reads.
    pub fn refresh(&mut self, lake: &Lake, model: &Prepared, deliveries: &str) -> Result<(), LakeError> {
        let digests = &model.fingerprint.references;
        for name in model.reads.iter().chain([model.name()]) {
            let state = match (name.schema.as_str(), name.table.as_str()) {
                ("ref", list) => match digests.get(&name.to_string()) {
                    Some(digest) => Some(InputState::unversioned(digest)),
                    None => value_labels_digest(lake, list)?.map(InputState::unversioned),
                },
                ("ops", "deliveries") => Some(InputState::unversioned(deliveries)),
                _ => lake.current(name)?.as_ref().map(InputState::published),
            };
            // quarantine that never happened is an empty table, not a missing one
            let empty = || (name.schema == "ops").then(|| InputState::unversioned("empty"));
            match state.or_else(empty) {
                Some(state) => self.tables.insert(name.clone(), state),
                None => self.tables.remove(name),
            };
        }
        Ok(())
    }
}
