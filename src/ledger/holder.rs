//! Which runs are alive: each holds a lock on a file of its own, which the system drops when the process ends.
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::LedgerError;

#[derive(Debug)]
pub(super) struct Holders {
    folder: PathBuf,
    held: Mutex<HashMap<String, File>>,
}

impl Holders {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            held: Mutex::default(),
        }
    }

    fn file(&self, run: &str) -> PathBuf {
        self.folder.join(format!("{run}.lock"))
    }

    /// Takes the lock of a run that begins.
    pub(super) fn hold(&self, run: &str) -> Result<(), LedgerError> {
        let path = self.file(run);
        let open = |path: &Path| {
            std::fs::create_dir_all(&self.folder)?;
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            file.try_lock()?;
            Ok(file)
        };
        let file = open(&path).map_err(|source| LedgerError::Open { path, source })?;
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.to_owned(), file);
        Ok(())
    }

    /// Gives up the lock of a run that has ended.
    pub(super) fn release(&self, run: &str) {
        if let Some(file) = self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(run) {
            // Leftover files are harmless: the run's row says it has ended.
            let _ = std::fs::remove_file(self.file(run));
            drop(file);
        }
    }

    /// Whether some process holds the run's lock.
    pub(super) fn alive(&self, run: &str) -> bool {
        if self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(run)
        {
            return true;
        }
        match File::open(self.file(run)) {
            Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        }
    }
}
