//! Where the key ring is kept: a file, an environment variable, or a command that prints it.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::error::KeyError;
use super::file::{self, Hold};

const LONGEST: usize = 1 << 16;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the key ring is kept; shows where, never what
pub struct KeySource(Kind);

enum Kind {
    File(PathBuf),
    Env { name: String, value: Zeroizing<String> },
    Exec { words: Vec<String>, hidden: Option<String> },
}

impl KeySource {
    /// From the setting `keys.source`; a relative path starts at the project, `variable` looks up the environment
    pub fn resolve(setting: &str, project: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, KeyError> {
        let (kind, rest) = setting.split_once(':').ok_or(KeyError::Source)?;
        let rest = rest.trim();
        if rest.is_empty() {
            return Err(KeyError::Source);
        }
        match kind {
            "file" => Ok(Self::file(project.join(rest))),
            "env" => match variable(rest) {
                Some(value) => Ok(KeySource(Kind::Env {
                    name: rest.to_owned(),
                    value: Zeroizing::new(value),
                })),
                None => Err(KeyError::NoVariable { name: rest.to_owned() }),
            },
            "exec" => {
                let words = words(rest).filter(|words| !words.is_empty()).ok_or(KeyError::Source)?;
                Ok(KeySource(Kind::Exec { words, hidden: None }))
            }
            _ => Err(KeyError::Source),
        }
    }

    /// A key ring file
    pub fn file(path: PathBuf) -> Self {
        KeySource(Kind::File(path))
    }

    /// The same, with this variable kept from the command that prints the ring
    pub fn hiding(mut self, variable: &str) -> Self {
        if let Kind::Exec { hidden, .. } = &mut self.0 {
            *hidden = Some(variable.to_owned());
        }
        self
    }

    /// The file, when it is one
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::File(path) => Some(path),
            Kind::Env { .. } | Kind::Exec { .. } => None,
        }
    }

    /// The environment variable, when it is one: less safe than a file, so worth a warning
    pub fn variable(&self) -> Option<&str> {
        match &self.0 {
            Kind::Env { name, .. } => Some(name),
            Kind::File(_) | Kind::Exec { .. } => None,
        }
    }

    pub(super) fn read(&self, hold: Hold) -> Result<(Zeroizing<String>, Option<File>), KeyError> {
        match &self.0 {
            Kind::File(path) => file::read(path, hold),
            Kind::Env { name, value } => {
                tracing::warn!(
                    variable = %name,
                    "the key ring comes from an environment variable, which other programs may see; a file or a command is safer"
                );
                Ok((value.clone(), None))
            }
            Kind::Exec { words, hidden } => Ok((run(words, hidden.as_deref())?, None)),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::File(path) => write!(f, "file:{}", path.display()),
            Kind::Env { name, .. } => write!(f, "env:{name}"),
            // arguments may hold a token
            Kind::Exec { words, .. } => write!(f, "exec:{}", words.first().map_or("", String::as_str)),
        }
    }
}

/// Runs the command without a shell; its output is only ever the ring
fn run(words: &[String], hidden: Option<&str>) -> Result<Zeroizing<String>, KeyError> {
    let fail = |reason: String| KeyError::Command { reason };
    let (program, arguments) = words.split_first().ok_or(KeyError::Source)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(variable) = hidden {
        command.env_remove(variable);
    }
    let mut child = command
        .spawn()
        .map_err(|error| fail(format!("{program} does not start ({error})")))?;
    let Some(output) = child.stdout.take() else {
        return Err(fail("no output".to_owned()));
    };
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(file::read_text(output, LONGEST)));
    let text: io::Result<Zeroizing<String>> = match receive.recv_timeout(PATIENCE) {
        Ok(text) => text,
        Err(_) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(fail(format!(
                "{program} printed nothing complete in {} seconds",
                PATIENCE.as_secs()
            )));
        }
    };
    if text.is_err() {
        let _ = child.kill();
    }
    let status = child
        .wait()
        .map_err(|error| fail(format!("{program} is lost ({error})")))?;
    let text = text.map_err(|error| fail(format!("the output of {program} is {error}")))?;
    if !status.success() {
        return Err(fail(format!(
            "{program} ended with {status}; run it by hand to see why"
        )));
    }
    Ok(text)
}

/// Words of a command line, with '...' and "..." around words that hold blanks; `None` when a quote stays open
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), inside) => word.get_or_insert_default().push(inside),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, plain) => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
