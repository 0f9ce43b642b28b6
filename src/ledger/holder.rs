//! Which runs are alive: each holds a lock on a file of its own, which the system drops when the process ends.
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt;
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
        let file = self.take(&path).map_err(|source| LedgerError::Open { path, source })?;
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.to_owned(), file);
        Ok(())
    }

    fn take(&self, path: &Path) -> std::io::Result<File> {
        std::fs::create_dir_all(&self.folder)?;
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                // somebody who sweeps has it for a moment
                Err(TryLockError::WouldBlock) => file.lock()?,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // a file that was swept away meanwhile is seen by nobody
            let inode = |about: std::fs::Metadata| about.ino();
            if std::fs::metadata(path).map(inode).ok() == Some(inode(file.metadata()?)) {
                return Ok(file);
            }
        }
    }

    /// Removes files that processes left behind that are gone.
    pub(super) fn sweep(&self) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "lock") {
                let held = File::open(&path).and_then(|file| file.try_lock().map(|()| file).map_err(Into::into));
                if held.is_ok() {
                    let _ = std::fs::remove_file(&path);
                }
            }
        }
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
