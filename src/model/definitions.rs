//! What a project says: its contracts and models, read and checked together.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{KnownTable, Pipeline, Prepared, Surroundings, validate};
use crate::config::Project;
use crate::contract::{self, Contract};
use crate::diagnostic::Problem;
use crate::disclosure::Minimums;
use crate::lake::TableName;

/// The contracts and models of a project.
pub struct Definitions {
    /// Contracts that can be used, in order of name.
    pub contracts: Vec<Contract>,
    /// Models that can be built, in an order in which they can be.
    pub models: Vec<Prepared>,
    /// What is wrong with these and the others.
    pub problems: Vec<Problem>,
}

impl Definitions {
    /// Reads and checks everything. Contracts and models that are wrong leave the others alone; in the place of a wrong
    /// contract comes the copy of it in `accepted`, if that is given and there is one.
    pub fn read(project: &Project, accepted: Option<&Path>) -> Self {
        let (pipelines, reference) = (project.pipelines(), project.reference());
        let (contracts, mut problems) = match accepted {
            Some(accepted) => contract::load_or_accepted(&pipelines, &reference, accepted),
            None => contract::load_all(&pipelines, &reference),
        };
        let known = contracts.iter().map(|contract| {
            let table = KnownTable {
                schema: contract.arrow_schema(),
                partition: contract.partition.clone(),
            };
            (contract.table(), table)
        });
        let known: BTreeMap<TableName, KnownTable> = known.collect();
        let sources = contracts
            .iter()
            .map(|contract| (contract.table(), contract.source.clone()));
        let pipelines_named = contracts.iter().map(|contract| Pipeline {
            name: contract.name.clone(),
            path: contract.path.clone(),
            text: Arc::clone(&contract.text),
            schedule: contract.schedule.clone(),
        });
        let (models, found) = validate(&Surroundings {
            pipelines: pipelines_named.collect(),
            sql: project.sql(),
            reference,
            value_labels: contracts.iter().flat_map(Contract::value_labels).collect(),
            unsound: named_in(&pipelines).filter(|name| !known.contains_key(name)).collect(),
            known,
            sources: sources.collect(),
            minimums: Minimums::new(project.settings.disclosure.min.clone()),
        });
        problems.extend(found);
        Self {
            contracts,
            models,
            problems,
        }
    }
}

/// The tables of the contracts in a folder, whether they are right or wrong.
fn named_in(pipelines: &Path) -> impl Iterator<Item = TableName> {
    let files = std::fs::read_dir(pipelines)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let contracts = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    contracts.filter_map(|path| TableName::new("staging", path.file_stem()?.to_str()?).ok())
}
