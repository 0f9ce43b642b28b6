//! What can be typed.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{
    completions, config, contract, demo, gc, health, history, ingest, init, keys, layout, plan, quarantine, report,
    rollback, run, runs, sample, schedule, serve, sql, status, token, validate, withdraw,
};

/// Takes deliveries of files full of people in, and lets disclosure-safe statistics out.
#[derive(Debug, Parser)]
#[command(name = "sluis", version, max_term_width = 100, propagate_version = false, after_help = EXIT_CODES)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0    done
  1    a delivery, contract, model or query was refused or failed
  2    the command line was not understood
  3    no project, or its settings or keys cannot be used
  4    the machine failed: a file, the ledger or the lake could not be read or written
  130  interrupted";

/// Options every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Globals {
    /// The project's folder [default: SLUIS_PROJECT, else the nearest parent with config/sluis.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// A setting for this command only, as in `--set ingest.threads=2`
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// Form of the log lines on standard error: text or json
    #[arg(long, global = true, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => Err("write it as section.key=value".to_owned()),
    }
}

impl Command {
    /// Whether it goes on until it is stopped.
    pub fn is_service(&self) -> bool {
        match self {
            Command::Serve(_) => true,
            Command::Demo(args) => args.serve,
            _ => false,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project folder with the shipped contracts, models, settings and new keys
    Init(init::Args),
    /// Make a project with sample deliveries, take them in, publish the marts and report
    Demo(demo::Args),
    /// Write sample deliveries from a seed
    Sample(sample::Args),
    /// Check all contracts and models without touching data
    Validate(validate::Args),
    /// Draft a contract from a file
    Contract(contract::Args),
    /// Import a fixed-width layout
    Layout(layout::Args),
    /// Make, show and rotate the keys of the pseudonyms
    Keys(keys::Args),
    /// Take pending deliveries in
    Ingest(ingest::Args),
    /// Look at rows that were set aside, read them again, or let them go
    Quarantine(quarantine::Args),
    /// Show what a run would rebuild, and why
    Plan(plan::Args),
    /// Rebuild and publish what is out of date
    Run(run::Args),
    /// Query the published tables
    Sql(sql::Args),
    /// Run schedules, and answer queries over HTTP, PostgreSQL and Flight SQL
    Serve(serve::Args),
    /// Ask whether the service can do its work; exit code 1 when it cannot
    Health(health::Args),
    /// Show what runs by itself, and pause, resume or ask for it
    Schedule(schedule::Args),
    /// Take deliveries of a stretch of time in again, interval by interval
    Backfill(schedule::BackfillArgs),
    /// Make, show and revoke the tokens that let somebody ask the service
    Token(token::Args),
    /// Compare the printed tables of the report with the marts
    Report(report::Args),
    /// Show pipelines, their deliveries and tables
    Status(status::Args),
    /// Show the latest runs
    Runs(runs::Args),
    /// Show the versions of a table
    History(history::Args),
    /// Publish an earlier version of a table again
    Rollback(rollback::Args),
    /// Take back a table that no contract or model fills any more
    Withdraw(withdraw::Args),
    /// Remove versions that nobody needs any more
    Gc(gc::Args),
    /// Show the settings and where they come from
    Config(config::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}
