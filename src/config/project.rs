//! The project directory and what is in it.
use std::path::{Path, PathBuf};

use super::{ConfigError, Settings, resolve};

/// The settings file, relative to the project.
pub const SETTINGS_FILE: &str = "config/sluis.toml";

/// Where to look for a project: the flag, else the environment, else the working directory and its parents.
#[derive(Debug, Clone, Default)]
pub struct ProjectStart {
    /// `--project DIR`
    pub flag: Option<PathBuf>,
    /// `SLUIS_PROJECT`
    pub env: Option<PathBuf>,
    /// The working directory.
    pub cwd: PathBuf,
}

/// A project: its folder and settings.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder, absolute.
    pub root: PathBuf,
    /// Its settings, resolved.
    pub settings: Settings,
}

impl Project {
    /// Finds the project and resolves its settings. `env` is the whole environment; only `SLUIS__...` is looked at.
    /// `flags` are dotted settings with their values, `("log.format", "json")`.
    pub fn open(
        start: &ProjectStart,
        env: &[(String, String)],
        flags: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let root = find(start)?;
        let root = root
            .canonicalize()
            .map_err(|source| ConfigError::Read { path: root, source })?;
        let file = root.join(SETTINGS_FILE);
        let text = std::fs::read_to_string(&file).map_err(|source| ConfigError::Read {
            path: file.clone(),
            source,
        })?;
        let settings = resolve::settings(Some((&file, &text)), env, flags).map_err(ConfigError::Problems)?;
        Ok(Self { root, settings })
    }

    /// A path of the settings, from the project's folder.
    pub fn at(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    /// Contracts.
    pub fn pipelines(&self) -> PathBuf {
        self.root.join("pipelines")
    }

    /// Models.
    pub fn sql(&self) -> PathBuf {
        self.root.join("sql")
    }

    /// Settings and code lists.
    pub fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// Code lists, the SQL schema `ref`.
    pub fn reference(&self) -> PathBuf {
        self.root.join("config/reference")
    }

    /// Where deliveries are put.
    pub fn landing(&self) -> PathBuf {
        self.at(&self.settings.paths.landing)
    }

    /// Published tables.
    pub fn lake(&self) -> PathBuf {
        self.at(&self.settings.paths.lake)
    }

    /// Ledger and working files.
    pub fn state(&self) -> PathBuf {
        self.at(&self.settings.paths.state)
    }

    /// The ledger of deliveries and runs.
    pub fn ledger_file(&self) -> PathBuf {
        self.state().join("ledger.db")
    }

    /// Contracts as they were when they were last sound.
    pub fn accepted(&self) -> PathBuf {
        self.state().join("accepted")
    }

    /// Folder for spill files.
    pub fn spill(&self) -> PathBuf {
        let spill = &self.settings.query.spill;
        if spill.as_os_str().is_empty() {
            self.state().join("spill")
        } else {
            self.at(spill)
        }
    }

    /// History of the SQL shell.
    pub fn shell_history(&self) -> PathBuf {
        self.state().join("history.txt")
    }

    /// Where the key ring is: as the setting, with the path of a `file:` made absolute from the project.
    pub fn key_source(&self) -> String {
        match self.settings.keys.source.strip_prefix("file:") {
            Some(path) => format!("file:{}", self.at(Path::new(path)).display()),
            None => self.settings.keys.source.clone(),
        }
    }

    /// The key ring's file, if it is a file.
    pub fn key_ring(&self) -> Option<PathBuf> {
        self.settings
            .keys
            .source
            .strip_prefix("file:")
            .map(|path| self.at(Path::new(path)))
    }
}

fn find(start: &ProjectStart) -> Result<PathBuf, ConfigError> {
    let named = start.flag.as_ref().map(|path| (path, "--project"));
    let named = named.or_else(|| start.env.as_ref().map(|path| (path, "SLUIS_PROJECT")));
    if let Some((path, named_by)) = named {
        let path = start.cwd.join(path);
        return if path.join(SETTINGS_FILE).is_file() {
            Ok(path)
        } else {
            Err(ConfigError::NotAProject { path, named_by })
        };
    }
    start
        .cwd
        .ancestors()
        .find(|folder| folder.join(SETTINGS_FILE).is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| ConfigError::NoProject {
            start: start.cwd.clone(),
        })
}
