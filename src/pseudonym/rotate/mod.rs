//! Rotation of the pseudonyms in the lake to a new key version, without the raw keys.
//!
//! First it is proved, over every pseudonym of every table, that the new key takes distinct pseudonyms to distinct ones.
//! Then each table is rewritten and published on its own, as one new version; what was written is read back and
//! compared. A rotation that is broken off goes on where it stopped: files that are at the new version are left alone.

mod columns;
mod error;
mod proof;
mod rewrite;
mod text;

pub use error::RotateError;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::{FIELD_CHAIN, FIELD_KEY_VERSION, IdType, KeyRing, KeyStatus, Rotator};
use crate::lake::{Draft, FileEntry, Lake, Manifest, Partition, PublicationMeta, TableName};
use columns::{Marked, TableColumns};

/// A column of text that holds pseudonyms in their text form, as `name=p1.k01.…` words
pub struct TextColumn<'a> {
    /// Its table
    pub table: TableName,
    /// Its name
    pub column: String,
    /// The id type and domain of a word, by the row's partition and the word's name
    pub kind: &'a dyn Fn(&Partition, &str) -> Option<(IdType, String)>,
}

/// What a rotation works with
pub struct Rotation<'a> {
    /// Where the tables are
    pub lake: &'a Lake,
    /// With a pending key
    pub ring: &'a KeyRing,
    /// Columns of text that hold pseudonyms
    pub texts: &'a [TextColumn<'a>],
    /// The order of rows within a row group of a table, where it has one
    pub order: &'a dyn Fn(&TableName) -> Vec<String>,
    /// Id of the run
    pub run: &'a str,
    /// Time of the run
    pub now: DateTime<Utc>,
    /// Raised when the user wants to stop
    pub cancel: &'a AtomicBool,
    /// Told what happens: the table, and its rows that were rewritten
    pub observe: &'a dyn Fn(&TableName, u64),
}

/// What became of one table
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatedTable {
    /// The table
    pub table: TableName,
    /// Its new version
    pub version: u64,
    /// Its columns of pseudonyms
    pub columns: Vec<String>,
    /// Rows that were rewritten
    pub rows: u64,
}

/// What a rotation did
#[derive(Debug, Default)]
pub struct Rotated {
    /// Tables with a new version
    pub tables: Vec<RotatedTable>,
    /// Tables that were at the new key version already
    pub already: Vec<TableName>,
    /// Distinct pseudonyms of which it was proved that their successors are distinct
    pub distinct: u64,
    /// Columns that look like pseudonyms and do not say of what: to be rebuilt
    pub unmarked: Vec<(TableName, String)>,
    /// Words of text columns whose kind is not known any more; their pseudonyms were taken out
    pub lost_words: u64,
}

/// A column of pseudonyms as it is published
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Its table
    pub table: TableName,
    /// Its name
    pub column: String,
    /// Of which identifier; `None` when it does not say
    pub id: Option<IdType>,
    /// In which domain
    pub domain: Option<String>,
    /// Key versions in its files; more than one after a rotation that was broken off
    pub versions: BTreeSet<u32>,
}

/// Every column of the lake's newest versions that holds pseudonyms
///
/// # Errors
/// When a table or one of its files cannot be read
pub fn held(lake: &Lake) -> Result<Vec<Held>, RotateError> {
    let mut held = Vec::new();
    for table in lake.tables()? {
        let Some((manifest, _lease)) = lake.pin(&table)? else {
            continue;
        };
        let found = TableColumns::of(lake, &manifest)?;
        for column in &found.marked {
            let versions = found
                .files
                .iter()
                .filter_map(|file| file.get(&column.name).copied())
                .collect();
            let (id, domain) = (Some(column.id), Some(column.domain.clone()));
            held.push(Held {
                table: table.clone(),
                column: column.name.clone(),
                id,
                domain,
                versions,
            });
        }
        for column in found.unmarked {
            let versions = BTreeSet::new();
            held.push(Held {
                table: table.clone(),
                column,
                id: None,
                domain: None,
                versions,
            });
        }
    }
    Ok(held)
}

impl Rotation<'_> {
    /// Takes every pseudonym in the lake to the pending key version
    ///
    /// # Errors
    /// When nothing was proved or a table cannot be rewritten; tables that were published stay so, and the same call
    /// goes on with the others
    pub fn rotate(&self) -> Result<Rotated, RotateError> {
        let to = self.ring.pending().ok_or(super::KeyError::NoRotation)?;
        let mut rotated = Rotated {
            distinct: self.prove(to)?,
            ..Rotated::default()
        };
        for table in self.lake.tables()? {
            self.check_cancelled()?;
            let texts: Vec<&TextColumn<'_>> = self.texts.iter().filter(|text| text.table == table).collect();
            let Some(current) = self.lake.current(&table)? else {
                continue;
            };
            let found = TableColumns::of(self.lake, &current)?;
            rotated
                .unmarked
                .extend(found.unmarked.iter().map(|column| (table.clone(), column.clone())));
            if found.marked.is_empty() && texts.is_empty() {
                continue;
            }
            let draft = self.lake.draft(&table)?;
            let Some(parent) = draft.parent().cloned() else {
                continue;
            };
            // looked at again under the lock: somebody may have published in between
            let found = TableColumns::of(self.lake, &parent)?;
            found.known(self.ring, &parent, to)?;
            match self.table(draft, &parent, &found, &texts, to, &mut rotated.lost_words)? {
                Some(done) => rotated.tables.push(done),
                None if found.marked.is_empty() => {}
                None => rotated.already.push(table),
            }
        }
        Ok(rotated)
    }

    /// Rewrites one table; `None` when nothing in it is of an older key version
    fn table(
        &self,
        mut draft: Draft,
        parent: &Arc<Manifest>,
        found: &TableColumns,
        texts: &[&TextColumn<'_>],
        to: u32,
        lost: &mut u64,
    ) -> Result<Option<RotatedTable>, RotateError> {
        let folder = self.lake.table_dir(&parent.table)?;
        let in_files: Vec<String> = (self.order)(&parent.table)
            .into_iter()
            .filter(|name| !parent.partition_columns.contains(name))
            .collect();
        let claimed = columns::order_that_stays(parent, &found.marked);
        let mut rewritten = 0;
        for (entry, versions) in parent.files.iter().zip(&found.files) {
            self.check_cancelled()?;
            let mut steps = BTreeMap::new();
            for column in found
                .marked
                .iter()
                .filter(|column| versions.get(&column.name).is_some_and(|version| *version < to))
            {
                let from = versions.get(&column.name).copied().unwrap_or(to);
                steps.insert(
                    column.name.clone(),
                    Rotator::from_version(self.ring, column.id, &column.domain, from)?,
                );
            }
            let path = folder.join(&entry.path);
            let words = text::Words {
                ring: self.ring,
                partition: &entry.partition,
                columns: texts,
                to,
            };
            if steps.is_empty() && !words.are_older(&path)? {
                draft.keep(entry)?;
                continue;
            }
            let job = rewrite::Job {
                steps: &steps,
                words: &words,
                sort: if in_files.is_empty() { &claimed } else { &in_files },
                claimed: &claimed,
                to,
                chain: self.chain(to),
            };
            rewritten += self.file(&mut draft, &path, entry, &job, lost)?;
            (self.observe)(&parent.table, rewritten);
        }
        let stale = found.marked.iter().any(|column| column.schema_version != Some(to));
        if rewritten == 0 && !stale {
            return Ok(None);
        }
        let schema = columns::with_version(&parent.arrow_schema(), &found.marked, to, self.chain(to));
        let mut properties = parent.properties.clone();
        properties.insert(FIELD_KEY_VERSION.to_owned(), to.to_string());
        let published = draft.commit(PublicationMeta {
            schema,
            partition_columns: parent.partition_columns.clone(),
            sort: claimed,
            fingerprint: parent.fingerprint.clone(),
            inputs: parent.inputs.clone(),
            properties,
            audits: parent.audits.clone(),
            run: self.run.to_owned(),
            created_at: self.now,
            reason: format!("pseudonyms rotated to key version {to}"),
        })?;
        let columns = found.marked.iter().map(|column| column.name.clone());
        let columns = columns.chain(texts.iter().map(|text| text.column.clone())).collect();
        let version = published.manifest().version;
        Ok(Some(RotatedTable {
            table: parent.table.clone(),
            version,
            columns,
            rows: rewritten,
        }))
    }

    /// Rewrites one file and reads it back
    fn file(
        &self,
        draft: &mut Draft,
        path: &std::path::Path,
        entry: &FileEntry,
        job: &rewrite::Job<'_>,
        lost: &mut u64,
    ) -> Result<u64, RotateError> {
        let file = draft.create(&entry.partition)?;
        let written = rewrite::file(path, &file.path, job)?;
        let found = rewrite::sums(&file.path, job)?;
        if found != written.sums || written.rows != entry.rows {
            return Err(RotateError::Written { path: path.to_owned() });
        }
        *lost += written.lost_words;
        draft.add(file, entry.tags.clone())?;
        Ok(written.rows)
    }

    /// Proves for each kind of pseudonym that distinct ones have distinct successors; gives how many there are
    fn prove(&self, to: u32) -> Result<u64, RotateError> {
        let mut kinds: BTreeMap<(IdType, String, u32), Vec<(Arc<Manifest>, String, usize)>> = BTreeMap::new();
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
                        let files = kinds.entry((*id, domain.clone(), from)).or_default();
                        files.push((Arc::clone(&manifest), name.clone(), place));
                    }
                }
            }
        }
        let mut distinct = 0;
        for ((id, domain, from), files) in kinds {
            let step = Rotator::from_version(self.ring, id, &domain, from)?;
            let each = |take: &mut dyn FnMut([u8; 16])| -> Result<(), RotateError> {
                for (manifest, column, place) in &files {
                    self.check_cancelled()?;
                    let folder = self.lake.table_dir(&manifest.table)?;
                    let Some(entry) = manifest.files.get(*place) else {
                        continue;
                    };
                    proof::pseudonyms(&folder.join(&entry.path), column, false, take)?;
                }
                Ok(())
            };
            distinct += proof::one_to_one(proof::IN_MEMORY, each, |old| step.next(old))?
                .ok_or(RotateError::NotOneToOne { id, from, to })?;
        }
        Ok(distinct)
    }

    /// How many nested MACs a pseudonym of this version went through
    fn chain(&self, version: u32) -> usize {
        self.ring
            .entries()
            .iter()
            .filter(|entry| entry.version <= version)
            .count()
    }

    fn check_cancelled(&self) -> Result<(), RotateError> {
        if self.cancel.load(Ordering::SeqCst) {
            Err(RotateError::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Field metadata keys that change with the version
const VERSIONED: [&str; 2] = [FIELD_KEY_VERSION, FIELD_CHAIN];

/// Whether a key may be rotated from: every retired and the active one
pub(super) fn known_version(ring: &KeyRing, version: u32) -> bool {
    ring.entries()
        .iter()
        .any(|entry| entry.version == version && entry.status != KeyStatus::Pending)
}
