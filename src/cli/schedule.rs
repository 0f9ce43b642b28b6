//! `sluis schedule` and `sluis backfill`: what runs by itself while `sluis serve` runs.
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::text::{Table, counted, moment, moment_typed, short, tell_problems, write_json};
use super::{Context, Failure};
use crate::contract::schedule::Trigger;
use crate::contract::{Contract, Interval};
use crate::diagnostic::{Problem, nearest, printable};
use crate::ingest::{self, Ingest, Left};
use crate::ledger::OccurrenceKind;
use crate::model::Definitions;
use crate::pseudonym::KeyError;
use crate::schedule::{self, Job, MODELS, Overview, jobs};

/// What can be typed after `sluis schedule`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show every job: what makes it due, when it is due next, and how it ended last
    List,
    /// Run a job as soon as the service can
    Now {
        /// A pipeline, a model with a schedule, or `models`
        job: String,
    },
    /// Let a job stand still until it is resumed, also over a restart of the service
    Pause {
        /// A pipeline, a model with a schedule, or `models`
        job: String,
    },
    /// Let a paused job go on
    Resume {
        /// A pipeline, a model with a schedule, or `models`
        job: String,
    },
    /// Take back what waits of a job
    Cancel {
        /// A pipeline, a model with a schedule, or `models`
        job: String,
    },
}

/// What can be typed after `sluis backfill`.
#[derive(Debug, clap::Args)]
pub struct BackfillArgs {
    /// The pipeline
    #[arg(value_name = "PIPELINE")]
    pipeline: String,
    /// The beginning: deliveries whose period begins then or later
    #[arg(long, value_name = "DATE", value_parser = moment_typed)]
    from: DateTime<Utc>,
    /// The end: deliveries whose period begins before it
    #[arg(long, value_name = "DATE", value_parser = moment_typed)]
    to: DateTime<Utc>,
    /// One run for each of these, as in "1 year" [default: the contract's interval, else one for all]
    #[arg(long, value_name = "INTERVAL")]
    step: Option<Interval>,
}

/// Runs `sluis schedule`.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let agenda = Agenda::read(context)?;
    let jobs = &agenda.jobs;
    let (ledger, now) = (context.ledger()?, context.now());
    let mut out = context.out();
    match args.command.unwrap_or(Command::List) {
        Command::List => list(context, agenda, args.json)?,
        Command::Now { job } => {
            let found = find(jobs, &job).map_err(|failure| agenda.unscheduled(&job).unwrap_or(failure))?;
            schedule::request(&ledger, found, now)?;
            let overview = schedule::overview(&ledger, std::slice::from_ref(found), now)?;
            match overview.iter().any(|one| one.paused) {
                true => writeln!(
                    out,
                    "{job} waits, and is paused: `sluis schedule resume {job}` lets it go on"
                )?,
                false => writeln!(out, "{job} waits for its turn; `sluis serve` runs it")?,
            }
        }
        Command::Pause { job } => match schedule::pause(&ledger, &find(jobs, &job)?.name, now)? {
            true => writeln!(out, "{job} stands still; what runs of it goes on")?,
            false => writeln!(out, "{job} stood still already")?,
        },
        Command::Resume { job } => {
            let found = find(jobs, &job)?;
            match (schedule::resume(&ledger, &found.name, now)?, found.policy.paused) {
                (_, true) => writeln!(out, "{job} stands still because its schedule says `paused = true`")?,
                (true, false) => writeln!(out, "{job} goes on")?,
                (false, false) => writeln!(out, "{job} was not paused")?,
            }
        }
        Command::Cancel { job } => {
            let found = find(jobs, &job)?;
            let cancelled = schedule::cancel(&ledger, &found.name, now)?;
            writeln!(out, "{} of {job} taken back", counted(cancelled as u64, "occurrence"))?;
            if cancelled > 0 && found.trigger == Trigger::Delivery {
                writeln!(
                    out,
                    "files that are there stay where they are, until another comes or `sluis schedule now {job}`"
                )?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `sluis backfill`.
pub fn backfill(args: BackfillArgs, context: &mut Context) -> Result<ExitCode, Failure> {
    let Agenda { jobs, .. } = &Agenda::read(context)?;
    let job = find(jobs, &args.pipeline)?;
    if !matches!(job.work, schedule::Work::Ingest(_)) {
        return Err(Failure::usage(format!("{} is not a pipeline", args.pipeline))
            .hint("models follow from what they read: `sluis run` rebuilds what is out of date"));
    }
    let (ledger, now) = (context.ledger()?, context.now());
    let queued = schedule::backfill(&ledger, job, (args.from, args.to), args.step, now)?;
    writeln!(
        context.out(),
        "{} of {} queued; `sluis serve` runs them, and `sluis schedule` shows how they went",
        counted(queued as u64, "interval"),
        args.pipeline
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Every job of the project, and what they are made of.
struct Agenda {
    jobs: Vec<Job>,
    contracts: Vec<Contract>,
    /// What is wrong with contracts and models.
    problems: Vec<Problem>,
}

impl Agenda {
    fn read(context: &Context) -> Result<Self, Failure> {
        let project = context.project()?;
        let Definitions {
            contracts,
            models,
            problems,
        } = Definitions::read(&project, Some(&project.accepted()));
        Ok(Self {
            jobs: jobs(&contracts, &models),
            contracts,
            problems,
        })
    }

    /// Why a pipeline without a schedule is no job.
    fn unscheduled(&self, name: &str) -> Option<Failure> {
        let contract = self.contracts.iter().find(|contract| contract.name == name)?;
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
            contracts: &self.contracts,
            progress: &progress,
            cancel: &context.cancel,
            run: "",
            now: context.now(),
            dry_run: true,
        };
        let unmatched = ingest::unmatched(&project.landing(), &self.contracts)?;
        let mut left: Vec<Left> = unmatched.into_iter().map(Left::unmatched).collect();
        for contract in &self.contracts {
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
}

fn find<'a>(jobs: &'a [Job], name: &str) -> Result<&'a Job, Failure> {
    jobs.iter().find(|job| job.name == name).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no job `{name}`"));
        match nearest(name, jobs.iter().map(|job| job.name.as_str())) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("a job is a pipeline or model with a schedule, or `models`"),
        }
    })
}

/// The most files that stay that are listed.
const MOST: usize = 20;

fn list(context: &Context, agenda: Agenda, json: bool) -> Result<(), Failure> {
    let ledger = context.ledger()?;
    let overview = schedule::overview(&ledger, &agenda.jobs, context.now())?;
    // the jobs are to be seen also when the folder is not
    let (left, unseen) = match agenda.left(context) {
        Ok(left) => (left, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut out = context.out();
    if json {
        let Agenda { problems, .. } = agenda;
        let all = serde_json::json!({ "jobs": overview, "problems": problems, "left": left });
        write_json(&mut out, &all)?;
        return unseen.map_or(Ok(()), Err);
    }
    let accepted = context.project()?.accepted();
    let before: Vec<&str> = agenda
        .contracts
        .iter()
        .filter(|contract| contract.path.parent() == Some(&accepted))
        .map(|contract| contract.name.as_str())
        .collect();
    let wrong = agenda.problems.iter().filter(|problem| problem.is_error()).count();
    table(&overview, &before, wrong).write(&mut out)?;
    if !left.is_empty() {
        let landing = short(&context.project()?.landing(), context.cwd());
        let landing = landing.to_string_lossy();
        writeln!(out, "\nnot taken in from {}:", printable(&landing))?;
        for one in left.iter().take(MOST) {
            writeln!(out, "  {}: {}", printable(&one.file.to_string_lossy()), one.why)?;
        }
        if left.len() > MOST {
            writeln!(out, "  and {} more", left.len() - MOST)?;
        }
    }
    out.flush()?;
    // what is wrong here is why something does not run, or runs by the contract of before
    tell_problems(context, agenda.problems)?;
    unseen.map_or(Ok(()), Err)
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
