//! A delivery under its own name only when complete.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SampleError;

/// A file that is not complete yet, and what it will be called.
pub(super) struct Part {
    path: PathBuf,
    part: PathBuf,
}

impl Part {
    /// The file `name` in `folder`, which is made when absent.
    ///
    /// # Errors
    /// When there is one of that name already, or the folder cannot be made.
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, SampleError> {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(SampleError::Exists { path });
        }
        let part = folder.join(format!(".{name}.part"));
        let made = fs::create_dir_all(folder).map_err(|source| SampleError::Write {
            path: folder.to_path_buf(),
            source,
        });
        made.map(|()| Self { path, part })
    }

    /// Where to write for now.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Where it will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What to say when it cannot be written.
    pub(super) fn failed(&self, source: io::Error) -> SampleError {
        SampleError::Write {
            path: self.path.clone(),
            source,
        }
    }

    /// Gives the file its name; the number of its bytes.
    pub(super) fn complete(&self) -> Result<u64, SampleError> {
        let complete = || {
            fs::rename(&self.part, &self.path)?;
            fs::metadata(&self.path)
        };
        complete().map(|file| file.len()).map_err(|source| self.failed(source))
    }
}
