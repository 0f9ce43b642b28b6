//! What can go wrong with keys; no variant holds key material.

use std::io;
use std::path::PathBuf;

/// A key problem; the text says what to do next and never shows a key
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key ring where the settings say it is
    #[error(
        "there is no key ring at {path}; make one with `sluis keys init`, or point `keys.source` at the one you have"
    )]
    Missing {
        /// Where it was looked for
        path: PathBuf,
    },
    /// A key ring is already there
    #[error(
        "there already is a key ring at {path}; a new one would orphan every pseudonym made so far (`sluis keys rotate` adds a version)"
    )]
    Exists {
        /// Where it is
        path: PathBuf,
    },
    /// The file may not be trusted
    #[error("key ring {path} is refused: {reason}")]
    Untrusted {
        /// The file
        path: PathBuf,
        /// What is wrong with it, and what to do
        reason: String,
    },
    /// The operating system said no
    #[error("cannot {action} key ring {path}")]
    Io {
        /// What was tried
        action: &'static str,
        /// The file
        path: PathBuf,
        /// The reason
        source: io::Error,
    },
    /// The ring's text does not parse; the parser's own message is left out because it may quote a key
    #[error("key ring from {origin} does not parse{}; compare it with one made by `sluis keys init`", line.map(|line| format!(" (line {line})")).unwrap_or_default())]
    Syntax {
        /// Where the text came from
        origin: String,
        /// The line, from 1
        line: Option<usize>,
    },
    /// The ring parses but breaks a rule
    #[error("key ring from {origin} is not valid: {reason}")]
    Invalid {
        /// Where the text came from
        origin: String,
        /// The rule
        reason: String,
    },
    /// `keys.source` is not understood
    #[error("`keys.source` is not understood; write `file:PATH`, `env:NAME` or `exec:COMMAND`")]
    Source,
    /// The environment variable is not there
    #[error("environment variable {name} is not set; `keys.source` says the key ring is in it")]
    NoVariable {
        /// Its name
        name: String,
    },
    /// The command failed
    #[error("the command of `keys.source` gave no key ring: {reason}")]
    Command {
        /// How it failed
        reason: String,
    },
    /// The ring cannot be changed where it lives
    #[error(
        "a key ring from {origin} cannot be changed by sluis; rotate with `keys.source = \"file:...\"` and store the new ring in its place"
    )]
    ReadOnly {
        /// Where it came from
        origin: String,
    },
    /// Another process makes pseudonyms
    #[error("key ring {path} is in use by another sluis process; wait until it is done, or stop it")]
    InUse {
        /// The file
        path: PathBuf,
    },
    /// Another process rotates
    #[error("the keys of {path} are being rotated by another sluis process; wait until it is done")]
    BeingRotated {
        /// The file
        path: PathBuf,
    },
    /// A rotation was begun and not finished
    #[error(
        "a rotation to key version {version} was begun and not finished; run `sluis keys rotate` again before anything else uses keys"
    )]
    RotationPending {
        /// The version being rotated to
        version: u32,
    },
    /// No rotation is under way
    #[error("no rotation is under way; begin one with `sluis keys rotate`")]
    NoRotation,
    /// A domain name that cannot be used
    #[error("`keys.domain` must be 1 to 64 lower-case letters, digits, `-` or `_`")]
    Domain,
    /// The system's random source failed
    #[error("the operating system gave no random bytes: {reason}")]
    Random {
        /// Its own words
        reason: String,
    },
    /// Key derivation failed; a bug
    #[error("deriving a key failed; this is a fault in sluis, please report it")]
    Derivation,
}
