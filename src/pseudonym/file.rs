//! The key ring's file: who may read it, and how it is written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::error::KeyError;

/// Far more than any ring needs
const LONGEST: usize = 1 << 20;

/// What a process means to do with the ring for as long as it holds the file
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Only look at it
    No,
    /// Make pseudonyms: no rotation may begin
    Shared,
    /// Rotate: nobody else may make pseudonyms
    Alone,
}

/// Reads the ring through one descriptor, after checking that descriptor: a regular file of ours, 0600 or stricter,
/// not reached through a link. The file that is returned keeps the lock.
pub(super) fn read(path: &Path, hold: Hold) -> Result<(Zeroizing<String>, Option<File>), KeyError> {
    let file = loop {
        let file = open(path)?;
        if hold == Hold::No {
            let text = read_text(&file, LONGEST).map_err(|source| failed("read", path, source))?;
            return Ok((text, None));
        }
        lock(&file, path, hold)?;
        // a rotation may have put a new file in its place before the lock was ours
        let (ours, there) = (file.metadata(), fs::metadata(path));
        let same =
            matches!((&ours, &there), (Ok(ours), Ok(there)) if ours.ino() == there.ino() && ours.dev() == there.dev());
        if same || there.is_err() {
            break file;
        }
    };
    let text = read_text(&file, LONGEST).map_err(|source| failed("read", path, source))?;
    Ok((text, Some(file)))
}

fn open(path: &Path) -> Result<File, KeyError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let descriptor = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR => KeyError::Missing { path: path.to_owned() },
        Errno::LOOP => untrusted(path, "it is a symbolic link; name the file itself"),
        other => KeyError::Io {
            action: "open",
            path: path.to_owned(),
            source: other.into(),
        },
    })?;
    let file = File::from(descriptor);
    let about = file.metadata().map_err(|source| failed("examine", path, source))?;
    if !about.is_file() {
        return Err(untrusted(path, "it is not a regular file"));
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(untrusted(
            path,
            "it belongs to another user; only a file of the user who runs sluis is read",
        ));
    }
    if about.mode() & 0o177 != 0 {
        let reason = format!(
            "its mode is {:04o}; only the owner may read it: chmod 600",
            about.mode() & 0o7777
        );
        return Err(untrusted(path, &reason));
    }
    Ok(file)
}

fn lock(file: &File, path: &Path, hold: Hold) -> Result<(), KeyError> {
    let locked = if hold == Hold::Alone {
        file.try_lock()
    } else {
        file.try_lock_shared()
    };
    match locked {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) if hold == Hold::Alone => Err(KeyError::InUse { path: path.to_owned() }),
        Err(TryLockError::WouldBlock) => Err(KeyError::BeingRotated { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => {
            // a file system without locks: two people must agree not to rotate and ingest at once
            tracing::debug!(%error, "the key ring cannot be locked");
            Ok(())
        }
    }
}

/// At most `longest` bytes of UTF-8, in memory that is wiped afterwards
pub(super) fn read_text(mut from: impl Read, longest: usize) -> io::Result<Zeroizing<String>> {
    // one buffer of the full size: a growing one would leave copies of the keys behind
    let mut bytes = Zeroizing::new(vec![0u8; longest.min(LONGEST) + 1]);
    let mut length = 0;
    loop {
        match from.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if length == bytes.len() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than any key ring"));
        }
    }
    match std::str::from_utf8(&bytes[..length]) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text")),
    }
}

/// Writes a new ring; fails if there is one
pub(super) fn create(path: &Path, text: &str) -> Result<File, KeyError> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .recursive(true)
            .create(directory)
            .map_err(|source| failed("make the folder of", path, source))?;
    }
    let (written, file) = write_beside(path, text)?;
    // a link, not a rename: it fails when the name is taken
    let linked = fs::hard_link(&written, path);
    let removed = fs::remove_file(&written);
    linked.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => failed("write", path, source),
    })?;
    removed.map_err(|source| failed("write", path, source))?;
    sync_directory(path)?;
    lock(&file, path, Hold::Shared)?;
    Ok(file)
}

/// Replaces the ring in one step; the old one stays whole until the new one is on disk. The new file is locked before
/// anybody can open it.
pub(super) fn replace(path: &Path, text: &str, hold: Hold) -> Result<File, KeyError> {
    let (written, file) = write_beside(path, text)?;
    lock(&file, path, hold)?;
    fs::rename(&written, path).map_err(|source| {
        let _ = fs::remove_file(&written);
        failed("write", path, source)
    })?;
    sync_directory(path)?;
    Ok(file)
}

fn write_beside(path: &Path, text: &str) -> Result<(PathBuf, File), KeyError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || -> io::Result<File> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(file)
    };
    let file = write().map_err(|source| {
        let _ = fs::remove_file(&beside);
        failed("write", path, source)
    })?;
    Ok((beside, file))
}

fn sync_directory(path: &Path) -> Result<(), KeyError> {
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| failed("flush the folder of", path, source))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

fn untrusted(path: &Path, reason: &str) -> KeyError {
    KeyError::Untrusted {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
