//! The publish lock of a table: one publisher at a time, released by the system when its process ends.

use super::disk::Disk;
use super::layout::TableDir;
use super::{LakeError, Result};
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a waiting publisher looks again
const PAUSE: Duration = Duration::from_millis(5);

/// Held while a table is changed
#[derive(Debug)]
pub(crate) struct Lock {
    /// The lock is on the open file; closing it releases
    _file: File,
}

/// Takes the lock of a table, waiting at most `wait`
pub(crate) fn table(disk: &Disk, dir: &TableDir, wait: Duration) -> Result<Lock> {
    match lock(disk, &dir.lock(), wait)? {
        Ok(lock) => Ok(lock),
        Err(holder) => Err(LakeError::Busy {
            table: dir.name.clone(),
            holder,
        }),
    }
}

/// Takes the lock on a file; the inner error is who holds it
pub(crate) fn lock(disk: &Disk, path: &Path, wait: Duration) -> Result<Result<Lock, String>> {
    let mut file = disk.open_lock(path)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => {
                note_holder(&mut file);
                return Ok(Ok(Lock { _file: file }));
            }
            Err(TryLockError::WouldBlock) if start.elapsed() < wait => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Ok(Err(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(LakeError::io("lock", path, error)),
        }
    }
}

/// Only for the text of [`LakeError::Busy`], so failing to write it is no failure
fn note_holder(file: &mut File) {
    let _ = file.set_len(0);
    let _ = file.write_all(format!("process {}", std::process::id()).as_bytes());
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let known = file.rewind().and_then(|()| file.read_to_string(&mut text)).is_ok();
    let text: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == ' ')
        .take(40)
        .collect();
    if known && !text.is_empty() {
        text
    } else {
        "another process".to_owned()
    }
}
