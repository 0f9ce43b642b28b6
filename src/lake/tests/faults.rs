//! The N-th file operation fails, for N = 1, 2, ... until a run is clean.

use super::scenarios::{Scenario, named};
use super::support::*;
use crate::lake::disk::{Disk, Op, OpKind, Watch};
use crate::lake::{Lake, LakeError};
use rustix::io::Errno;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How the N-th operation fails
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It does not happen, and says so
    Refused,
    /// It happens, and says it did not
    Misreported,
    /// Neither it nor any operation after it happens, as when the process is killed
    Dead,
}

#[derive(Debug)]
pub(super) struct Failing {
    at: usize,
    how: How,
    seen: AtomicUsize,
}

impl Failing {
    pub(super) fn new(at: usize, how: How) -> Self {
        Self {
            at,
            how,
            seen: AtomicUsize::new(0),
        }
    }

    /// Whether there were fewer operations than it waits for
    pub(super) fn spared(&self) -> bool {
        self.seen.load(Ordering::SeqCst) < self.at
    }

    fn error(&self) -> io::Error {
        let kinds = [Errno::IO, Errno::NOSPC, Errno::MFILE];
        kinds[self.at % kinds.len()].into()
    }
}

impl Watch for Failing {
    fn before(&self, _: &Op<'_>) -> io::Result<()> {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        match self.how {
            How::Refused if number == self.at => Err(self.error()),
            How::Dead if number >= self.at => Err(self.error()),
            _ => Ok(()),
        }
    }

    fn after(&self, op: &Op<'_>) -> io::Result<()> {
        // what was read is not handed over: the same as refused
        let writes = !matches!(op.kind, OpKind::Open | OpKind::Read | OpKind::List | OpKind::Lock);
        let now = self.seen.load(Ordering::SeqCst) == self.at;
        if self.how == How::Misreported && now && writes {
            Err(self.error())
        } else {
            Ok(())
        }
    }
}

fn every_operation_fails_once(scenario: &Scenario) {
    for how in [How::Refused, How::Misreported, How::Dead] {
        let mut failures = 0;
        for at in 1.. {
            assert!(at < 2_000, "{}: no end of operations", scenario.name);
            let place = format!("{how:?} at operation {at}");
            let dir = temp();
            let root = dir.path().join("lake");
            (scenario.before)(&Lake::open(&root, options()).unwrap());
            let failing = Arc::new(Failing::new(at, how));
            let lake = Lake::open_on(
                Disk::watched(Arc::clone(&failing) as Arc<dyn Watch>),
                &root,
                scenario.options(),
            )
            .unwrap();
            let outcome = (scenario.act)(&lake);
            drop(lake);
            scenario.check_readers(&root, &place);
            match &outcome {
                Ok(()) => assert_eq!(by_manifest(&root, &mart()), scenario.new, "{}, {place}", scenario.name),
                Err(error) => {
                    failures += 1;
                    // it was the fault that came through, in one form or another
                    assert!(
                        !matches!(error, LakeError::Manifest { .. } | LakeError::NoVersion { .. }),
                        "{place}: {error}"
                    );
                    let published = matches!(error, LakeError::AfterCommit { .. } | LakeError::Unsure { .. });
                    if published {
                        assert_eq!(
                            by_manifest(&root, &mart()),
                            scenario.new,
                            "{}, {place}: {error}",
                            scenario.name
                        );
                    }
                }
            }
            scenario.check_aftermath(&root, &place);
            if outcome.is_ok() && failing.spared() {
                break;
            }
        }
        assert!(
            failures > 5,
            "{}: only {failures} operations seen to fail",
            scenario.name
        );
    }
}

#[test]
fn a_first_publication_survives_every_fault() {
    every_operation_fails_once(&named("first publication"));
}

#[test]
fn a_publication_survives_every_fault() {
    every_operation_fails_once(&named("publication"));
}

#[test]
fn a_publication_over_the_limit_survives_every_fault() {
    every_operation_fails_once(&named("publication over the limit"));
}

#[test]
fn a_confirmation_survives_every_fault() {
    every_operation_fails_once(&named("confirmation"));
}

#[test]
fn a_rollback_survives_every_fault() {
    every_operation_fails_once(&named("rollback"));
}

#[test]
fn a_collection_survives_every_fault() {
    every_operation_fails_once(&named("collection"));
}

#[test]
fn a_recovery_survives_every_fault() {
    every_operation_fails_once(&named("recovery"));
}
