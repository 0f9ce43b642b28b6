//! `sluis run`: rebuilds, audits and publishes what is out of date.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use super::text::{counted, tell_problems};
use super::{Code, Context, Failure};
use crate::diagnostic::{Problem, printable_lines};
use crate::engine::deliveries_digest;
use crate::lake::TableName;
use crate::ledger::RunStatus;
use crate::model::{Definitions, Prepared};
use crate::plan::{Inputs, Plan, PlanContext, SelectError, plan, select};
use crate::run::{self, Event, Outcome, RunContext, RunReport};
use crate::telemetry::Task;

/// What can be typed after `sluis run`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::plan::SELECTORS)]
pub struct Args {
    /// Only these models [default: all]
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// That a model waits for a table is no failure, also when it was asked for by name
    #[arg(long)]
    allow_waiting: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let workshop = Workshop::open(context)?;
    let mut out = context.out();
    let built = workshop.build(context, &args.selectors, |line| {
        // a closed pipe shows up when the output is flushed
        let _ = writeln!(out, "{}", printable_lines(&line));
    })?;
    let mut out = context.out();
    if built.plan.is_empty() && !built.plan.models.is_empty() {
        writeln!(out, "{}", built.plan)?;
    }
    let sound = workshop.tell(context)?;
    // a model that was asked for by name is expected to be built
    let waiting = |m: &run::ModelReport| matches!(m.outcome, Outcome::Waiting(_));
    let missed = !args.selectors.is_empty() && !args.allow_waiting && built.report.models.iter().any(waiting);
    Ok(if built.report.failed() || missed || !sound {
        Code::Refused.into()
    } else {
        ExitCode::SUCCESS
    })
}

/// The models of a project, checked.
pub(super) struct Workshop {
    /// Those that can be built, in an order in which they can be.
    pub models: Vec<Prepared>,
    /// What is wrong with the others, and with contracts.
    pub problems: Vec<Problem>,
}

/// What came of building.
pub(super) struct Built {
    /// What was to be done.
    pub plan: Plan,
    /// What came of it.
    pub report: RunReport,
}

impl Workshop {
    /// Reads and checks contracts and models. Contracts and models that are wrong leave the others alone.
    pub fn open(context: &Context) -> Result<Self, Failure> {
        let project = context.project()?;
        let Definitions { models, problems, .. } = Definitions::read(&project, context.accepted()?.as_deref());
        Ok(Self { models, problems })
    }

    /// The models that selectors name. One that is not sound has its problems told.
    pub fn select(&self, selectors: &[String]) -> Result<BTreeSet<TableName>, Failure> {
        select(selectors, &self.models).map_err(|error| match error {
            SelectError::Unknown { .. } if self.problems.iter().any(Problem::is_error) => {
                Failure::problems(Code::Refused, self.problems.clone())
            }
            other => Failure::with_code(Code::Usage, other),
        })
    }

    /// What is published now of the models and their inputs.
    pub fn inputs(&self, context: &Context) -> Result<Inputs, Failure> {
        let digest = deliveries_digest(context.ledger()?.as_ref())?;
        Ok(Inputs::now(&context.lake()?, &self.models, &digest)?)
    }

    /// Tells every problem on standard error; whether there are no errors among them.
    pub fn tell(&self, context: &Context) -> Result<bool, Failure> {
        if context.is_run_of_service() {
            // which has told of them: a run is about the models that can be built
            return Ok(true);
        }
        let sound = !self.problems.iter().any(Problem::is_error);
        tell_problems(context, self.problems.clone())?;
        Ok(sound)
    }

    /// Builds what is out of date among the selected models, recorded in the ledger when there is anything to do. Each
    /// model's outcome goes to `say` as soon as it is known.
    pub fn build(&self, context: &Context, selectors: &[String], say: impl FnMut(String)) -> Result<Built, Failure> {
        let selected = self.select(selectors)?;
        let inputs = self.inputs(context)?;
        let plan = plan(&PlanContext {
            models: &self.models,
            inputs: &inputs,
            selected: &selected,
        });
        if plan.is_empty() {
            let models = plan.models.iter().map(run::ModelReport::idle).collect();
            return Ok(Built {
                plan,
                report: RunReport { models },
            });
        }
        let report = context.recorded("run", |context, record| {
            let report = self.execute(context, &plan, &record.id, say)?;
            record.detail = report.detail();
            if report.failed() {
                record.status = RunStatus::Failed.as_str().to_owned();
            }
            Ok(report)
        })?;
        Ok(Built { plan, report })
    }

    fn execute(
        &self,
        context: &Context,
        plan: &Plan,
        run: &str,
        say: impl FnMut(String),
    ) -> Result<RunReport, Failure> {
        let (engine, sources) = super::sql::tables(context)?;
        let digest = deliveries_digest(context.ledger()?.as_ref())?;
        let progress = context.progress();
        let say = RefCell::new(say);
        let task: RefCell<Option<Task>> = RefCell::new(None);
        let observe = |event: Event<'_>| match event {
            Event::Started(table) => {
                *task.borrow_mut() = Some(progress.task("run", &table.to_string(), None));
            }
            Event::Rows(_, rows) => {
                if let Some(task) = task.borrow().as_ref() {
                    task.advance(0, rows.saturating_sub(task.rows()));
                }
            }
            Event::Finished(report) => {
                task.borrow_mut().take();
                if !matches!(report.outcome, Outcome::UpToDate) {
                    (say.borrow_mut())(report.to_string());
                }
            }
        };
        let project = context.project()?;
        let report = run::run(
            &RunContext {
                engine: &engine,
                sources: &sources,
                models: &self.models,
                deliveries: &digest,
                run,
                now: context.now(),
                cancel: &context.cancel,
                queries: &project.state().join("audits"),
                observe: &observe,
            },
            plan,
        );
        let kept = report
            .models
            .iter()
            .filter(|m| matches!(m.outcome, Outcome::UpToDate))
            .count();
        if kept > 0 {
            (say.borrow_mut())(format!("up to date: {}", counted(kept as u64, "other model")));
        }
        Ok(report)
    }
}
