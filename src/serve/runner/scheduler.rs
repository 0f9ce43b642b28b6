//! The loop: what has arrived, what is due, what may start.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::child::{Exit, Launcher, who};
use super::heartbeat::Heartbeat;
use super::project::{Definition, Watched};
use super::watch::Watch;
use crate::config::Project;
use crate::ingest::IngestError;
use crate::lake::Lake;
use crate::ledger::{Ledger, LedgerError, Run, RunStatus};
use crate::schedule::{Attempt, Claim, Ended, claim, finish, orphans, tick};

/// How often runs of processes that are gone are looked for.
const ORPHANS: Duration = Duration::from_secs(30);

/// The most characters that are kept of why a run failed.
const MOST_REASON: usize = 1_000;

/// Why the loop cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The heartbeat failed.
    #[error("the scheduler's heartbeat cannot start: {0}")]
    Heartbeat(#[from] tokio_cron_scheduler::JobSchedulerError),
}

/// What the loop works with.
pub struct Setup {
    /// The project.
    pub project: Arc<Project>,
    /// Its tables.
    pub lake: Lake,
    /// Its ledger.
    pub ledger: Arc<Ledger>,
    /// This program.
    pub program: PathBuf,
    /// Settings that hold for this process only, as `section.key=value`.
    pub settings: Vec<String>,
    /// A variable that the key ring is in, and its value.
    pub keys: Option<(String, Arc<zeroize::Zeroizing<String>>)>,
}

/// Runs what is due.
pub struct Runner {
    project: Arc<Project>,
    ledger: Arc<Ledger>,
    launcher: Launcher,
    owner: String,
    look: Arc<Mutex<Look>>,
}

/// What one beat looks at.
struct Look {
    watched: Watched,
    watch: Watch,
    orphans: Option<Instant>,
}

impl Runner {
    /// Reads the project and takes a name in the ledger, by which other processes can tell that this one lives.
    ///
    /// # Errors
    /// When the ledger cannot be used.
    pub fn open(setup: Setup) -> Result<Self, RunnerError> {
        let started = Utc::now().timestamp_nanos_opt().unwrap_or_default();
        let owner = format!("serve-{}-{started}", std::process::id());
        setup.ledger.hold_owner(&owner)?;
        let look = Look {
            watched: Watched::open(Arc::clone(&setup.project)),
            watch: Watch::new(Arc::clone(&setup.project), setup.lake, Arc::clone(&setup.ledger)),
            orphans: None,
        };
        Ok(Self {
            launcher: Launcher {
                program: setup.program,
                project: setup.project.root.clone(),
                settings: setup.settings,
                keys: setup.keys,
            },
            project: setup.project,
            ledger: setup.ledger,
            owner,
            look: Arc::new(Mutex::new(look)),
        })
    }

    /// What is wrong with contracts and models, one line each.
    pub fn problems(&self) -> Vec<String> {
        let look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        look.watched.now.problems.iter().map(ToString::to_string).collect()
    }

    /// Runs what is due until `stop`; then what runs may end, at most for as long as `schedule.drain_seconds` says, and is
    /// told to stop after that: it comes due again when the service does.
    ///
    /// # Errors
    /// When it cannot start. What goes wrong later is logged, and tried again at the next beat.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), RunnerError> {
        let mut heartbeat = Heartbeat::start().await?;
        let mut runs = JoinSet::new();
        let hurry = CancellationToken::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = heartbeat.next() => {}
                Some(_) = runs.join_next() => {}
            }
            for claim in self.beat().await {
                tracing::info!(
                    job = claim.job.name,
                    key = claim.key,
                    attempt = claim.attempt,
                    "run starts"
                );
                runs.spawn(Arc::clone(&self).attempt(claim, hurry.clone()));
            }
        }
        heartbeat.stop().await;
        let drain = Duration::from_secs(self.project.settings.schedule.drain_seconds);
        if tokio::time::timeout(drain, async { while runs.join_next().await.is_some() {} })
            .await
            .is_err()
        {
            tracing::warn!("runs go on after {} seconds and are told to stop", drain.as_secs());
            hurry.cancel();
            while runs.join_next().await.is_some() {}
        }
        self.ledger.release_owner(&self.owner);
        Ok(())
    }

    /// Looks at everything once, and gives what may start.
    async fn beat(self: &Arc<Self>) -> Vec<Claim> {
        let runner = Arc::clone(self);
        let looked = tokio::task::spawn_blocking(move || runner.look_around()).await;
        match looked {
            Ok(Ok(claims)) => claims,
            Ok(Err(error)) => {
                tracing::error!(%error, "what is due cannot be told");
                Vec::new()
            }
            Err(error) => {
                tracing::error!(%error, "what is due cannot be told");
                Vec::new()
            }
        }
    }

    fn look_around(&self) -> Result<Vec<Claim>, IngestError> {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let look = &mut *look;
        let (now, beat) = (Utc::now(), Instant::now());
        if look.watched.refresh() {
            tracing::info!("contracts and models were read again");
        }
        let definition: Arc<Definition> = Arc::clone(&look.watched.now);
        if look.orphans.is_none_or(|last| beat.duration_since(last) >= ORPHANS) {
            look.orphans = Some(beat);
            for lost in orphans(&self.ledger, |owner| self.ledger.owner_alive(owner), now)? {
                tracing::warn!(
                    job = lost.job,
                    key = lost.key,
                    status = %lost.status,
                    "a run was left by a process that is gone"
                );
            }
        }
        let steady = Duration::from_secs(self.project.settings.schedule.stable_seconds);
        if let Err(error) = look.watch.look(&definition, steady, beat, now) {
            tracing::error!(%error, "the landing folder cannot be looked at");
        }
        tick(&self.ledger, &definition.jobs, now)?;
        let limit = self.project.settings.schedule.concurrency;
        let mut claims = Vec::new();
        while let Some(claim) = claim(&self.ledger, &definition.jobs, &self.owner, limit, now)? {
            claims.push(claim);
        }
        Ok(claims)
    }

    /// One attempt, from start to what became of it.
    async fn attempt(self: Arc<Self>, claim: Claim, hurry: CancellationToken) {
        let started = Utc::now();
        let exit = self.launcher.run(&claim, &hurry).await;
        let runner = Arc::clone(&self);
        let written = tokio::task::spawn_blocking(move || {
            let runs = runner.runs_since(&claim, started)?;
            let ended = ended(exit, &runs);
            tracing::info!(job = claim.job.name, key = claim.key, outcome = ?ended, "run ended");
            let attempt = Attempt {
                ended,
                changed: runs.iter().any(has_published),
                runs: runs.into_iter().map(|run| run.id).collect(),
            };
            finish(&runner.ledger, &claim, attempt, Utc::now())
        });
        match written.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the end of a run could not be written"),
            Err(error) => tracing::error!(%error, "the end of a run could not be written"),
        }
    }

    /// The runs that an attempt has in the ledger.
    fn runs_since(&self, claim: &Claim, started: chrono::DateTime<Utc>) -> Result<Vec<Run>, LedgerError> {
        let who = who(&claim.job.name);
        let mut runs = self.ledger.runs(100)?;
        runs.retain(|run| run.who == who && run.started_at >= started);
        Ok(runs)
    }
}

/// What an attempt came to.
fn ended(exit: Exit, runs: &[Run]) -> Ended {
    let failed = |reason: String, worth_retrying| Ended::Failed { reason, worth_retrying };
    match exit {
        Exit::TimedOut => Ended::TimedOut,
        Exit::Stopped => Ended::Interrupted,
        Exit::Lost(reason) => failed(reason, true),
        Exit::Status(status, words) => match status.code() {
            Some(0) => Ended::Succeeded,
            Some(130) => Ended::Interrupted,
            // a file, the ledger or the lake, or another process in the way: that may pass
            Some(4) => failed(why(runs, &words), true),
            Some(_) => failed(why(runs, &words), false),
            None => failed("the run was killed; it may have run out of memory".to_owned(), true),
        },
    }
}

/// Why a run did not do what it should: what it has written down, else the error it ended with.
fn why(runs: &[Run], words: &str) -> String {
    let written = runs.iter().flat_map(|run| {
        let detail = &run.detail;
        let each = ["rejected", "failed"].map(|kind| detail[kind].as_object());
        let deliveries = each.into_iter().flatten().flatten();
        let deliveries = deliveries.map(|(what, reason)| format!("{what}: {}", reason.as_str().unwrap_or_default()));
        let models = ["audit failed", "failed"].into_iter().flat_map(|word| {
            let names = detail["models"][word].as_array().into_iter().flatten();
            names.map(move |name| format!("{}: {word}", name.as_str().unwrap_or_default()))
        });
        deliveries.chain(models).collect::<Vec<_>>()
    });
    let written = written.collect::<Vec<_>>().join("; ");
    let said = match written.is_empty() {
        false => Some(written.as_str()),
        true => words.lines().rev().find_map(|line| line.strip_prefix("error: ")),
    };
    let said = said.unwrap_or("it was refused; `sluis runs` and `sluis status` say more");
    said.chars().take(MOST_REASON).collect()
}

/// Whether a run has published anything.
fn has_published(run: &Run) -> bool {
    let detail = &run.detail;
    let deliveries = detail["deliveries"]["published"].as_u64().unwrap_or(0);
    let models = detail["models"]["published"].as_array().map_or(0, Vec::len);
    run.status != RunStatus::Running.as_str() && (deliveries > 0 || models > 0)
}
