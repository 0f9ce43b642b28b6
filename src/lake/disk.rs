//! The one door to the file system. Every operation of the lake passes here, so that tests can make the
//! N-th one fail, or record them all and forget what was not synced.

use super::{LakeError, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An operation, named as it appears in error messages
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Op<'a> {
    pub(crate) kind: OpKind,
    pub(crate) path: &'a Path,
    /// Where `path` goes: the new name, or the target of a symbolic link
    pub(crate) to: Option<&'a Path>,
}

/// What an operation does
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpKind {
    CreateDir,
    CreateFile,
    Open,
    Write,
    Read,
    List,
    SyncFile,
    SyncDir,
    Rename,
    RenameNew,
    Link,
    Symlink,
    RemoveFile,
    RemoveDir,
    Lock,
}

impl OpKind {
    const fn words(self) -> &'static str {
        match self {
            Self::CreateDir => "create folder",
            Self::CreateFile => "create file",
            Self::Open => "open",
            Self::Write => "write",
            Self::Read => "read",
            Self::List => "list",
            Self::SyncFile => "sync file",
            Self::SyncDir => "sync folder",
            Self::Rename | Self::RenameNew => "rename",
            Self::Link => "link",
            Self::Symlink => "create link",
            Self::RemoveFile => "remove file",
            Self::RemoveDir => "remove folder",
            Self::Lock => "lock",
        }
    }
}

/// Sees every operation before and after it happens, and may let it fail
pub(crate) trait Watch: Debug + Send + Sync {
    fn before(&self, op: &Op<'_>) -> io::Result<()>;
    fn after(&self, op: &Op<'_>) -> io::Result<()>;
}

/// The local disk
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    watch: Option<Arc<dyn Watch>>,
}

impl Disk {
    #[cfg(test)]
    pub(crate) fn watched(watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch) }
    }

    fn run<T>(&self, kind: OpKind, path: &Path, to: Option<&Path>, act: impl FnOnce() -> io::Result<T>) -> Result<T> {
        let op = Op { kind, path, to };
        let done = match &self.watch {
            None => act(),
            Some(watch) => watch
                .before(&op)
                .and_then(|()| act())
                .and_then(|out| watch.after(&op).map(|()| out)),
        };
        done.map_err(|error| LakeError::io(kind.words(), path, error))
    }

    pub(crate) fn create_dir(&self, path: &Path) -> Result<()> {
        self.run(OpKind::CreateDir, path, None, || {
            fs::DirBuilder::new().mode(0o700).create(path)
        })
    }

    /// Creates the folder and those above it that are missing, each made to last
    pub(crate) fn ensure_dir(&self, path: &Path) -> Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.ensure_dir(parent)?;
        }
        match self.create_dir(path) {
            Err(error) if error.is_already_exists() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => path.parent().map_or(Ok(()), |parent| self.sync_dir(parent)),
        }
    }

    /// A new empty file that only we may read; an error when there is one
    pub(crate) fn create_file(&self, path: &Path) -> Result<File> {
        self.run(OpKind::CreateFile, path, None, || {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
        })
    }

    pub(crate) fn open(&self, path: &Path) -> Result<File> {
        self.run(OpKind::Open, path, None, || File::open(path))
    }

    /// The file to lock, made when it is not there
    pub(crate) fn open_lock(&self, path: &Path) -> Result<File> {
        self.run(OpKind::Lock, path, None, || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)
        })
    }

    pub(crate) fn write(&self, path: &Path, file: &mut File, bytes: &[u8]) -> Result<()> {
        self.run(OpKind::Write, path, None, || file.write_all(bytes))
    }

    pub(crate) fn sync_file(&self, path: &Path, file: &File) -> Result<()> {
        self.run(OpKind::SyncFile, path, None, || file.sync_all())
    }

    pub(crate) fn sync_dir(&self, path: &Path) -> Result<()> {
        self.run(OpKind::SyncDir, path, None, || File::open(path)?.sync_all())
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.run(OpKind::Rename, from, Some(to), || fs::rename(from, to))
    }

    /// Renames, unless there is something under the new name
    pub(crate) fn rename_new(&self, from: &Path, to: &Path) -> Result<()> {
        self.run(OpKind::RenameNew, from, Some(to), || {
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                // some file systems cannot; a hard link does not replace either, and folders are under our lock
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if from.is_file() => {
                    fs::hard_link(from, to)?;
                    fs::remove_file(from)
                }
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => fs::rename(from, to),
                other => other.map_err(io::Error::from),
            }
        })
    }

    pub(crate) fn link(&self, from: &Path, to: &Path) -> Result<()> {
        self.run(OpKind::Link, from, Some(to), || fs::hard_link(from, to))
    }

    pub(crate) fn symlink(&self, target: &Path, at: &Path) -> Result<()> {
        self.run(OpKind::Symlink, at, Some(target), || {
            std::os::unix::fs::symlink(target, at)
        })
    }

    pub(crate) fn remove_file(&self, path: &Path) -> Result<()> {
        self.run(OpKind::RemoveFile, path, None, || fs::remove_file(path))
    }

    pub(crate) fn remove_dir(&self, path: &Path) -> Result<()> {
        self.run(OpKind::RemoveDir, path, None, || fs::remove_dir(path))
    }

    /// Names in a folder, sorted; nothing when there is no such folder
    pub(crate) fn list(&self, path: &Path) -> Result<Vec<String>> {
        let names = self.run(OpKind::List, path, None, || {
            let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect::<io::Result<Vec<String>>>()
        });
        match names {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(mut names) => {
                names.sort_unstable();
                Ok(names)
            }
        }
    }

    pub(crate) fn read(&self, path: &Path) -> Result<String> {
        self.run(OpKind::Read, path, None, || {
            let mut text = String::new();
            File::open(path)?.read_to_string(&mut text)?;
            Ok(text)
        })
    }

    /// The text of a file, `None` when there is no such file
    pub(crate) fn read_if_any(&self, path: &Path) -> Result<Option<String>> {
        match self.read(path) {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Writes a new file that lasts once its folder is synced
    pub(crate) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let mut file = self.create_file(path)?;
        self.write(path, &mut file, bytes)?;
        self.sync_file(path, &file)
    }

    /// Puts a file in the place of another in one step; `temporary` is in the same folder
    pub(crate) fn replace(&self, path: &Path, temporary: &Path, bytes: &[u8]) -> Result<()> {
        self.write_new(temporary, bytes)?;
        self.rename(temporary, path)?;
        path.parent().map_or(Ok(()), |parent| self.sync_dir(parent))
    }

    /// Removes a folder and all in it, never following links
    pub(crate) fn remove_tree(&self, path: &Path) -> Result<()> {
        for name in self.list(path)? {
            let entry = path.join(name);
            if entry.is_dir() && !entry.is_symlink() {
                self.remove_tree(&entry)?;
            } else {
                self.remove_file(&entry)?;
            }
        }
        self.remove_dir(path)
    }

    /// Every file below a folder, relative to it
    pub(crate) fn files_below(&self, path: &Path) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for name in self.list(path)? {
            let entry = path.join(&name);
            if entry.is_dir() && !entry.is_symlink() {
                found.extend(
                    self.files_below(&entry)?
                        .into_iter()
                        .map(|file| PathBuf::from(&name).join(file)),
                );
            } else {
                found.push(PathBuf::from(name));
            }
        }
        Ok(found)
    }
}
