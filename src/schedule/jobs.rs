//! The jobs of a project.
use std::collections::BTreeSet;

use super::{Job, MODELS, Work};
use crate::contract::Contract;
use crate::contract::schedule::{Policy, Trigger};
use crate::model::Prepared;

/// A job for each contract and each model with a schedule, and last [`MODELS`] for the models without, which comes after
/// every pipeline and every scheduled model.
pub fn jobs(contracts: &[Contract], models: &[Prepared]) -> Vec<Job> {
    let scheduled: BTreeSet<String> = models
        .iter()
        .filter(|model| model.model.header.schedule.is_some())
        .map(|model| model.name().to_string())
        .collect();
    let others: Vec<String> = models
        .iter()
        .map(|model| model.name().to_string())
        .filter(|name| !scheduled.contains(name))
        .collect();
    // a model without a schedule is built by the job for all of them
    let named = |trigger: &Trigger| match trigger {
        Trigger::After(names) => {
            let builder = |name: &String| match others.contains(name) {
                true => MODELS.to_owned(),
                false => name.clone(),
            };
            let names: BTreeSet<String> = names.iter().map(builder).collect();
            Trigger::After(names.into_iter().collect())
        }
        other => other.clone(),
    };
    let mut jobs: Vec<Job> = Vec::new();
    for contract in contracts {
        let Some(schedule) = &contract.schedule else { continue };
        jobs.push(Job {
            name: contract.name.clone(),
            work: Work::Ingest(contract.name.clone()),
            trigger: named(&schedule.trigger),
            policy: schedule.policy.clone(),
            interval: contract.interval,
        });
    }
    for model in models {
        let Some(schedule) = &model.model.header.schedule else {
            continue;
        };
        let name = model.name().to_string();
        jobs.push(Job {
            work: Work::Run(vec![name.clone()]),
            name,
            trigger: named(&schedule.trigger),
            policy: schedule.policy.clone(),
            interval: None,
        });
    }
    if !others.is_empty() {
        let pipelines = contracts.iter().map(|contract| contract.name.clone());
        jobs.push(Job {
            name: MODELS.to_owned(),
            trigger: Trigger::After(pipelines.chain(scheduled.iter().cloned()).collect()),
            // no selector is every model, also one that is added later
            work: Work::Run(if scheduled.is_empty() { Vec::new() } else { others }),
            policy: Policy::default(),
            interval: None,
        });
    }
    jobs
}
