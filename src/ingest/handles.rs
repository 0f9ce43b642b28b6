//! Files that are written bit by bit, of which only a few are open at a time.
//!
//! A delivery may have thousands of partitions, and each has its file; a process may have a few hundred files open.
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Most files of a delivery that are open at a time; the usual limit of a process is 1,024, the lowest met 256.
const OPEN: usize = 64;

/// The files that are open, the one written last at the end.
#[derive(Clone, Default)]
pub struct Handles(Arc<Mutex<Vec<(PathBuf, File)>>>);

impl Handles {
    /// A writer behind the end of an existing file.
    pub fn writer(&self, path: PathBuf) -> Appending {
        Appending {
            handles: self.clone(),
            path,
        }
    }
}

/// Writes behind the end of its file, opening it when it is not.
pub struct Appending {
    handles: Handles,
    path: PathBuf,
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut open = self.handles.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.last().is_none_or(|(path, _)| *path != self.path) {
            let known = open.iter().position(|(path, _)| *path == self.path);
            let this = match known {
                Some(place) => open.remove(place),
                None => {
                    if open.len() >= OPEN {
                        open.remove(0);
                    }
                    (self.path.clone(), File::options().append(true).open(&self.path)?)
                }
            };
            open.push(this);
        }
        open.last_mut().map_or(Ok(0), |(_, file)| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        let mut open = self.handles.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(path, _)| *path != self.path);
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
                assert!(handles.0.lock().unwrap().len() <= OPEN);
            }
        }
        drop(writers);
        assert!(handles.0.lock().unwrap().is_empty());
        assert!(paths.iter().all(|path| std::fs::read(path).unwrap() == b"abc"));
    }
}
