//! The power fails between any two file operations, and what was not synced is gone, or half gone.

use super::faults::{Failing, How};
use super::model::{Left, Model, Recorder, Step};
use super::scenarios::{Scenario, named};
use super::support::*;
use crate::lake::Lake;
use crate::lake::disk::{Disk, Op, Watch};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Random subsets of un-synced changes tried at every step; `SLUIS_CRASH_SEEDS` asks for more
fn seeds() -> u64 {
    std::env::var("SLUIS_CRASH_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2)
}

fn the_power_fails_at_every_step(scenario: &Scenario) {
    let dir = temp();
    let root = dir.path().join("lake");
    (scenario.before)(&Lake::open(&root, options()).unwrap());
    let mut model = Model::of(&root);
    let recorder = Arc::new(Recorder::default());
    let lake = Lake::open_on(
        Disk::watched(Arc::clone(&recorder) as Arc<dyn Watch>),
        &root,
        scenario.options(),
    )
    .unwrap();
    (scenario.act)(&lake).unwrap();
    let steps = recorder.steps();
    let lasting = published_for_good(&steps);
    for at in 0..=steps.len() {
        if at > 0 {
            model.apply(&steps[at - 1], &steps[at..]);
        }
        let random = (0..seeds()).map(|seed| Left::Some(seed * 10_000 + at as u64));
        for left in [Left::Nothing, Left::Everything].into_iter().chain(random) {
            let place = format!("power fails after {at} of {} steps, {left:?} left", steps.len());
            let crashed = temp();
            let root = crashed.path().join("lake");
            model.crash(left, &root);
            if lasting.is_some_and(|lasting| at > lasting) {
                assert_eq!(by_manifest(&root, &mart()), scenario.new, "{}: {place}", scenario.name);
            }
            if at == steps.len() {
                scenario.check_readers(&root, &place);
                assert_eq!(by_manifest(&root, &mart()), scenario.new, "{}: {place}", scenario.name);
            }
            scenario.check_aftermath(&root, &place);
        }
    }
}

/// The step from which a new version is bound to survive
fn published_for_good(steps: &[Step]) -> Option<usize> {
    let is_manifest = |path: &Path| {
        path.extension().is_some_and(|end| end == "json") && path.parent().unwrap().ends_with("_manifests")
    };
    let commit = steps
        .iter()
        .position(|step| matches!(step, Step::Rename(_, to) if is_manifest(to)))?;
    let synced = steps[commit..]
        .iter()
        .position(|step| matches!(step, Step::SyncDir(dir) if dir.ends_with("_manifests")))?;
    Some(commit + synced)
}

/// Fails as one watch and records as the other
#[derive(Debug)]
struct Both(Failing, Arc<Recorder>);

impl Watch for Both {
    fn before(&self, op: &Op<'_>) -> io::Result<()> {
        self.0.before(op)
    }

    fn after(&self, op: &Op<'_>) -> io::Result<()> {
        self.1.after(op)
    }
}

/// A publisher is killed at its N-th operation, another one does the same and succeeds, and then the power
/// fails: what the second said is published is there, though the first left things un-synced.
fn what_a_second_publisher_confirms_survives(scenario: &Scenario) {
    for at in 1.. {
        let dir = temp();
        let root = dir.path().join("lake");
        (scenario.before)(&Lake::open(&root, options()).unwrap());
        let mut model = Model::of(&root);
        let recorder = Arc::new(Recorder::default());
        let killed = Arc::new(Both(Failing::new(at, How::Dead), Arc::clone(&recorder)));
        let lake = Lake::open_on(
            Disk::watched(Arc::clone(&killed) as Arc<dyn Watch>),
            &root,
            scenario.options(),
        );
        let _ = (scenario.act)(&lake.unwrap());
        let again = Disk::watched(Arc::clone(&recorder) as Arc<dyn Watch>);
        (scenario.act)(&Lake::open_on(again, &root, scenario.options()).unwrap()).unwrap();
        let steps = recorder.steps();
        for (i, step) in steps.iter().enumerate() {
            model.apply(step, &steps[i + 1..]);
        }
        let crashed = temp();
        let root = crashed.path().join("lake");
        model.crash(Left::Nothing, &root);
        let place = format!("first killed at operation {at}, power fails after the second");
        assert_eq!(by_manifest(&root, &mart()), scenario.new, "{}: {place}", scenario.name);
        scenario.check_aftermath(&root, &place);
        if killed.0.spared() {
            break;
        }
    }
}

#[test]
fn a_first_publication_lasts_whatever_happened_before_it() {
    what_a_second_publisher_confirms_survives(&named("first publication"));
}

#[test]
fn a_publication_lasts_whatever_happened_before_it() {
    what_a_second_publisher_confirms_survives(&named("publication"));
}

#[test]
fn a_first_publication_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("first publication"));
}

#[test]
fn a_publication_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("publication"));
}

#[test]
fn a_publication_over_the_limit_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("publication over the limit"));
}

#[test]
fn a_confirmation_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("confirmation"));
}

#[test]
fn a_rollback_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("rollback"));
}

#[test]
fn a_collection_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("collection"));
}

#[test]
fn a_recovery_survives_a_power_failure() {
    the_power_fails_at_every_step(&named("recovery"));
}
