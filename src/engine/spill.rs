//! A spill directory per process: spill files hold person-level rows, so it is ours alone and never left behind.
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{FlockOperation, flock};

use super::EngineError;

static NEXT: AtomicU32 = AtomicU32::new(0);
const LOCK: &str = ".lock";

/// A directory that is held with a lock while this process lives, and removed when it ends.
#[derive(Debug)]
pub struct SpillDir {
    path: PathBuf,
    // the lock on it says that the directory is in use
    _lock: File,
}

impl SpillDir {
    /// Makes a directory under `root` (mode 0700), and removes those of processes that died.
    pub fn claim(root: &Path) -> Result<SpillDir, EngineError> {
        Self::try_claim(root).map_err(|source| EngineError::Spill {
            path: root.to_path_buf(),
            source,
        })
    }

    fn try_claim(root: &Path) -> io::Result<SpillDir> {
        DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        fs::set_permissions(root, fs::Permissions::from_mode(0o700))?;
        // one process at a time cleans up and claims, so that nobody removes what another is just making
        let turn = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(root.join(LOCK))?;
        flock(&turn, FlockOperation::LockExclusive)?;
        for entry in fs::read_dir(root)?.flatten().filter(|e| e.file_name() != LOCK) {
            remove_if_dead(&entry.path());
        }
        let path = root.join(format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        DirBuilder::new().mode(0o700).create(&path)?;
        let lock = File::options()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Ok(SpillDir { path, _lock: lock })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SpillDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "spill directory not removed; the next start does");
        }
    }
}

/// Removes what no living process holds.
fn remove_if_dead(path: &Path) {
    let held = File::open(path.join(LOCK)).is_ok_and(|f| flock(&f, FlockOperation::NonBlockingLockExclusive).is_err());
    if held {
        return;
    }
    let is_dir = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
    let removed = if is_dir {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    if let Err(error) = removed {
        tracing::warn!(path = %path.display(), %error, "old spill files not removed");
    }
}
