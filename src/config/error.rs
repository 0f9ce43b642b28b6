//! What can be wrong with a project or its settings.
use std::path::PathBuf;

use crate::diagnostic::Problem;

/// A project or its settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No project was named and none is around here.
    #[error(
        "there is no project here: no config/sluis.toml in {} or any folder above it; make one with `sluis init DIR`, \
         or name one with --project DIR or SLUIS_PROJECT", start.display()
    )]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// What was named is not a project.
    #[error(
        "{} is not a project: it has no config/sluis.toml (named by {named_by}); make one there with `sluis init {}`",
        path.display(), path.display()
    )]
    NotAProject {
        /// The folder.
        path: PathBuf,
        /// `--project` or `SLUIS_PROJECT`.
        named_by: &'static str,
    },
    /// A file of the project could not be read.
    #[error("{} could not be read; check that it is a UTF-8 text file you may read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Settings that do not exist or have a value they cannot have.
    #[error("{}", listed(.0))]
    Problems(Vec<Problem>),
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
