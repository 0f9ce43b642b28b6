//! What a command works with: the project and its parts, opened when first asked for.
use std::cell::OnceCell;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use indicatif::MultiProgress;
use zeroize::Zeroizing;

use super::{Failure, Globals, Out, text};
use crate::config::{self, Log, LogFormat, Project, ProjectStart, Settings};
use crate::lake::{Lake, LakeOptions};
use crate::ledger::Ledger;
use crate::pseudonym::{self, KeyError, KeyRing, KeySource};
use crate::serve::runner::{LIFELINE, WHO};
use crate::telemetry::{self, Progress};

/// What a command works with.
pub struct Context {
    globals: Globals,
    environment: Vec<(String, String)>,
    cwd: PathBuf,
    out: Out,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    bars: Option<MultiProgress>,
    json_logs: bool,
    /// Raised when the user wants to stop; long work polls it.
    pub cancel: Arc<AtomicBool>,
    project: OnceCell<Arc<Project>>,
    ledger: OnceCell<Arc<Ledger>>,
    lake: OnceCell<Lake>,
    keys: OnceCell<Arc<KeyRing>>,
    handed_over: Option<(String, Arc<Zeroizing<String>>)>,
}

impl Context {
    /// The context of this process: its environment, working directory and streams.
    pub(super) fn from_process(globals: Globals) -> Self {
        let stderr_is_terminal = std::io::stderr().is_terminal();
        Self {
            globals,
            environment: settings_of_environment(),
            cwd: std::env::current_dir().unwrap_or_default(),
            out: Out::stdout(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal,
            bars: stderr_is_terminal.then(MultiProgress::new),
            json_logs: false,
            cancel: Arc::default(),
            project: OnceCell::new(),
            ledger: OnceCell::new(),
            lake: OnceCell::new(),
            keys: OnceCell::new(),
            handed_over: None,
        }
    }

    /// Logging as the project says, or as the environment and flags say where there is no (good) project.
    pub(super) fn start_logging(&mut self) {
        let Some(log) = self
            .settings()
            .map(|settings| settings.log)
            .ok()
            .or_else(|| self.log_asked_for())
        else {
            return;
        };
        telemetry::init(&log, self.stderr_is_terminal, self.bars.clone());
        self.json_logs = log.format == LogFormat::Json;
    }

    /// Settings of the project; where there is no (good) one, those of the environment and flags.
    pub fn settings(&self) -> Result<Settings, Failure> {
        match self.project() {
            Ok(project) => Ok(project.settings.clone()),
            Err(_) => self.settings_without_project(),
        }
    }

    fn settings_without_project(&self) -> Result<Settings, Failure> {
        config::resolve_settings(None, &self.environment, &self.flags())
            .map_err(|problems| config::ConfigError::Problems(problems).into())
    }

    /// JSON, where that is asked for beside settings that cannot be used: whoever reads the log is told in JSON of those.
    fn log_asked_for(&self) -> Option<Log> {
        let is_json = |(name, value): &(String, String)| {
            ["log.format", "SLUIS__LOG__FORMAT"].contains(&name.as_str()) && value == "json"
        };
        let asked = self.flags().iter().chain(&self.environment).any(is_json);
        asked.then(|| Log {
            format: LogFormat::Json,
            level: "info".to_owned(),
        })
    }

    /// Settings given as flags.
    fn flags(&self) -> Vec<(String, String)> {
        let mut flags = self.globals.set.clone();
        flags.extend(
            self.globals
                .log_format
                .clone()
                .map(|format| ("log.format".to_owned(), format)),
        );
        flags
    }

    /// Settings of this command only, as typed after `--set`.
    pub fn settings_typed(&self) -> Vec<String> {
        let flags = self.flags().into_iter();
        flags.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// The environment variable that the key ring came in, and its value, for a process that needs it.
    pub fn handed_over(&self) -> Option<(String, Arc<Zeroizing<String>>)> {
        self.handed_over.clone()
    }

    /// The project: `--project`, `SLUIS_PROJECT`, or the nearest parent with `config/sluis.toml`.
    pub fn project(&self) -> Result<Arc<Project>, Failure> {
        if let Some(project) = self.project.get() {
            return Ok(Arc::clone(project));
        }
        let env = std::env::var_os("SLUIS_PROJECT")
            .filter(|name| !name.is_empty())
            .map(PathBuf::from);
        let flag = self.globals.project.clone();
        let start = ProjectStart {
            flag,
            env,
            cwd: self.cwd.clone(),
        };
        let project = Arc::new(Project::open(&start, &self.environment, &self.flags())?);
        Ok(Arc::clone(self.project.get_or_init(|| project)))
    }

    /// The same context on another project (`sluis demo` makes one and goes on in it).
    pub fn in_project(&self, root: &Path) -> Self {
        let globals = Globals {
            project: Some(root.to_path_buf()),
            ..self.globals.clone()
        };
        Self {
            globals,
            environment: self.environment.clone(),
            cwd: self.cwd.clone(),
            out: self.out.clone(),
            stdout_is_terminal: self.stdout_is_terminal,
            stderr_is_terminal: self.stderr_is_terminal,
            bars: self.bars.clone(),
            json_logs: self.json_logs,
            cancel: Arc::clone(&self.cancel),
            project: OnceCell::new(),
            ledger: OnceCell::new(),
            lake: OnceCell::new(),
            keys: OnceCell::new(),
            handed_over: self.handed_over.clone(),
        }
    }

    /// The ledger of deliveries and runs.
    pub fn ledger(&self) -> Result<Arc<Ledger>, Failure> {
        if let Some(ledger) = self.ledger.get() {
            return Ok(Arc::clone(ledger));
        }
        let ledger = Arc::new(Ledger::open(&self.project()?.ledger_file())?);
        Ok(Arc::clone(self.ledger.get_or_init(|| ledger)))
    }

    /// The lake, put in order first if a crash left something behind.
    pub fn lake(&self) -> Result<Lake, Failure> {
        if let Some(lake) = self.lake.get() {
            return Ok(lake.clone());
        }
        let project = self.project()?;
        let options = LakeOptions {
            single_file_bytes: project.settings.publish.single_file_bytes.bytes(),
            ..LakeOptions::default()
        };
        let lake = Lake::open(&project.lake(), options)?;
        match lake.recover() {
            Ok(done) => done.iter().for_each(|what| tracing::warn!("lake: {what}")),
            // A lake that can only be read can still be read.
            Err(error) => tracing::warn!(%error, "the lake could not be put in order"),
        }
        Ok(self.lake.get_or_init(|| lake).clone())
    }

    /// The folder of contracts as they were when they were last sound, for a run of the service: it goes on with those
    /// where a contract is being changed and is wrong.
    pub fn accepted(&self) -> Result<Option<PathBuf>, Failure> {
        match self.is_run_of_service() {
            true => Ok(Some(self.project()?.accepted())),
            false => Ok(None),
        }
    }

    /// Where the key ring is.
    pub fn key_source(&self) -> Result<KeySource, Failure> {
        let project = self.project()?;
        Ok(self.key_source_of(&project)?)
    }

    fn key_source_of(&self, project: &Project) -> Result<KeySource, KeyError> {
        let variable = |name: &str| match &self.handed_over {
            Some((held, value)) if held == name => Some(value.as_str().to_owned()),
            _ => self.variable(name),
        };
        KeySource::resolve(&project.settings.keys.source, &project.root, variable)
    }

    /// The key ring. A missing one is an error: there is no default key.
    pub fn keys(&self) -> Result<Arc<KeyRing>, KeyError> {
        if let Some(keys) = self.keys.get() {
            return Ok(Arc::clone(keys));
        }
        let project = self.project().map_err(|_| KeyError::Source)?;
        let keys = Arc::new(KeyRing::load(&self.key_source_of(&project)?)?);
        Ok(Arc::clone(self.keys.get_or_init(|| keys)))
    }

    /// Takes a key ring that stands in the environment out of it: the process starts over without the variable. Call
    /// before there are threads.
    pub(super) fn take_keys_from_environment(&mut self) {
        let Ok(project) = self.project() else { return };
        let Some(name) = project.settings.keys.source.strip_prefix("env:").map(str::trim) else {
            return;
        };
        let value = pseudonym::leave_environment(name, |name| std::env::var_os(name));
        self.handed_over = value.map(|value| (name.to_owned(), Arc::new(value)));
    }

    /// The time. Nothing below the command line looks at the clock: pass it on.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Who runs this, for the ledger: the login name, and with `sudo` that of who typed it.
    pub fn who(&self) -> String {
        let name = [WHO, "SUDO_USER", "USER", "LOGNAME"]
            .into_iter()
            .find_map(|name| self.variable(name));
        name.unwrap_or_else(super::process::user_name)
    }

    /// An environment variable, when set and not empty.
    pub fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The working directory: paths that the user types are relative to it.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// A command as the user would type it here: this program by the name it was called, on this project.
    pub fn typed(&self, words: &[&str]) -> String {
        let program = std::env::args_os()
            .next()
            .map_or_else(|| "sluis".into(), |name| name.to_string_lossy().into_owned());
        let project = self.globals.project.as_ref().map(|dir| text::short(dir, &self.cwd));
        let project = project.filter(|dir| dir != Path::new("."));
        let project = project.map(|dir| text::quoted(&dir.to_string_lossy()));
        let project = project.iter().flat_map(|dir| ["--project", dir.as_str()]);
        let line: Vec<&str> = std::iter::once(program.as_str())
            .chain(project)
            .chain(words.iter().copied())
            .collect();
        line.join(" ")
    }

    /// Standard output: `writeln!(context.out(), ...)?`. Data goes here, all else is logged.
    pub fn out(&self) -> Out {
        self.out.clone()
    }

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Whether standard error is a terminal.
    pub fn stderr_is_terminal(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Whether everything on standard error is JSON, a line each.
    pub fn json_logs(&self) -> bool {
        self.json_logs
    }

    /// Whether this is a run of the service, which tells by itself what is wrong with contracts and models.
    pub fn is_run_of_service(&self) -> bool {
        self.variable(LIFELINE).is_some()
    }

    /// Progress of long work: bars on a terminal, else log lines.
    pub fn progress(&self) -> Progress {
        self.bars.clone().map_or_else(Progress::lines, Progress::bars)
    }

    /// Whether the user wants to stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::SeqCst)
    }

    /// Fails when the user wants to stop; for between steps.
    pub fn check_cancelled(&self) -> Result<(), Failure> {
        if self.cancelled() {
            Err(Failure::interrupted())
        } else {
            Ok(())
        }
    }
}

/// The settings among the environment variables; nothing else is copied, since keys may be there too.
fn settings_of_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter(|(name, _)| name.to_string_lossy().starts_with("SLUIS__"))
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .collect()
}
