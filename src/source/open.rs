//! Opening a delivery beneath the landing folder without following a link.
use std::fs::File;
use std::path::{Component, Path};
use std::time::UNIX_EPOCH;

use rustix::fs::{Mode, OFlags, openat};

use super::SourceError;

/// A delivery, opened: the descriptor that was checked is the one that is read.
#[derive(Debug)]
pub struct Opened {
    /// The open file.
    pub file: File,
    /// Its size in bytes.
    pub bytes: u64,
    /// Size, times and inode: when none of these changed, the content did not.
    pub stamp: String,
    /// Modification time in seconds since 1970.
    pub modified: u64,
}

/// Opens `relative` beneath `landing`.
///
/// # Errors
/// [`SourceError::Refused`] for a link on the way, a path that leaves the folder or a file that is not regular;
/// [`SourceError::Io`] when the system refuses.
pub fn open_beneath(landing: &Path, relative: &Path) -> Result<Opened, SourceError> {
    let refuse = |reason: &str| SourceError::Refused {
        path: relative.to_owned(),
        reason: reason.to_owned(),
    };
    let io = |source: std::io::Error| SourceError::Io {
        path: relative.to_owned(),
        offset: 0,
        source,
    };
    let mut folder = File::open(landing).map_err(io)?;
    let mut names = Vec::new();
    for component in relative.components() {
        match component {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            _ => return Err(refuse("the path leaves the landing folder")),
        }
    }
    let last = names.pop().ok_or_else(|| refuse("the path is empty"))?;
    let open = |folder: &File, name, flags: OFlags| {
        openat(
            folder,
            name,
            flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY,
            Mode::empty(),
        )
        .map_err(|error| match error {
            rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => {
                refuse("a symbolic link, or not a folder, is on the way")
            }
            other => io(other.into()),
        })
    };
    for name in names {
        folder = File::from(open(&folder, name, OFlags::DIRECTORY)?);
    }
    // Without NONBLOCK, opening a named pipe would wait for a writer.
    let file = File::from(open(&folder, last, OFlags::NONBLOCK)?);
    let about = file.metadata().map_err(io)?;
    if !about.is_file() {
        return Err(refuse("not a regular file"));
    }
    let modified = about
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    use std::os::unix::fs::MetadataExt;
    let stamp = format!(
        "{}:{}.{}:{}.{}:{}",
        about.len(),
        about.mtime(),
        about.mtime_nsec(),
        about.ctime(),
        about.ctime_nsec(),
        about.ino()
    );
    Ok(Opened {
        file,
        bytes: about.len(),
        stamp,
        modified: modified.as_secs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_ways_out_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let landing = folder.path().join("landing");
        std::fs::create_dir_all(landing.join("sub")).unwrap();
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        std::fs::write(landing.join("sub/inside"), "x").unwrap();
        std::os::unix::fs::symlink("../outside", landing.join("link")).unwrap();
        std::os::unix::fs::symlink("sub", landing.join("linked")).unwrap();
        assert!(open_beneath(&landing, Path::new("sub/inside")).is_ok());
        for path in ["link", "linked/inside", "../outside", "sub", "/etc/passwd"] {
            assert!(
                matches!(
                    open_beneath(&landing, Path::new(path)),
                    Err(SourceError::Refused { .. })
                ),
                "{path}"
            );
        }
        assert!(matches!(
            open_beneath(&landing, Path::new("absent")),
            Err(SourceError::Io { .. })
        ));
    }
}
