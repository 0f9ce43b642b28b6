//! Files that are written bit by bit, of which only a few are open at a time.
//!
//! A delivery may have thousands of partitions, and each has its file; a process may have a few hundred files open.
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Most files of a delivery that are open at a time; the usual limit of a process is 1,024, the lowest met 256.
const OPEN: usize = 64;
/// Bytes of the file written last that wait until they are this many: the parquet crate writes a few thousand at a time.
const WAITING: usize = 1 << 18;

/// The files that are open.
#[derive(Clone, Default)]
pub struct Handles(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    /// The one written last is at the end.
    files: Vec<(PathBuf, File)>,
    /// What is still to be written to that one.
    waiting: Vec<u8>,
}

impl Open {
    fn flush(&mut self) -> std::io::Result<()> {
        let written = match self.files.last_mut() {
            Some((_, file)) => file.write_all(&self.waiting),
            None => Ok(()),
        };
        // What could not be written is not tried again: part of it may be in the file.
        self.waiting.clear();
        written
    }
}

impl Handles {
    /// A writer behind the end of an existing file.
    pub fn writer(&self, path: PathBuf) -> Appending {
        Appending {
            handles: self.clone(),
            path,
        }
    }
}

/// Writes behind the end of its file, opening it when it is not; what it wrote is in the file when it was flushed. A
/// failure may be told to the writer of the next file: all files of a delivery stand or fall together.
pub struct Appending {
    handles: Handles,
    path: PathBuf,
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut open = self.handles.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.files.last().is_none_or(|(path, _)| *path != self.path) {
            open.flush()?;
            let known = open.files.iter().position(|(path, _)| *path == self.path);
            let this = match known {
                Some(place) => open.files.remove(place),
                None => {
                    if open.files.len() >= OPEN {
                        open.files.remove(0);
                    }
                    (self.path.clone(), File::options().append(true).open(&self.path)?)
                }
            };
            open.files.push(this);
        }
        open.waiting.extend_from_slice(bytes);
        if open.waiting.len() >= WAITING {
            open.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        // What waits is of one file; whose it is does not matter.
        self.handles.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        let mut open = self.handles.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.files.last().is_some_and(|(path, _)| *path == self.path) {
            // Of a file that was not flushed nothing is expected.
            open.waiting.clear();
        }
        open.files.retain(|(path, _)| *path != self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_files_than_may_be_open_get_all_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let handles = Handles::default();
        let paths: Vec<PathBuf> = (0..OPEN * 3)
            .map(|number| folder.path().join(number.to_string()))
            .collect();
        let mut writers: Vec<Appending> = paths
            .iter()
            .map(|path| {
                std::fs::write(path, "").unwrap();
                handles.writer(path.clone())
            })
            .collect();
        for round in ["a", "b", "c"] {
            for writer in &mut writers {
                writer.write_all(round.as_bytes()).unwrap();
                assert!(handles.0.lock().unwrap().files.len() <= OPEN);
            }
        }
        writers[0].flush().unwrap();
        drop(writers);
        assert!(handles.0.lock().unwrap().files.is_empty());
        assert!(paths.iter().all(|path| std::fs::read(path).unwrap() == b"abc"));
    }
}
