//! Taking deliveries in: what is asked of ingest, pipeline by pipeline, and what came of it.
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Code, Context, Failure, text};
use crate::contract::{self, Contract};
use crate::diagnostic::{Problem, nearest, printable};
use crate::ingest::{self, Ingest, IngestError, Outcome, Report, Selection, Stretch};
use crate::ledger::{Delivery, Run, RunStatus};

/// What to take in.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these pipelines; empty is all.
    pub pipelines: Vec<String>,
    /// Only this file, relative to the landing folder, whether it is pending or not.
    pub file: Option<PathBuf>,
    /// Read and check, write nothing.
    pub dry_run: bool,
    /// This delivery again, though it is known.
    pub again: Option<Delivery>,
    /// Only deliveries that this is about, also those that are published.
    pub stretch: Option<Stretch>,
    /// Only files that were last written before this.
    pub before: Option<DateTime<Utc>>,
}

/// What came of it.
#[derive(Default)]
pub struct Intake {
    /// The deliveries.
    pub reports: Vec<Report>,
    /// Pipelines that could not do their work, and why.
    pub failed: Vec<(String, Failure)>,
    /// Problems of contracts; those with errors took nothing.
    pub problems: Vec<Problem>,
    /// Files in the landing folder that no pipeline takes.
    pub unmatched: Vec<PathBuf>,
}

/// Takes deliveries in, as a run of its own in the ledger (unless nothing is to be written).
pub fn take(context: &Context, kind: &str, wanted: &Wanted) -> Result<Intake, Failure> {
    if wanted.dry_run {
        return ingest_all(context, &Run::unrecorded(kind, context.now()), wanted);
    }
    context.recorded(kind, |context, run| {
        let intake = ingest_all(context, run, wanted)?;
        intake.tally(run);
        Ok(intake)
    })
}

/// Takes in what is wanted, contract by contract; one that fails does not keep the others from their work.
pub fn ingest_all(context: &Context, run: &Run, wanted: &Wanted) -> Result<Intake, Failure> {
    let project = context.project()?;
    let (pipelines, reference) = (project.pipelines(), project.reference());
    let (contracts, problems) = match context.accepted()? {
        Some(accepted) => contract::load_or_accepted(&pipelines, &reference, &accepted),
        None => contract::load_all(&pipelines, &reference),
    };
    let mut intake = Intake::default();
    let mut asked: Vec<&Contract> = ingest::in_order(&contracts);
    if !wanted.pipelines.is_empty() {
        check_pipelines(context, &wanted.pipelines, &[])?;
        asked.retain(|contract| wanted.pipelines.contains(&contract.name));
    }
    if let Some(file) = &wanted.file {
        let name = file.to_string_lossy();
        asked.retain(|contract| contract.rule_for(&name).is_some());
        if asked.is_empty() && !problems.iter().any(Problem::is_error) {
            return Err(Failure::refused(format!("no pipeline takes {}", file.display()))
                .hint("the `files` of a contract in pipelines/ say which files it takes"));
        }
    }
    intake.problems = problems.into_iter().filter(Problem::is_error).collect();
    if !wanted.pipelines.is_empty() {
        intake
            .problems
            .retain(|problem| wanted.pipelines.iter().any(|name| is_of(problem, name)));
    }
    asked.retain(|contract| !intake.problems.iter().any(|problem| is_of(problem, &contract.name)));

    let (lake, ledger, progress) = (context.lake()?, context.ledger()?, context.progress());
    let keys = || context.keys();
    let work = Ingest {
        project: &project,
        lake: &lake,
        ledger: &ledger,
        keys: &keys,
        contracts: &contracts,
        progress: &progress,
        cancel: &context.cancel,
        run: &run.id,
        now: run.started_at,
        dry_run: wanted.dry_run,
    };
    let selection = Selection {
        files: wanted.file.iter().cloned().collect(),
        again: wanted.again.iter().map(|delivery| delivery.id.clone()).collect(),
        stretch: wanted.stretch,
        before: wanted.before,
    };
    for contract in asked {
        match ingest::ingest_contract(&work, contract, &selection) {
            Ok(reports) => intake.reports.extend(reports),
            Err(IngestError::Cancelled) => return Err(Failure::interrupted()),
            Err(error) => intake.failed.push((contract.name.clone(), error.into())),
        }
    }
    if context.is_run_of_service() {
        // the service has told of them, and what a run does is about the others
        intake
            .reports
            .retain(|report| !matches!(report.outcome, Outcome::Unfit(_)));
        // nobody reads its report
        for report in &intake.reports {
            let new = matches!(report.outcome, Outcome::Published(_));
            for note in report.notes.iter().filter(|_| new) {
                tracing::warn!(file = report.file, note, "delivery noted");
            }
        }
    }
    if wanted.file.is_none() && wanted.pipelines.is_empty() && intake.problems.is_empty() {
        intake.unmatched = ingest::unmatched(&project.landing(), &contracts)?;
    }
    Ok(intake)
}

fn is_of(problem: &Problem, pipeline: &str) -> bool {
    problem.file.file_stem().is_some_and(|stem| stem == pipeline)
}

/// Names of the contracts.
pub(super) fn pipelines(context: &Context) -> Result<Vec<String>, Failure> {
    let folder = context.project()?.pipelines();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Refuses names that are neither those of contracts nor of the pipelines of these deliveries.
pub(super) fn check_pipelines(context: &Context, typed: &[String], deliveries: &[Delivery]) -> Result<(), Failure> {
    let names = pipelines(context)?;
    let unknown = typed
        .iter()
        .find(|name| !names.contains(name) && deliveries.iter().all(|delivery| delivery.pipeline != **name));
    unknown.map_or(Ok(()), |name| Err(no_pipeline(name, &names)))
}

/// There is no such pipeline.
fn no_pipeline(name: &str, names: &[String]) -> Failure {
    let failure = Failure::usage(format!("there is no pipeline `{}`", printable(name)));
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => failure.hint("pipelines/ holds no contracts yet"),
        None => failure.hint(format!("the pipelines are {}", names.join(", "))),
    }
}

/// The path of a file that the user named, relative to the landing folder: typed from the working directory, or as it
/// stands in the landing folder.
pub(super) fn in_landing(context: &Context, typed: &Path) -> Result<PathBuf, Failure> {
    let landing = context.project()?.landing();
    let plain = |path: &Path| {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(plain.pop()),
                other => plain.push(other),
            }
        }
        plain
    };
    let from_here = plain(&context.cwd().join(typed));
    let places = [
        landing.clone(),
        landing.canonicalize().unwrap_or_else(|_| landing.clone()),
    ];
    if let Some(below) = places.iter().find_map(|place| from_here.strip_prefix(place).ok()) {
        return Ok(below.to_path_buf());
    }
    let below = plain(typed);
    if typed.is_relative() && landing.join(&below).symlink_metadata().is_ok() {
        return Ok(below);
    }
    let shown = text::short(&landing, context.cwd());
    if from_here.symlink_metadata().is_err() {
        return Err(Failure::refused(format!("there is no file {}", typed.display()))
            .hint(format!("name a file in {}", shown.display())));
    }
    Err(
        Failure::refused(format!("{} lies outside the landing folder", typed.display())).hint(format!(
            "move it to {}; only files beneath it are read",
            shown.display()
        )),
    )
}

impl Intake {
    /// What a run took in, for the ledger.
    pub fn tally(&self, run: &mut Run) {
        let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
        for Report { outcome, delivery, .. } in &self.reports {
            *outcomes.entry(word(outcome)).or_default() += 1;
            if matches!(outcome, Outcome::Published(_) | Outcome::Rejected(_)) {
                run.rows_in += delivery.rows_in;
                run.rows_staged += delivery.rows_staged;
                run.rows_quarantined += delivery.rows_quarantined;
                run.rows_dropped += delivery.rows_dropped;
            }
        }
        let failed: BTreeMap<&str, &str> = self
            .failed
            .iter()
            .map(|(name, failure)| (name.as_str(), failure.message()))
            .collect();
        run.detail = serde_json::json!({ "deliveries": outcomes });
        let rejected: BTreeMap<&str, &str> = self
            .reports
            .iter()
            .filter_map(|report| match &report.outcome {
                Outcome::Rejected(reason) | Outcome::Unfit(reason) => Some((report.file.as_str(), reason.as_str())),
                _ => None,
            })
            .collect();
        for (file, reason) in &rejected {
            tracing::error!(file, reason, "delivery rejected");
        }
        if !rejected.is_empty() {
            run.detail["rejected"] = serde_json::json!(rejected);
        }
        if !failed.is_empty() {
            run.detail["failed"] = serde_json::json!(failed);
        }
        if self.code().is_some() {
            run.status = RunStatus::Failed.as_str().to_owned();
        }
    }

    /// The exit code, when something was refused or failed.
    pub fn code(&self) -> Option<Code> {
        let failed = self.failed.iter().map(|(_, failure)| failure.code()).next();
        let rejected = self
            .reports
            .iter()
            .any(|report| matches!(report.outcome, Outcome::Rejected(_) | Outcome::Unfit(_)));
        failed.or_else(|| (rejected || !self.problems.is_empty()).then_some(Code::Refused))
    }
}

/// An outcome in one word.
pub fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Published(_) => "published",
        Outcome::DryRun => "accepted",
        Outcome::Skipped(_) => "skipped",
        Outcome::Superseded => "superseded",
        Outcome::Rejected(_) | Outcome::Unfit(_) => "rejected",
        Outcome::Waiting => "waiting",
    }
}
