//! Leases: as long as a reader holds one, its version stays.
//!
//! A lease is a shared lock on the manifest itself, so it needs no file of its own, works on read-only
//! media, and goes when its process goes. Collecting a version takes the exclusive lock first.

use super::disk::Disk;
use super::layout::TableDir;
use super::{LakeError, Result};
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

/// Keeps a version of a table from being collected; clones share it
#[derive(Debug, Clone)]
pub struct Lease {
    /// The lock is on the open file; closing the last clone releases it
    _file: Arc<File>,
}

/// Leases a version
pub(crate) fn take(disk: &Disk, dir: &TableDir, version: u64) -> Result<Lease> {
    let path = dir.manifest(version);
    let gone = || LakeError::NoVersion {
        table: dir.name.clone(),
        version,
    };
    let file = match disk.open(&path) {
        Err(error) if error.is_not_found() => return Err(gone()),
        other => other?,
    };
    // a collector holds its lock only until the manifest is unlinked
    file.lock_shared()
        .map_err(|error| LakeError::io("lock", &path, error))?;
    let links = file
        .metadata()
        .map_err(|error| LakeError::io("look at", &path, error))?
        .nlink();
    if links == 0 {
        return Err(gone());
    }
    Ok(Lease { _file: Arc::new(file) })
}

/// The exclusive lock on a version that nobody reads; `None` when somebody does
pub(crate) fn exclude(disk: &Disk, dir: &TableDir, version: u64) -> Result<Option<File>> {
    let path = dir.manifest(version);
    let file = disk.open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(LakeError::io("lock", &path, error)),
    }
}
