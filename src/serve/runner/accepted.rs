//! Copies of contracts as they were when they were last sound: runs go on with those while one is being changed.
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::contract::Contract;

/// The folder of copies.
#[derive(Debug, Clone)]
pub struct Accepted(pub PathBuf);

impl Accepted {
    /// Keeps a copy of every sound contract, and drops those of contracts that are `gone` from the project.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self, sound: &[&Contract], named: &BTreeSet<OsString>) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        for contract in sound {
            let Some(name) = contract.path.file_name() else {
                continue;
            };
            let path = self.0.join(name);
            if fs::read(&path).is_ok_and(|kept| kept == contract.text.as_bytes()) {
                continue;
            }
            let draft = self.0.join(format!(".{}.tmp", name.to_string_lossy()));
            fs::write(&draft, contract.text.as_bytes())?;
            fs::rename(&draft, &path)?;
        }
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if !named.contains(&entry.file_name()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}
