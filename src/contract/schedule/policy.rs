//! What happens when something could not run at its time, or fails.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;

use super::{Flaw, parse_duration};
use crate::contract::raw::RawSchedule;

/// Which of the occurrences that were missed still run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The last.
    RunLast,
    /// All of them, oldest first.
    RunAll,
    /// None.
    Skip,
}

/// What happens to an occurrence that comes due while one of the same job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// It is skipped.
    Skip,
    /// It waits; a later one takes its place.
    QueueOne,
}

macro_rules! words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!(concat!("`", $what, "` is one of ", $("\"", $word, "\" ",)+ "and not \"{}\""), text)),
                }
            }
        }
    };
}

words!(
    Missed,
    "missed",
    RunLast = "run_last",
    RunAll = "run_all",
    Skip = "skip"
);
words!(Overlap, "overlap", Skip = "skip", QueueOne = "queue_one");

/// How something runs when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which missed occurrences still run.
    pub missed: Missed,
    /// How late an occurrence may be found before it counts as missed.
    pub grace: Duration,
    /// What happens to one that comes due during another.
    pub overlap: Overlap,
    /// How many times a failure that is worth it is tried again.
    pub retries: u32,
    /// How long after the first failure; twice as long after each next one.
    pub backoff: Duration,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// By how much at most the start is put off, so that not everything starts at once.
    pub jitter: Option<Duration>,
    /// Whether it stands still.
    pub paused: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            missed: Missed::RunLast,
            grace: Duration::from_secs(3_600),
            overlap: Overlap::QueueOne,
            retries: 2,
            backoff: Duration::from_secs(60),
            timeout: None,
            jitter: None,
            paused: false,
        }
    }
}

impl Policy {
    /// The longest wait before a retry.
    pub const LONGEST_BACKOFF: Duration = Duration::from_secs(3_600);

    pub(super) fn parse(raw: &RawSchedule) -> Result<Self, Flaw> {
        let default = Self::default();
        Ok(Self {
            missed: read(raw.missed.as_ref(), str::parse)?.unwrap_or(default.missed),
            grace: read(raw.grace.as_ref(), parse_duration)?.unwrap_or(default.grace),
            overlap: read(raw.overlap.as_ref(), str::parse)?.unwrap_or(default.overlap),
            retries: raw.retries.unwrap_or(default.retries),
            backoff: read(raw.backoff.as_ref(), parse_duration)?.unwrap_or(default.backoff),
            timeout: read(raw.timeout.as_ref(), parse_duration)?,
            jitter: read(raw.jitter.as_ref(), parse_duration)?,
            paused: raw.paused,
        })
    }

    /// How long to wait after the `failed`th failure, from 1: the backoff, doubled each time, at most an hour (or the
    /// backoff itself where that is longer).
    pub fn wait(&self, failed: u32) -> Duration {
        let doubled = 1u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let most = Self::LONGEST_BACKOFF.max(self.backoff);
        self.backoff.checked_mul(doubled).map_or(most, |wait| wait.min(most))
    }
}

fn read<T>(raw: Option<&Spanned<String>>, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Flaw> {
    raw.map(|word| {
        parse(word.get_ref()).map_err(|message| Flaw {
            span: word.span(),
            message,
            hint: None,
        })
    })
    .transpose()
}
