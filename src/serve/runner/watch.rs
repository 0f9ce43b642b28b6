//! Files that arrive: a pipeline with `on = "delivery"` is due when files of it have stopped growing and are to be taken.
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::left::Told;
use super::project::Definition;
use crate::config::Project;
use crate::contract::Contract;
use crate::contract::schedule::Trigger;
use crate::ingest::{Arrived, Ingest, IngestError, Left, Pending, arrived, in_order, is_complete, pending};
use crate::lake::Lake;
use crate::ledger::{Ledger, LedgerError};
use crate::pseudonym::KeyError;
use crate::schedule::{Job, delivered};
use crate::telemetry::Progress;

/// What was seen of the landing folder.
pub(super) struct Watch {
    project: Arc<Project>,
    lake: Lake,
    ledger: Arc<Ledger>,
    /// Since when each file looks as it does.
    since: HashMap<PathBuf, (String, Instant)>,
    /// What each pipeline was last looked into for.
    looked: HashMap<String, String>,
    /// The contracts that take each file, and of which definition.
    takers: HashMap<PathBuf, Vec<String>>,
    takers_of: Option<Arc<Definition>>,
    told: Told,
}

impl Watch {
    pub(super) fn new(project: Arc<Project>, lake: Lake, ledger: Arc<Ledger>) -> Self {
        Self {
            project,
            lake,
            ledger,
            since: HashMap::new(),
            looked: HashMap::new(),
            takers: HashMap::new(),
            takers_of: None,
            told: Told::default(),
        }
    }

    /// Lets pipelines come due whose files are there.
    pub(super) fn look(
        &mut self,
        definition: &Arc<Definition>,
        steady: Duration,
        beat: Instant,
        now: DateTime<Utc>,
    ) -> Result<(), IngestError> {
        if !self
            .takers_of
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, definition))
        {
            self.takers.clear();
            self.takers_of = Some(Arc::clone(definition));
        }
        let files = self.settled(definition, steady, beat)?;
        let busy = self.busy()?;
        let mut coming: BTreeSet<&str> = BTreeSet::new();
        let mut trouble = None;
        for contract in in_order(&definition.contracts) {
            let by_delivery = |job: &&Job| job.name == contract.name && job.trigger == Trigger::Delivery;
            let job = definition.jobs.iter().find(by_delivery);
            if job.is_none() && contract.schedule.is_some() {
                continue;
            }
            // rows that refer to those of another table wait for them
            let waits = contract.references.iter().any(|reference| {
                let other = reference.to.table.as_str();
                other != contract.name && (coming.contains(other) || busy.contains(other))
            });
            match self.look_into(definition, contract, job, &files, waits, now) {
                Ok(true) => {
                    coming.insert(&contract.name);
                }
                Ok(false) => {}
                // a file that cannot be opened keeps no other pipeline from its own
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Lets a pipeline come due if files of it are to be taken; whether any are, now or when they have settled.
    fn look_into(
        &mut self,
        definition: &Definition,
        contract: &Contract,
        job: Option<&Job>,
        files: &Files,
        waits: bool,
        now: DateTime<Utc>,
    ) -> Result<bool, IngestError> {
        let Some(sight) = self.sight(contract, files)? else {
            return Ok(files.growing(contract));
        };
        if waits || self.looked.get(&contract.name) == Some(&sight) {
            return Ok(false);
        }
        let Pending { files, mut left } = self.pending(definition, contract, now)?;
        let due = match job {
            Some(job) => !files.is_empty() && delivered(&self.ledger, job, &sight, now)?,
            None => {
                left.extend(files.into_iter().map(|file| Left::unscheduled(file, &contract.name)));
                false
            }
        };
        self.told.tell(&contract.name, left);
        self.looked.insert(contract.name.clone(), sight);
        Ok(due)
    }

    /// Pipelines that have something going on.
    fn busy(&self) -> Result<BTreeSet<String>, LedgerError> {
        let open = self.ledger.agenda(|agenda| agenda.open())?;
        Ok(open.into_keys().collect())
    }

    /// Files, and which of them have not changed for a while or are said to be complete.
    fn settled(&mut self, definition: &Definition, steady: Duration, beat: Instant) -> Result<Files, IngestError> {
        let landing = self.project.landing();
        let files = arrived(&landing)?;
        let mut since = HashMap::with_capacity(files.len());
        let mut settled = Files::default();
        let mut takers = HashMap::with_capacity(files.len());
        let mut unmatched = Vec::new();
        for file in files {
            let known = self
                .since
                .remove(&file.relative)
                .filter(|(stamp, _)| *stamp == file.stamp);
            let (_, start) = known.unwrap_or_else(|| (file.stamp.clone(), beat));
            let (_, of) = self.takers.remove_entry(&file.relative).unwrap_or_else(|| {
                let path = file.relative.to_string_lossy();
                let takes = |contract: &&Contract| contract.rule_for(&path).is_some();
                let names = definition.contracts.iter().filter(takes);
                (
                    file.relative.clone(),
                    names.map(|contract| contract.name.clone()).collect(),
                )
            });
            since.insert(file.relative.clone(), (file.stamp.clone(), start));
            let is_steady = beat.saturating_duration_since(start) >= steady || is_complete(&landing, &file.relative);
            settled.add(&of, &file, is_steady);
            if of.is_empty() && is_steady {
                unmatched.push(Left::unmatched(file.relative.clone()));
            }
            takers.insert(file.relative, of);
        }
        self.told.tell("", unmatched);
        (self.since, self.takers) = (since, takers);
        Ok(settled)
    }

    /// What there is to look into for a pipeline: its files, its contract, and the tables it refers to. `None` while a file
    /// of it is still growing, or when there is none.
    fn sight(&self, contract: &Contract, files: &Files) -> Result<Option<String>, IngestError> {
        if files.growing(contract) {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        let mut any = false;
        for (file, _) in files.of(contract) {
            any = true;
            hasher.update(format!("{}\n{}\n", file.relative.display(), file.stamp).as_bytes());
        }
        if !any {
            return Ok(None);
        }
        hasher.update(format!("{}\n{}\n", contract.fingerprint, contract.max_rejected.told()).as_bytes());
        for reference in contract
            .references
            .iter()
            .filter(|reference| reference.to.schema != "ref")
        {
            let version = self.lake.current(&reference.to)?.map(|manifest| manifest.version);
            hasher.update(format!("{} {version:?}\n", reference.to).as_bytes());
        }
        Ok(Some(hasher.finalize().to_hex()[..32].to_owned()))
    }

    /// Whether ingest would take anything, and what it would leave.
    fn pending(
        &self,
        definition: &Definition,
        contract: &Contract,
        now: DateTime<Utc>,
    ) -> Result<Pending, IngestError> {
        let progress = Progress::lines();
        let work = Ingest {
            project: &self.project,
            lake: &self.lake,
            ledger: &self.ledger,
            keys: &|| Err(KeyError::Source),
            contracts: &definition.contracts,
            progress: &progress,
            cancel: &AtomicBool::new(false),
            run: "",
            now,
            dry_run: true,
        };
        pending(&work, contract)
    }
}

/// Files of the landing folder by the contract that takes them, and whether each has settled.
#[derive(Default)]
struct Files(HashMap<String, Vec<(Arrived, bool)>>);

impl Files {
    fn add(&mut self, contracts: &[String], file: &Arrived, settled: bool) {
        for name in contracts {
            let files = self.0.entry(name.clone()).or_default();
            files.push((file.clone(), settled));
        }
    }

    fn of(&self, contract: &Contract) -> &[(Arrived, bool)] {
        self.0.get(&contract.name).map_or(&[], Vec::as_slice)
    }

    fn growing(&self, contract: &Contract) -> bool {
        self.of(contract).iter().any(|(_, settled)| !settled)
    }
}
