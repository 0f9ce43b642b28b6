//! `sluis sample`: writes small sample deliveries.
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Code, Context, Failure};
use crate::sample::{self, SampleError};

/// What can be typed after `sluis sample`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write the deliveries into, made when absent [default: landing/ of the project]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The same seed and scale give the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How large the country is: 1 has the pupils of the printed tables, some 60,000 third years a school year
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    pub scale: f64,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let folder = match &args.out {
        Some(out) => context.cwd().join(out),
        None => context.project()?.landing(),
    };
    let report = sample::write(&folder, args.seed, args.scale).map_err(failure)?;
    let mut out = context.out();
    writeln!(out, "{:<52} {:<26} {:>10} {:>6}", "file", "pipeline", "rows", "dirty")?;
    for file in &report.files {
        writeln!(
            out,
            "{:<52} {:<26} {:>10} {:>6}",
            file.name,
            file.pipeline,
            file.rows,
            file.dirty_rows()
        )?;
    }
    writeln!(
        out,
        "written to {}; what they hold is in {}",
        folder.display(),
        sample::REPORT_FILE
    )?;
    Ok(ExitCode::SUCCESS)
}

fn failure(error: SampleError) -> Failure {
    match error {
        SampleError::Scale { .. } => Failure::with_code(Code::Usage, error),
        SampleError::Exists { .. } => Failure::with_code(Code::Refused, error),
        SampleError::Write { .. } | SampleError::Encoding { .. } | SampleError::Margins { .. } => {
            Failure::with_code(Code::Machine, error)
        }
    }
}
