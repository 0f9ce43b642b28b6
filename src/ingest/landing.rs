//! Files as they lie in the landing folder, before any is opened.
use std::path::{Path, PathBuf};

use super::IngestError;
use crate::contract::Contract;

/// End of the name of an empty file that says the file beside it is complete.
const COMPLETE: &str = ".done";

/// A file in the landing folder, as the system lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Relative to the landing folder.
    pub relative: PathBuf,
    /// What changes when its content does: size, times and inode.
    pub stamp: String,
}

/// Whether a file of its name and `.done` says that a file is complete.
pub fn is_complete(landing: &Path, relative: &Path) -> bool {
    let mut marker = landing.join(relative).into_os_string();
    marker.push(COMPLETE);
    Path::new(&marker).symlink_metadata().is_ok()
}

/// Every file in the landing folder that may be a delivery, without opening any.
///
/// # Errors
/// When the landing folder cannot be listed.
pub fn arrived(landing: &Path) -> Result<Vec<Arrived>, IngestError> {
    use std::os::unix::fs::MetadataExt;
    let files = listing(landing)?.into_iter().filter_map(|relative| {
        let path = landing.join(&relative);
        // gone since it was listed
        let about = path.symlink_metadata().ok()?;
        Some(Arrived {
            relative,
            stamp: format!(
                "{}:{}.{}:{}",
                about.len(),
                about.mtime(),
                about.mtime_nsec(),
                about.ino()
            ),
        })
    });
    Ok(files.collect())
}

/// Every file beneath the landing folder, hidden ones, partial uploads (`.part`, `.tmp`) and markers left out.
pub(super) fn listing(landing: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let io = |source| IngestError::Io {
        what: landing.display().to_string(),
        source,
    };
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(landing.join(&folder)).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || [".part", ".tmp", COMPLETE].iter().any(|end| name.ends_with(end)) {
                continue;
            }
            let relative = folder.join(entry.file_name());
            if entry.file_type().map_err(io)?.is_dir() {
                folders.push(relative)
            } else {
                files.push(relative)
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Files of the landing folder that no contract takes.
///
/// # Errors
/// When the landing folder cannot be listed.
pub fn unmatched(landing: &Path, contracts: &[Contract]) -> Result<Vec<PathBuf>, IngestError> {
    let mut files = listing(landing)?;
    files.retain(|file| {
        contracts
            .iter()
            .all(|contract| contract.rule_for(&file.to_string_lossy()).is_none())
    });
    Ok(files)
}
