//! The jobs of a project.
use std::collections::BTreeSet;

use super::{Job, MODELS, Work};
use crate::contract::schedule::{Policy, Trigger};
use crate::contract::{Contract, Interval, Schedule};
use crate::model::Prepared;

/// A contract or a model, as far as jobs go.
pub(super) struct Declared<'a> {
    pub name: String,
    pub schedule: Option<&'a Schedule>,
    pub interval: Option<Interval>,
}

/// A job for each contract and each model with a schedule, and last [`MODELS`] for the models without, which comes after
/// every pipeline and every scheduled model.
pub fn jobs(contracts: &[Contract], models: &[Prepared]) -> Vec<Job> {
    let pipelines = contracts.iter().map(|contract| Declared {
        name: contract.name.clone(),
        schedule: contract.schedule.as_ref(),
        interval: contract.interval,
    });
    let models = models.iter().map(|model| Declared {
        name: model.name().to_string(),
        schedule: model.model.header.schedule.as_ref(),
        interval: None,
    });
    of(&pipelines.collect::<Vec<_>>(), &models.collect::<Vec<_>>())
}

/// The jobs of what is declared.
pub(super) fn of(pipelines: &[Declared<'_>], models: &[Declared<'_>]) -> Vec<Job> {
    let (scheduled, others): (Vec<_>, Vec<_>) = models.iter().partition(|model| model.schedule.is_some());
    let others: Vec<String> = others.into_iter().map(|model| model.name.clone()).collect();
    let mut jobs: Vec<Job> = Vec::new();
    let pipelines_first = pipelines.iter().map(|one| (one, Work::Ingest(one.name.clone())));
    let models_then = scheduled.iter().map(|one| (*one, Work::Run(vec![one.name.clone()])));
    for (one, work) in pipelines_first.chain(models_then) {
        if let Some(schedule) = one.schedule {
            jobs.push(Job {
                name: one.name.clone(),
                work,
                trigger: by_builders(&schedule.trigger, &others),
                policy: schedule.policy.clone(),
                interval: one.interval,
            });
        }
    }
    if !others.is_empty() {
        let before = pipelines.iter().chain(scheduled.iter().copied());
        jobs.push(Job {
            name: MODELS.to_owned(),
            trigger: Trigger::After(before.map(|one| one.name.clone()).collect()),
            // no selector is every model, also one that is added later
            work: Work::Run(if scheduled.is_empty() { Vec::new() } else { others }),
            policy: Policy::default(),
            interval: None,
        });
    }
    jobs
}

/// A trigger that names jobs: a model without a schedule is built by the job for all of them.
fn by_builders(trigger: &Trigger, unscheduled: &[String]) -> Trigger {
    let Trigger::After(names) = trigger else {
        return trigger.clone();
    };
    let builder = |name: &String| match unscheduled.contains(name) {
        true => MODELS.to_owned(),
        false => name.clone(),
    };
    let names: BTreeSet<String> = names.iter().map(builder).collect();
    Trigger::After(names.into_iter().collect())
}
