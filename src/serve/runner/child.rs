//! One attempt: `sluis ingest PIPELINE` or `sluis run SELECTOR...` in a process of its own.
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use tokio_util::sync::CancellationToken;

use crate::ledger::OccurrenceKind;
use crate::schedule::{Claim, Work};

/// Environment variable of a run that stops cleanly when its standard input ends: as when the service is gone.
pub const LIFELINE: &str = "SLUIS_LIFELINE";
/// Environment variable that says for whom a run is, in the ledger.
pub const WHO: &str = "SLUIS_WHO";

/// How long a run may take to stop after it was told to.
const STOPPING: Duration = Duration::from_secs(30);
/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Lines of a run's last words that are kept.
const LAST_LINES: usize = 20;

/// How to start runs.
#[derive(Debug, Clone)]
pub(super) struct Launcher {
    /// This program.
    pub program: PathBuf,
    /// The project.
    pub project: PathBuf,
    /// Settings that hold for this process only, as `section.key=value`.
    pub settings: Vec<String>,
    /// A variable that the key ring is in, and its value.
    pub keys: Option<(String, std::sync::Arc<zeroize::Zeroizing<String>>)>,
    /// Whether every line of the log is JSON.
    pub json_logs: bool,
}

/// How a process ended.
#[derive(Debug)]
pub(super) enum Exit {
    /// By itself, with this status and these last words.
    Status(ExitStatus, String),
    /// It was stopped because it took too long.
    TimedOut,
    /// It was stopped because the service stops.
    Stopped,
    /// It could not be started or waited for.
    Lost(String),
}

impl Launcher {
    /// Runs an attempt to its end. `stop` tells it to stop: what it has published stays.
    pub(super) async fn run(&self, claim: &Claim, stop: &CancellationToken) -> Exit {
        let mut command = Command::new(&self.program);
        command.arg("--project").arg(&self.project);
        for setting in &self.settings {
            command.arg("--set").arg(setting);
        }
        command.args(arguments(claim));
        command
            .env(LIFELINE, "1")
            .env(WHO, who(&claim.job.name))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C on a terminal is for the service, which lets its runs end
            .process_group(0);
        if let Some((name, value)) = &self.keys {
            command.env(name, value.as_str());
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Exit::Lost(format!("the run could not be started: {error}")),
        };
        let (job, is_json) = (claim.job.name.clone(), self.json_logs);
        let words = child.stderr.take();
        let words = words.map(|stderr| std::thread::spawn(move || pass_on(stderr, &job, is_json)));
        let until = claim
            .job
            .policy
            .timeout
            .and_then(|limit| Instant::now().checked_add(limit));
        let exit = loop {
            match child.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => {
                    return Exit::Status(status, last(words).await);
                }
                Err(error) => break Exit::Lost(format!("the run could not be waited for: {error}")),
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                break Exit::TimedOut;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => break Exit::Stopped,
            }
        };
        end(&mut child).await;
        exit
    }
}

/// The last words of a run that has ended. Something that it started may keep its output open: that is not waited for.
async fn last(words: Option<std::thread::JoinHandle<String>>) -> String {
    let Some(words) = words else {
        return String::new();
    };
    let until = Instant::now() + Duration::from_secs(5);
    while !words.is_finished() {
        if Instant::now() >= until {
            return String::new();
        }
        tokio::time::sleep(LOOK).await;
    }
    words.join().unwrap_or_default()
}

/// Tells a run to stop, and ends it when it does not.
async fn end(child: &mut Child) {
    drop(child.stdin.take());
    let until = Instant::now() + STOPPING;
    while Instant::now() < until {
        if let Ok(Some(_)) = child.try_wait() {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    tracing::warn!("a run did not stop in time and is ended");
    let group = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
}

/// For whom a run is, in the ledger.
pub(super) fn who(job: &str) -> String {
    format!("schedule {job}")
}

fn arguments(claim: &Claim) -> Vec<String> {
    let mut words = Vec::new();
    match &claim.job.work {
        Work::Ingest(pipeline) => {
            words.extend(["ingest".to_owned(), pipeline.clone()]);
            let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
            match claim.kind {
                OccurrenceKind::Backfill => {
                    words.extend(["--from".to_owned(), text(claim.from), "--to".to_owned(), text(claim.to)])
                }
                // files that came after its interval are for the next occurrence
                OccurrenceKind::Cron => words.extend(["--arrived-before".to_owned(), text(claim.to)]),
                _ => {}
            }
        }
        Work::Run(selectors) => {
            words.extend(["run".to_owned(), "--allow-waiting".to_owned()]);
            words.extend(selectors.iter().cloned());
        }
    }
    words
}

/// Passes what a run logs on, line by line, and gives its last words. What is no log line, as of the system when memory runs
/// out, is made one where all of them are JSON.
fn pass_on(stderr: impl Read, job: &str, is_json: bool) -> String {
    let mut last: VecDeque<String> = VecDeque::new();
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { break };
        // one write a line, so that lines of several processes do not mix
        match is_json && !line.starts_with('{') {
            true => tracing::warn!(job, "{line}"),
            false => drop(std::io::stderr().write_all(format!("{line}\n").as_bytes())),
        }
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    last.into_iter().collect::<Vec<_>>().join("\n")
}
