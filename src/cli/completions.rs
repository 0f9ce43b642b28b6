//! `sluis completions`: what a shell needs to complete commands and options.
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Context, Failure};

/// What can be typed after `sluis completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell; for bash: `sluis completions bash > ~/.local/share/bash-completion/completions/sluis`
    shell: Shell,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    // The generator panics when it cannot write, and a closed pipe is no reason to panic: hence the buffer.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sluis", &mut script);
    std::io::Write::write_all(&mut context.out(), &script)?;
    Ok(ExitCode::SUCCESS)
}
