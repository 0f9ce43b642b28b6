//! The proof over everything in the lake, before anything is written.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::{Marked, TableColumns};
use super::{RotateError, Rotation, proof};
use crate::lake::Manifest;
use crate::pseudonym::{IdType, Rotator};

/// A column in one file
struct Place {
    manifest: Arc<Manifest>,
    column: String,
    /// Its place in the manifest
    file: usize,
}

impl Rotation<'_> {
    /// Proves for each kind of pseudonym that distinct ones have distinct successors; gives how many there are
    pub(super) fn prove(&self, to: u32) -> Result<u64, RotateError> {
        let mut kinds: BTreeMap<(IdType, String, u32), Vec<Place>> = BTreeMap::new();
        let mut leases = Vec::new();
        for table in self.lake.tables()? {
            let Some((manifest, lease)) = self.lake.pin(&table)? else {
                continue;
            };
            leases.push(lease);
            let found = TableColumns::of(self.lake, &manifest)?;
            found.known(self.ring, &manifest, to)?;
            for Marked { name, id, domain, .. } in &found.marked {
                for (place, versions) in found.files.iter().enumerate() {
                    if let Some(&from) = versions.get(name).filter(|from| **from < to) {
                        let column = Place {
                            manifest: Arc::clone(&manifest),
                            column: name.clone(),
                            file: place,
                        };
                        kinds.entry((*id, domain.clone(), from)).or_default().push(column);
                    }
                }
            }
        }
        let mut distinct = 0;
        for ((id, domain, from), files) in kinds {
            let step = Rotator::from_version(self.ring, id, &domain, from)?;
            let each = |take: &mut dyn FnMut([u8; 16])| -> Result<(), RotateError> {
                for Place { manifest, column, file } in &files {
                    self.check_cancelled()?;
                    let folder = self.lake.table_dir(&manifest.table)?;
                    if let Some(entry) = manifest.files.get(*file) {
                        proof::pseudonyms(&folder.join(&entry.path), column, false, take)?;
                    }
                }
                Ok(())
            };
            distinct += proof::one_to_one(proof::IN_MEMORY, each, |old| step.next(old))?
                .ok_or(RotateError::NotOneToOne { id, from, to })?;
        }
        Ok(distinct)
    }
}
