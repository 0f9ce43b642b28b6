//! `sluis init DIR`: a project folder with the shipped contracts, models and settings, and new keys.
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::text::{counted, short};
use super::{Code, Context, Failure, shipped};
use crate::config::SETTINGS_FILE;
use crate::diagnostic::printable;
use crate::pseudonym::KeyRing;

/// What can be typed after `sluis init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder: new, empty, or a project that lacks something
    dir: PathBuf,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let made = make(&args.dir, context)?;
    let mut out = context.out();
    let shown = short(&made.root, context.cwd());
    let shown = printable(&shown.to_string_lossy()).into_owned();
    let verb = if made.was_project {
        "completed the project"
    } else {
        "made a project"
    };
    writeln!(out, "{verb} in {shown}")?;
    writeln!(
        out,
        "  {} of contracts, models and settings written, {} kept",
        counted(made.written, "file"),
        made.kept
    )?;
    writeln!(out, "  {}", printable(&made.keys))?;
    let typed = |words: &[&str]| context.in_project(&made.root).typed(words);
    writeln!(out, "\nnext: put deliveries in {shown}/landing, then")?;
    writeln!(out, "  {}", typed(&["ingest"]))?;
    writeln!(out, "  {}", typed(&["run"]))?;
    writeln!(out, "without deliveries at hand, {} writes some", typed(&["sample"]))?;
    Ok(ExitCode::SUCCESS)
}

/// What `init` did.
pub(super) struct Made {
    pub(super) root: PathBuf,
    was_project: bool,
    written: u64,
    kept: u64,
    pub(super) keys: String,
}

/// Makes the project, or adds what an existing one lacks; what is there is never written over.
pub(super) fn make(dir: &Path, context: &Context) -> Result<Made, Failure> {
    let root = context.cwd().join(dir);
    let was_project = root.join(SETTINGS_FILE).is_file();
    if !was_project && !is_new(&root)? {
        return Err(
            Failure::settings(format!("{} is not empty and not a project", dir.display()))
                .hint("name a new or empty folder; nothing was written"),
        );
    }
    private_folder(&root)?;
    let root = root.canonicalize()?;
    let mut made = Made {
        root: root.clone(),
        was_project,
        written: 0,
        kept: 0,
        keys: String::new(),
    };
    // The settings come first: with them the folder is a project, and a broken-off init can be done again.
    for file in shipped::files() {
        private_folder(root.join(&file.path).parent().unwrap_or(&root))?;
        match File::options().write(true).create_new(true).open(root.join(&file.path)) {
            Ok(mut to) => {
                to.write_all(&file.content)?;
                made.written += 1;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => made.kept += 1,
            Err(error) => {
                let message = format!("{} could not be written: {error}", root.join(&file.path).display());
                return Err(Failure::new(Code::Machine, message));
            }
        }
    }
    let project = context.in_project(&root).project()?;
    for folder in [project.landing(), project.lake(), project.state(), project.spill()] {
        private_folder(&folder)?;
    }
    made.keys = match project.key_ring() {
        Some(ring) if ring.exists() => format!("key ring {} kept", short(&ring, &root).display()),
        Some(ring) => {
            private_folder(ring.parent().unwrap_or(&root))?;
            KeyRing::init(&ring, context.now())?;
            format!(
                "new key ring in {}: keep a copy of it in a safe place",
                short(&ring, &root).display()
            )
        }
        None => "the key ring is elsewhere (keys.source): none was made".to_owned(),
    };
    Ok(made)
}

fn is_new(root: &Path) -> io::Result<bool> {
    match fs::read_dir(root) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn private_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| {
            Failure::new(
                Code::Machine,
                format!("the folder {} could not be made: {error}", folder.display()),
            )
        })
}
