//! The loop: what has arrived, what is due, what may start.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::child::{Launcher, who};
use super::heartbeat::Heartbeat;
use super::outcome::attempt;
use super::project::{Definition, Watched};
use super::watch::Watch;
use crate::config::{LogFormat, Project};
use crate::ingest::IngestError;
use crate::lake::Lake;
use crate::ledger::{Ledger, LedgerError, OccurrenceStatus, Run};
use crate::schedule::{Attempt, Claim, Ended, MODELS, changed, claim, finish, orphans, tick};

/// How often runs of processes that are gone are looked for.
const ORPHANS: Duration = Duration::from_secs(30);

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
    /// Why the last beat could not tell what is due.
    trouble: Mutex<Option<String>>,
}

/// What one beat looks at.
struct Look {
    watched: Watched,
    watch: Watch,
    /// When runs of processes that are gone were last looked for; never before the first beat.
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
        setup.ledger.sweep_owners();
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
                json_logs: setup.project.settings.log.format == LogFormat::Json,
            },
            project: setup.project,
            ledger: setup.ledger,
            owner,
            look: Arc::new(Mutex::new(look)),
            trouble: Mutex::default(),
        })
    }

    /// What is wrong with contracts and models, one line each.
    pub fn problems(&self) -> Vec<String> {
        let look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        look.watched.now.problems.iter().map(ToString::to_string).collect()
    }

    /// Whether it cannot tell what has arrived or is due.
    pub fn is_stuck(&self) -> bool {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some()
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
        let looked = tokio::task::spawn_blocking(move || {
            let (mut claims, mut trouble) = (Vec::new(), None);
            if let Err(error) = runner.look_around(&mut claims) {
                trouble = Some(error.to_string());
            }
            (claims, trouble)
        });
        let (claims, trouble) = looked
            .await
            .unwrap_or_else(|error| (Vec::new(), Some(error.to_string())));
        self.note(trouble);
        claims
    }

    /// Tells trouble when it begins, changes and ends: not at every beat.
    fn note(&self, trouble: Option<String>) {
        let mut known = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == trouble {
            return;
        }
        match &trouble {
            Some(error) => tracing::error!(
                error,
                "what has arrived or is due cannot be told; it is tried again each second"
            ),
            None => tracing::info!("what has arrived and is due can be told again"),
        }
        *known = trouble;
    }

    /// Puts what may start into `claims`, also what it found before something went wrong.
    fn look_around(&self, claims: &mut Vec<Claim>) -> Result<(), IngestError> {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let look = &mut *look;
        let (now, beat) = (Utc::now(), Instant::now());
        let is_read_again = look.watched.refresh();
        if is_read_again {
            tracing::info!("contracts and models were read again");
        }
        let definition: Arc<Definition> = Arc::clone(&look.watched.now);
        // what was changed while no service ran is not known; a run that finds nothing to do is cheap
        if is_read_again || look.orphans.is_none() {
            let models = definition.jobs.iter().find(|job| job.name == MODELS);
            models.map(|job| changed(&self.ledger, job, now)).transpose()?;
        }
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
        let arrived = look.watch.look(&definition, steady, beat, now);
        tick(&self.ledger, &definition.jobs, now)?;
        let limit = self.project.settings.schedule.concurrency;
        while let Some(claim) = claim(&self.ledger, &definition.jobs, &self.owner, limit, now)? {
            claims.push(claim);
        }
        arrived
    }

    /// One attempt, from start to what became of it.
    async fn attempt(self: Arc<Self>, claim: Claim, hurry: CancellationToken) {
        let started = Utc::now();
        let exit = self.launcher.run(&claim, &hurry).await;
        let runner = Arc::clone(&self);
        let written = tokio::task::spawn_blocking(move || {
            let runs = runner.runs_since(&claim, started)?;
            let attempt = attempt(&claim, exit, runs);
            let stands = finish(&runner.ledger, &claim, attempt.clone(), Utc::now())?;
            tell(&claim, &attempt, stands);
            Ok::<_, LedgerError>(stands)
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

/// Says how an attempt ended: at the level that whoever watches the log asks for.
fn tell(claim: &Claim, attempt: &Attempt, stands: Option<OccurrenceStatus>) {
    let (job, key, number) = (&claim.job.name, &claim.key, claim.attempt);
    let done = attempt.note.as_deref().unwrap_or_default();
    let (reason, again) = match &attempt.ended {
        Ended::Succeeded => return tracing::info!(job, key, attempt = number, done, "run succeeded"),
        Ended::Interrupted => return tracing::info!(job, key, attempt = number, "run interrupted; it goes on later"),
        Ended::TimedOut => (
            "it took longer than its timeout",
            stands == Some(OccurrenceStatus::Queued),
        ),
        Ended::Failed { reason, .. } => (reason.as_str(), stands == Some(OccurrenceStatus::Queued)),
    };
    match again {
        true => tracing::warn!(job, key, attempt = number, reason, "run failed; it is tried again"),
        false => tracing::error!(job, key, attempt = number, reason, "run failed"),
    }
}
