//! What `sluis schedule` shows.
use std::io::Write;

use super::text::{Table, counted, moment, short, tell_problems, write_json};
use super::withdraw::unfilled;
use super::{Context, Failure};
use crate::diagnostic::printable;
use crate::ingest::{self, Ingest, Left};
use crate::ledger::OccurrenceKind;
use crate::model::Definitions;
use crate::pseudonym::KeyError;
use crate::schedule::{self, Job, MODELS, Overview, jobs};

/// The most files that stay that are listed.
const MOST: usize = 20;

/// Every job of the project, and what they are made of.
pub(super) struct Agenda {
    /// The jobs.
    pub jobs: Vec<Job>,
    definitions: Definitions,
}

impl Agenda {
    /// Reads the project: with contracts as they were before where they are wrong now, as the service does.
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let project = context.project()?;
        let definitions = Definitions::read(&project, Some(&project.accepted()));
        Ok(Self {
            jobs: jobs(&definitions.contracts, &definitions.models),
            definitions,
        })
    }

    /// Why a pipeline without a schedule is no job.
    pub fn unscheduled(&self, name: &str) -> Option<Failure> {
        let contract = self
            .definitions
            .contracts
            .iter()
            .find(|contract| contract.name == name)?;
        let failure = Failure::usage(format!("{} has no schedule", contract.name));
        Some(failure.hint(format!(
            "`sluis ingest {}` takes its files in; with `schedule = {{ on = \"delivery\" }}` in its contract the service does",
            contract.name
        )))
    }

    /// Files of the landing folder that stay where they are.
    fn left(&self, context: &Context) -> Result<Vec<Left>, Failure> {
        let (project, lake, ledger, progress) = (
            context.project()?,
            context.lake()?,
            context.ledger()?,
            context.progress(),
        );
        let ingest = Ingest {
            project: &project,
            lake: &lake,
            ledger: &ledger,
            keys: &|| Err(KeyError::Source),
            contracts: &self.definitions.contracts,
            progress: &progress,
            cancel: &context.cancel,
            run: "",
            now: context.now(),
            dry_run: true,
        };
        let unmatched = ingest::unmatched(&project.landing(), &self.definitions.contracts)?;
        let mut left: Vec<Left> = unmatched.into_iter().map(Left::unmatched).collect();
        for contract in &self.definitions.contracts {
            let pending = ingest::pending(&ingest, contract)?;
            left.extend(pending.left);
            if contract.schedule.is_none() {
                let files = pending.files.into_iter();
                left.extend(files.map(|file| Left::unscheduled(file, &contract.name)));
            }
        }
        left.sort();
        Ok(left)
    }

    /// Prints every job, what stays in the landing folder, what is published of old, and what is wrong.
    pub fn list(self, context: &Context, json: bool) -> Result<(), Failure> {
        let ledger = context.ledger()?;
        let overview = schedule::overview(&ledger, &self.jobs, context.now())?;
        // the jobs are to be seen also when the folder is not
        let (left, unseen) = match self.left(context) {
            Ok(left) => (left, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        let unfilled = unfilled(context, &self.definitions)?;
        let Definitions {
            contracts, problems, ..
        } = self.definitions;
        let mut out = context.out();
        if json {
            let unfilled: Vec<String> = unfilled.iter().map(ToString::to_string).collect();
            let all = serde_json::json!({
                "jobs": overview, "left": left, "unfilled": unfilled, "problems": problems,
            });
            write_json(&mut out, &all)?;
            return unseen.map_or(Ok(()), Err);
        }
        let accepted = context.project()?.accepted();
        let before: Vec<&str> = contracts
            .iter()
            .filter(|contract| contract.path.parent() == Some(&accepted))
            .map(|contract| contract.name.as_str())
            .collect();
        let wrong = problems.iter().filter(|problem| problem.is_error()).count();
        table(&overview, &before, wrong).write(&mut out)?;
        if !left.is_empty() {
            let landing = short(&context.project()?.landing(), context.cwd());
            writeln!(out, "\nnot taken in from {}:", printable(&landing.to_string_lossy()))?;
            for one in left.iter().take(MOST) {
                writeln!(out, "  {}: {}", printable(&one.file.to_string_lossy()), one.why)?;
            }
            if left.len() > MOST {
                writeln!(out, "  and {} more", left.len() - MOST)?;
            }
        }
        if !unfilled.is_empty() {
            writeln!(out, "\npublished, and filled by no contract or model any more:")?;
            for table in unfilled {
                writeln!(out, "  {table}: `sluis withdraw {table}` takes it back")?;
            }
        }
        out.flush()?;
        // what is wrong here is why something does not run, or runs by the contract of before
        tell_problems(context, problems)?;
        unseen.map_or(Ok(()), Err)
    }
}

/// The jobs; those of the pipelines named `before` go by the contract as it was, and `wrong` contracts and models are left
/// out.
fn table(overview: &[Overview], before: &[&str], wrong: usize) -> Table {
    let mut table = Table::new(&["job", "due", "next", "last", "ended", ">waiting", "what"]);
    for job in overview {
        let next = match (job.paused, job.next) {
            (true, _) => "paused".to_owned(),
            (false, Some(at)) => moment(at),
            (false, None) => "-".to_owned(),
        };
        let kind = job.last_kind.filter(|kind| *kind == OccurrenceKind::Backfill.as_str());
        let held = before
            .contains(&job.job.as_str())
            .then(|| "its contract is wrong, and the one before holds".to_owned());
        let errors = (job.job == MODELS && wrong > 0)
            .then(|| format!("{} in what it builds, below", counted(wrong as u64, "error")));
        let what = held
            .into_iter()
            .chain(errors)
            .chain(kind.map(ToOwned::to_owned))
            .chain(job.last_note.clone());
        table.row([
            job.job.clone(),
            job.trigger.clone(),
            next,
            job.last.map_or("-".to_owned(), moment),
            job.last_status.unwrap_or("-").to_owned(),
            job.queued.to_string(),
            what.collect::<Vec<_>>().join("; "),
        ]);
    }
    table
}
