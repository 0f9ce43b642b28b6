//! What runs by itself in a project, read again when its files change.
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::Accepted;
use crate::config::Project;
use crate::contract::Contract;
use crate::diagnostic::Problem;
use crate::model::Definitions;
use crate::schedule::{Job, jobs};

/// Files with their sizes and times.
type Look = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Contracts, models and what they ask to run.
pub(super) struct Definition {
    /// Contracts that hold: also those of before, where one is wrong now.
    pub contracts: Vec<Contract>,
    /// What runs by itself.
    pub jobs: Vec<Job>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// The definition that holds, and how the files looked when it was read.
pub(super) struct Watched {
    project: Arc<Project>,
    accepted: Accepted,
    look: Look,
    /// The definition that holds.
    pub now: Arc<Definition>,
}

impl Watched {
    /// Reads the project.
    pub(super) fn open(project: Arc<Project>) -> Self {
        let accepted = Accepted(project.accepted());
        let look = look(&project);
        let now = Arc::new(read(&project, &accepted));
        Self {
            project,
            accepted,
            look,
            now,
        }
    }

    /// Reads the project again if a file of it has changed; whether it has.
    pub(super) fn refresh(&mut self) -> bool {
        let look = look(&self.project);
        if look == self.look {
            return false;
        }
        self.look = look;
        self.now = Arc::new(read(&self.project, &self.accepted));
        true
    }
}

fn read(project: &Project, accepted: &Accepted) -> Definition {
    let Definitions {
        contracts,
        models,
        problems,
    } = Definitions::read(project, Some(&accepted.0));
    let named = names(&project.pipelines());
    let of_folder = |contract: &&Contract| contract.path.parent() == Some(project.pipelines().as_path());
    let is_wrong = |contract: &Contract| {
        problems
            .iter()
            .any(|problem| problem.is_error() && problem.file == contract.path)
    };
    let sound: Vec<&Contract> = contracts
        .iter()
        .filter(of_folder)
        .filter(|contract| !is_wrong(contract))
        .collect();
    if let Err(error) = accepted.keep(&sound, &named) {
        tracing::warn!(%error, "contracts could not be kept as they are now");
    }
    problems.iter().for_each(Problem::log);
    let mut contracts = contracts;
    contracts.retain(|contract| {
        !problems
            .iter()
            .any(|problem| problem.is_error() && problem.file == contract.path)
    });
    Definition {
        jobs: jobs(&contracts, &models),
        contracts,
        problems,
    }
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}

/// How contracts, models and code lists look now.
fn look(project: &Project) -> Look {
    let mut look = Look::new();
    let mut folders = vec![project.pipelines(), project.sql(), project.reference()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            match about.is_dir() {
                true => folders.push(entry.path()),
                false => {
                    look.insert(entry.path(), (about.len(), about.modified().ok()));
                }
            }
        }
    }
    look
}
