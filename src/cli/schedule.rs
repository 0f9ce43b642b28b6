//! `sluis schedule` and `sluis backfill`: what runs by itself while `sluis serve` runs.
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::text::{Table, counted, moment_typed, write_json, write_problems};
use super::{Context, Failure};
use crate::contract::Interval;
use crate::diagnostic::{Problem, nearest};
use crate::model::Definitions;
use crate::schedule::{self, Job, Overview, jobs};

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
    let (jobs, problems) = all(context)?;
    let (ledger, now) = (context.ledger()?, context.now());
    let mut out = context.out();
    match args.command.unwrap_or(Command::List) {
        Command::List => {
            let overview = schedule::overview(&ledger, &jobs, now)?;
            match args.json {
                true => write_json(&mut out, &overview)?,
                false => {
                    list(context, &overview)?;
                    out.flush()?;
                    // what is wrong here is why something does not run, or runs by the contract of before
                    let stderr = &mut std::io::stderr();
                    write_problems(stderr, problems, context.cwd(), context.stderr_is_terminal())?;
                }
            }
        }
        Command::Now { job } => {
            schedule::request(&ledger, find(&jobs, &job)?, now)?;
            writeln!(out, "{job} waits for its turn; `sluis serve` runs it")?;
        }
        Command::Pause { job } => match schedule::pause(&ledger, &find(&jobs, &job)?.name, now)? {
            true => writeln!(out, "{job} stands still; what runs of it goes on")?,
            false => writeln!(out, "{job} stood still already")?,
        },
        Command::Resume { job } => {
            let found = find(&jobs, &job)?;
            match (schedule::resume(&ledger, &found.name, now)?, found.policy.paused) {
                (_, true) => writeln!(out, "{job} stands still because its schedule says `paused = true`")?,
                (true, false) => writeln!(out, "{job} goes on")?,
                (false, false) => writeln!(out, "{job} was not paused")?,
            }
        }
        Command::Cancel { job } => {
            let cancelled = schedule::cancel(&ledger, &find(&jobs, &job)?.name, now)?;
            writeln!(out, "{} of {job} taken back", counted(cancelled as u64, "occurrence"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `sluis backfill`.
pub fn backfill(args: BackfillArgs, context: &mut Context) -> Result<ExitCode, Failure> {
    let (jobs, _) = all(context)?;
    let job = find(&jobs, &args.pipeline)?;
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

/// Every job of the project, and what is wrong with its contracts and models.
fn all(context: &Context) -> Result<(Vec<Job>, Vec<Problem>), Failure> {
    let project = context.project()?;
    let Definitions {
        contracts,
        models,
        problems,
    } = Definitions::read(&project, Some(&project.accepted()));
    Ok((jobs(&contracts, &models), problems))
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

fn list(context: &Context, overview: &[Overview]) -> Result<(), Failure> {
    let time = |at: DateTime<Utc>| at.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string();
    let mut table = Table::new(&["job", "due", "next", "last", "ended", ">waiting", "what"]);
    for job in overview {
        let next = match (job.paused, job.next) {
            (true, _) => "paused".to_owned(),
            (false, Some(at)) => time(at),
            (false, None) => "-".to_owned(),
        };
        table.row([
            job.job.clone(),
            job.trigger.clone(),
            next,
            job.last_due.map_or("-".to_owned(), time),
            job.last_status.unwrap_or("-").to_owned(),
            job.queued.to_string(),
            job.last_note.clone().unwrap_or_default(),
        ]);
    }
    Ok(table.write(&mut context.out())?)
}
