//! `sluis schedule` and `sluis backfill`: what runs by itself while `sluis serve` runs.
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::agenda::Agenda;
use super::text::{counted, moment_typed};
use super::{Context, Failure};
use crate::contract::Interval;
use crate::contract::schedule::Trigger;
use crate::diagnostic::nearest;
use crate::schedule::{self, Job};

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
        Command::List => agenda.list(context, args.json)?,
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

fn find<'a>(jobs: &'a [Job], name: &str) -> Result<&'a Job, Failure> {
    jobs.iter().find(|job| job.name == name).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no job `{name}`"));
        match nearest(name, jobs.iter().map(|job| job.name.as_str())) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("a job is a pipeline or model with a schedule, or `models`"),
        }
    })
}
