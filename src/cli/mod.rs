//! The command line: the only place that prints, reads the environment or looks at the clock.
//!
//! Exit codes are those of [`Code`].

mod agenda;
mod args;
mod context;
mod failure;
mod intake;
mod out;
mod process;
mod set_aside;
mod shipped;
mod tables;
pub mod text;

pub mod completions;
pub mod config;
pub mod contract;
pub mod demo;
pub mod gc;
pub mod health;
pub mod history;
pub mod ingest;
pub mod init;
pub mod keys;
pub mod layout;
pub mod plan;
pub mod quarantine;
pub mod recorded;
mod report;
pub mod rollback;
pub mod run;
pub mod runs;
pub mod sample;
pub mod schedule;
pub mod serve;
pub mod sql;
pub mod status;
pub mod token;
pub mod validate;
pub mod withdraw;

pub use args::{Cli, Command, Globals};
pub use context::Context;
pub use failure::{Code, Failure};
pub use out::Out;

use std::process::ExitCode;

use clap::Parser;

/// Runs the program and maps its outcome to an exit code.
pub fn main() -> ExitCode {
    process::harden();
    if let Some(code) = process::read_delivery() {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed here too; a closed pipe under them is fine.
            let _ = error.print();
            return if error.use_stderr() {
                Code::Usage.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let mut context = Context::from_process(cli.globals);
    context.take_keys_from_environment();
    context.start_logging();
    process::on_panic();
    process::on_interrupt(&context.cancel, cli.command.is_service());
    process::on_lifeline(&context.cancel);
    let outcome = dispatch(cli.command, &mut context);
    let outcome = outcome.and_then(|code| Ok(std::io::Write::flush(&mut context.out()).map(|()| code)?));
    match outcome {
        Ok(_) if context.cancelled() => Failure::interrupted().report(&context),
        Ok(code) => code,
        Err(failure) => failure.report(&context),
    }
}

fn dispatch(command: Command, context: &mut Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(args) => init::run(args, context),
        Command::Demo(args) => demo::run(args, context),
        Command::Sample(args) => sample::run(args, context),
        Command::Validate(args) => validate::run(args, context),
        Command::Contract(args) => contract::run(args, context),
        Command::Layout(args) => layout::run(args, context),
        Command::Keys(args) => keys::run(args, context),
        Command::Ingest(args) => ingest::run(args, context),
        Command::Quarantine(args) => quarantine::run(args, context),
        Command::Plan(args) => plan::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Serve(args) => serve::run(args, context),
        Command::Health(args) => health::run(args, context),
        Command::Schedule(args) => schedule::run(args, context),
        Command::Backfill(args) => schedule::backfill(args, context),
        Command::Token(args) => token::run(args, context),
        Command::Sql(args) => sql::run(args, context),
        Command::Report(args) => report::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Runs(args) => runs::run(args, context),
        Command::History(args) => history::run(args, context),
        Command::Rollback(args) => rollback::run(args, context),
        Command::Withdraw(args) => withdraw::run(args, context),
        Command::Gc(args) => gc::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Completions(args) => completions::run(args, context),
    }
}
