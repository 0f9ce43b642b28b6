//! Jobs of what is declared.
use super::*;
use crate::contract::Schedule;
use crate::schedule::jobs::{Declared, of};

fn schedule(trigger: Trigger) -> Schedule {
    Schedule {
        trigger,
        policy: Policy::default(),
        span: 0..0,
    }
}

fn after(names: &[&str]) -> Trigger {
    Trigger::After(names.iter().map(|name| (*name).to_owned()).collect())
}

fn shown(pipelines: &[(&str, Option<Trigger>)], models: &[(&str, Option<Trigger>)]) -> Vec<String> {
    let schedules = |of: &[(&str, Option<Trigger>)]| -> Vec<(String, Option<Schedule>)> {
        of.iter()
            .map(|(name, trigger)| ((*name).to_owned(), trigger.clone().map(schedule)))
            .collect()
    };
    fn declared(of: &[(String, Option<Schedule>)]) -> Vec<Declared<'_>> {
        let each = of.iter().map(|(name, schedule)| Declared {
            name: name.clone(),
            schedule: schedule.as_ref(),
            interval: None,
        });
        each.collect()
    }
    let (pipelines, models) = (schedules(pipelines), schedules(models));
    let jobs = of(&declared(&pipelines), &declared(&models));
    jobs.iter()
        .map(|job| format!("{}: {:?} {}", job.name, job.work, job.trigger))
        .collect()
}

#[test]
fn models_without_a_schedule_are_one_job_after_all_others() {
    assert_eq!(
        shown(
            &[("duo_x", Some(Trigger::Delivery)), ("duo_y", None)],
            &[("core.a", None), ("mart.b", None)]
        ),
        [
            "duo_x: Ingest(\"duo_x\") on delivery",
            "models: Run([]) after duo_x, duo_y"
        ]
    );
}

#[test]
fn models_with_a_schedule_are_left_out_of_it_and_names_lead_to_jobs() {
    assert_eq!(
        shown(
            &[("duo_x", Some(after(&["core.a", "core.b", "mart.c"])))],
            &[("core.a", None), ("core.b", None), ("mart.c", Some(after(&["duo_x"])))]
        ),
        [
            "duo_x: Ingest(\"duo_x\") after mart.c, models",
            "mart.c: Run([\"mart.c\"]) after duo_x",
            "models: Run([\"core.a\", \"core.b\"]) after duo_x, mart.c",
        ]
    );
}

#[test]
fn without_models_that_wait_for_it_there_is_no_job_for_them() {
    assert_eq!(
        shown(&[], &[("mart.c", Some(after(&["duo_x"])))]),
        ["mart.c: Run([\"mart.c\"]) after duo_x"]
    );
    assert_eq!(shown(&[("duo_x", None)], &[]), [] as [&str; 0]);
}
