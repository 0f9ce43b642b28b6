//! Where a result goes: standard output, or a file that appears when it is complete.
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::{Failure, Out};
use crate::diagnostic::printable;

/// A writer that remembers what the system said when writing failed: the Arrow writers lose it.
pub struct Target {
    to: To,
    failed: Failed,
}

enum To {
    Out(Out),
    Terminal(Harmless<Out>),
    File(BufWriter<File>),
}

/// The first failure of a [`Target`], kept where the target's owner can still see it.
#[derive(Clone, Default)]
pub struct Failed(Arc<Mutex<Option<io::Error>>>);

impl Failed {
    /// The failure under `error`, if writing is what failed.
    pub fn or(&self, error: impl std::error::Error + 'static) -> Failure {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(write) => write.into(),
            None => error.into(),
        }
    }
}

impl Target {
    /// Standard output; on a terminal with everything that steers it written out.
    pub fn out(out: Out, terminal: bool) -> Self {
        let to = if terminal {
            To::Terminal(Harmless {
                to: out,
                left: Vec::new(),
            })
        } else {
            To::Out(out)
        };
        Self {
            to,
            failed: Failed::default(),
        }
    }

    /// A file.
    pub fn file(file: File) -> Self {
        Self {
            to: To::File(BufWriter::with_capacity(1 << 16, file)),
            failed: Failed::default(),
        }
    }

    /// Where a failure to write will be found.
    pub fn failed(&self) -> Failed {
        self.failed.clone()
    }

    fn keep<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|error| {
            let kind = error.kind();
            self.failed
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
            kind.into()
        })
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = match &mut self.to {
            To::Out(out) => out.write(bytes),
            To::Terminal(out) => out.write(bytes),
            To::File(file) => file.write(bytes),
        };
        self.keep(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = match &mut self.to {
            To::Out(out) => out.flush(),
            To::Terminal(out) => out.flush(),
            To::File(file) => file.flush(),
        };
        self.keep(outcome)
    }
}

/// Writes text on, with what steers a terminal as an escape; line breaks and tabs stay.
struct Harmless<W> {
    to: W,
    /// The start of a character whose rest is yet to come
    left: Vec<u8>,
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.left);
        let mut safe = String::with_capacity(pending.len());
        for chunk in pending.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' | '\t' => safe.push(c),
                    _ => safe.push_str(&printable(c.encode_utf8(&mut [0; 4]))),
                }
            }
            let unfinished = chunk.invalid();
            let at_end = unfinished.as_ptr_range().end == pending.as_ptr_range().end;
            if at_end && unfinished.len() < 4 {
                self.left = unfinished.to_vec();
            } else if !unfinished.is_empty() {
                safe.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.to.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A file that gets its name when it is complete; a pipe or device is written as it is.
pub struct OutputFile {
    path: PathBuf,
    /// Where it is written; `None` once it has its name, or for a device
    temporary: Option<PathBuf>,
}

impl OutputFile {
    /// Opens a file beside `path`, for its owner only.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let kind = fs::metadata(path).map(|found| found.file_type()).ok();
        if kind.is_some_and(|kind| kind.is_char_device() || kind.is_fifo()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok((
                Self {
                    path: path.into(),
                    temporary: None,
                },
                file,
            ));
        }
        if kind.is_some_and(|kind| kind.is_dir()) {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "that is a folder; name a file in it",
            ));
        }
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "that names no file"))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        Ok((
            Self {
                path: path.into(),
                temporary: Some(temporary),
            },
            file,
        ))
    }

    /// Gives the file its name.
    pub fn publish(mut self) -> io::Result<()> {
        match self.temporary.take() {
            Some(temporary) => {
                File::open(&temporary)?.sync_all()?;
                fs::rename(&temporary, &self.path)
            }
            None => Ok(()),
        }
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // half a result is no result; if it stays, its name says what it is
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered_even_by_halves() {
        let mut safe = Harmless {
            to: Vec::new(),
            left: Vec::new(),
        };
        for byte in "é\u{1b}[2J\u{9b}31m\u{202e}x\ty\r\n日".bytes() {
            safe.write_all(&[byte]).unwrap();
        }
        safe.write_all(b"\xff\xfe ok").unwrap();
        let text = String::from_utf8(safe.to).unwrap();
        assert_eq!(text, "é\\u{1b}[2J\\u{9b}31m\\u{202e}x\ty\\r\n日\u{fffd}\u{fffd} ok");
    }

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("uit.csv");
        let (output, mut file) = OutputFile::create(&path).unwrap();
        file.write_all(b"a\n").unwrap();
        assert!(!path.exists());
        output.publish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\n");
        let (output, _) = OutputFile::create(&path).unwrap();
        drop(output);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(OutputFile::create(folder.path()).is_err());
    }
}
