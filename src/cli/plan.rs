//! `sluis plan`: What a run would rebuild, and why.
use std::process::ExitCode;

use super::{Context, Failure};

/// What can be typed after `sluis plan`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: Args, _context: &mut Context) -> Result<ExitCode, Failure> {
    Err(Failure::refused("`sluis plan` is not in this build"))
}
