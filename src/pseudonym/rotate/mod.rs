//! Rotation of the pseudonyms in the lake to a new key version, without the raw keys.
//!
//! First it is proved, over every pseudonym of every table, that the new key takes distinct pseudonyms to distinct ones.
//! Then each table is rewritten and published on its own, as one new version; what was written is read back and
//! compared. A rotation that is broken off goes on where it stopped: files that are at the new version are left alone.

mod columns;
mod error;
mod held;
mod proof;
mod prove;
mod rewrite;
mod text;

pub use error::RotateError;
pub use held::{Held, held};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::{FIELD_CHAIN, FIELD_KEY_VERSION, IdType, KeyRing, KeyStatus, Rotator};
use crate::lake::{Draft, FileEntry, Lake, Manifest, Partition, PublicationMeta, TableName};
use columns::TableColumns;

/// Of which identifier, in which domain, a word's pseudonym is: by the row's partition and the word's name
pub type KindOf<'a> = &'a dyn Fn(&Partition, &str) -> Option<(IdType, String)>;

/// A column of text that holds pseudonyms in their text form, as `name=p1.k01.…` words
pub struct TextColumn<'a> {
    /// Its table
    pub table: TableName,
    /// Its name
    pub column: String,
    /// Of what its words are
    pub kind: KindOf<'a>,
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
        for _ in 0..ROUNDS {
            rotated.already.clear();
            self.round(to, &mut rotated)?;
            // a run that read the old tables may have published in the meantime
            let older = held(self.lake)?
                .into_iter()
                .find(|one| one.versions.iter().any(|version| *version != to));
            match older {
                None => break,
                Some(one) => tracing::warn!(table = %one.table, "published with older pseudonyms during the rotation"),
            }
        }
        if let Some(one) = held(self.lake)?
            .into_iter()
            .find(|one| one.versions.iter().any(|version| *version != to))
        {
            return Err(RotateError::StillOlder { table: one.table });
        }
        rotated
            .already
            .retain(|table| !rotated.tables.iter().any(|one| one.table == *table));
        rotated.unmarked = held(self.lake)?
            .into_iter()
            .filter(|one| one.id.is_none())
            .map(|one| (one.table, one.column))
            .collect();
        Ok(rotated)
    }

    /// Rewrites every table that holds something older
    fn round(&self, to: u32, rotated: &mut Rotated) -> Result<(), RotateError> {
        for table in self.lake.tables()? {
            self.check_cancelled()?;
            let texts: Vec<&TextColumn<'_>> = self.texts.iter().filter(|text| text.table == table).collect();
            let Some((current, _lease)) = self.lake.pin(&table)? else {
                continue;
            };
            if TableColumns::of(self.lake, &current)?.marked.is_empty() && texts.is_empty() {
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
        Ok(())
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

/// Times the lake is gone through, for tables that others publish meanwhile
const ROUNDS: usize = 3;

/// Field metadata keys that change with the version
const VERSIONED: [&str; 2] = [FIELD_KEY_VERSION, FIELD_CHAIN];

/// Whether a key may be rotated from: every retired and the active one
pub(super) fn known_version(ring: &KeyRing, version: u32) -> bool {
    ring.entries()
        .iter()
        .any(|entry| entry.version == version && entry.status != KeyStatus::Pending)
}
