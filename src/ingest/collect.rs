//! The finisher of one delivery: writes what workers encoded, and keeps the accounts.
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use parquet::arrow::ArrowWriter;
use parquet::file::writer::SerializedFileWriter;
use tempfile::TempPath;

use super::cast::Repaired;
use super::handles::{Appending, Handles};
use super::job::Job;
use super::keyset::KeySet;
use super::quarantine::{self, Rejected};
use super::report::{FaultCounts, Place};
use super::segment::Segment;
use super::undeclared::Numbers;
use super::{Ingest, IngestError};
use crate::contract::Budget;
use crate::lake::{Draft, DraftFile, LakeError};
use crate::source::SourceError;
use crate::telemetry::Task;

/// Places shown of a delivery's faults.
const PLACES: usize = 10;
/// Rows set aside that wait in memory before they are written.
const WAITING: usize = 8192;

/// Collects the segments of one delivery.
pub struct Collector<'a> {
    job: &'a Job,
    draft: &'a Draft,
    path: PathBuf,
    task: Task,
    files: BTreeMap<Vec<String>, (DraftFile, SerializedFileWriter<Appending>)>,
    handles: Handles,
    aside: Aside,
    unique: Vec<KeySet>,
    given: Vec<KeySet>,
    /// Rows delivered.
    pub rows_in: u64,
    /// Rows staged.
    pub rows_staged: u64,
    /// Rows set aside.
    pub rows_quarantined: u64,
    /// Rows that the contract drops.
    pub rows_dropped: u64,
    /// Broken rules.
    pub faults: FaultCounts,
    /// The first places.
    pub places: Vec<Place>,
    /// Repairs of person keys.
    pub repaired: Repaired,
    /// Person keys made null.
    pub nulled: u64,
    /// Records whose packed field is blank.
    pub without_items: u64,
    /// Whether JSON keys without a column were seen.
    pub unknown_keys: bool,
    /// Whether the last line has no line end.
    pub unended: bool,
    /// Whether that line is not a whole row either.
    pub cut_off: bool,
    /// Whether the budget is spent for certain, so that reading on is of no use.
    pub over_budget: bool,
    /// Why a column seems to hold person keys that the contract does not declare, if one does: nothing is kept then.
    pub undeclared_keys: Option<String>,
    numbers: Numbers,
}

/// What is left of a delivery that was read to its end.
pub struct Collected {
    /// Closed files by partition values.
    pub files: Vec<(Vec<String>, DraftFile)>,
    /// Rows set aside, in a file of the spill folder.
    pub aside: Option<TempPath>,
    /// Rows that break uniqueness, by line and place in it.
    pub duplicate_rows: Vec<u64>,
}

impl<'a> Collector<'a> {
    /// A collector writing into a draft.
    pub fn new(ingest: &Ingest<'_>, job: &'a Job, draft: &'a Draft, path: PathBuf, task: Task) -> Self {
        let spill = ingest.project.spill();
        let sets = |count: usize| (0..count).map(|_| KeySet::new(&spill)).collect();
        Self {
            aside: Aside {
                folder: spill.clone(),
                waiting: Vec::new(),
                writer: None,
            },
            unique: sets(job.contract.unique.len()),
            given: sets(job.contract.columns.len()),
            job,
            draft,
            path,
            task,
            files: BTreeMap::new(),
            handles: Handles::default(),
            rows_in: 0,
            rows_staged: 0,
            rows_quarantined: 0,
            rows_dropped: 0,
            faults: FaultCounts::default(),
            places: Vec::new(),
            repaired: Repaired::new(),
            nulled: 0,
            without_items: 0,
            unknown_keys: false,
            unended: false,
            cut_off: false,
            over_budget: false,
            undeclared_keys: None,
            numbers: Numbers::new(&job.stored),
        }
    }

    /// Takes the next segment.
    ///
    /// # Errors
    /// When a file cannot be written or the segment shows that the file is damaged.
    pub fn take(&mut self, segment: Segment) -> Result<(), IngestError> {
        if let Some(line) = segment.open_quote {
            let reason = format!("the quote that opens on line {line} never closes");
            return Err(SourceError::Damaged {
                path: self.path.clone(),
                reason,
            }
            .into());
        }
        self.numbers.merge(segment.numbers);
        self.undeclared_keys = self
            .numbers
            .like_keys(&self.job.stored, self.job.onderwijsnummer_remainder);
        if self.undeclared_keys.is_some() {
            return Ok(());
        }
        for part in segment.parts {
            let (_, writer) = match self.files.entry(part.values) {
                std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => {
                    let names = self.job.contract.partition.iter().cloned();
                    let file = self.draft.create(&names.zip(free.key().iter().cloned()).collect())?;
                    let writer = writer(self.job, self.handles.writer(file.path.clone()))?;
                    free.insert((file, writer))
                }
            };
            let mut row_group = writer.next_row_group()?;
            for chunk in part.chunks {
                chunk.append_to(&mut row_group)?;
            }
            row_group.close()?;
        }
        for row in &segment.rejected {
            self.faults.add(row.column.as_deref(), &row.rule);
            if self.places.len() < PLACES {
                self.places.push(Place {
                    line: row.line,
                    column: row.column.clone(),
                    rule: row.rule.clone(),
                });
            }
        }
        self.rows_in += segment.rows_in;
        self.rows_staged += segment.rows_staged;
        self.rows_quarantined += segment.rejected.len() as u64;
        self.rows_dropped += segment.rows_dropped;
        self.aside.add(segment.rejected)?;
        let spill = |source| IngestError::Io {
            what: "the spill folder".to_owned(),
            source,
        };
        for (set, entries) in self.unique.iter_mut().zip(&segment.unique) {
            set.extend(entries).map_err(spill)?;
        }
        for (set, entries) in self.given.iter_mut().zip(&segment.given) {
            set.extend(entries).map_err(spill)?;
        }
        for (repair, count) in segment.repaired {
            *self.repaired.entry(repair).or_default() += count;
        }
        self.nulled += segment.nulled;
        self.without_items += segment.without_items;
        self.unknown_keys |= segment.unknown_keys;
        self.unended |= segment.unended;
        self.cut_off |= segment.cut_off;
        self.task.advance(segment.bytes, segment.rows_in);
        self.over_budget =
            matches!(self.job.contract.max_rejected, Budget::Count(most) if self.rows_quarantined > most);
        Ok(())
    }

    /// Closes the files and settles the rules about the delivery as a whole.
    ///
    /// # Errors
    /// When a file cannot be closed, or two person keys gave one pseudonym.
    pub fn finish(&mut self, threads: usize) -> Result<Collected, IngestError> {
        let mut files = Vec::new();
        for (values, (file, writer)) in std::mem::take(&mut self.files) {
            writer.close()?;
            files.push((values, file));
        }
        let (given, unique) = (std::mem::take(&mut self.given), std::mem::take(&mut self.unique));
        let job = self.job;
        let (checked, settled) = std::thread::scope(|scope| {
            let settling = scope.spawn(|| settle(job, given, unique));
            let checked = check(&mut files, threads);
            (checked, settling.join())
        });
        checked?;
        let duplicate_rows = settled.map_err(|_| IngestError::Worker)??;
        Ok(Collected {
            files,
            aside: self.aside.finish()?,
            duplicate_rows,
        })
    }
}

/// The lines that break uniqueness; also makes sure that pseudonyms are one to one with keys.
fn settle(job: &Job, given: Vec<KeySet>, unique: Vec<KeySet>) -> Result<Vec<u64>, IngestError> {
    let spill = |source| IngestError::Io {
        what: "the spill folder".to_owned(),
        source,
    };
    for (place, set) in given.into_iter().enumerate() {
        let mut collision = false;
        set.groups(|_| collision = true).map_err(spill)?;
        if collision {
            let column = job.contract.columns[place].name.clone();
            return Err(IngestError::Collision { column });
        }
    }
    let mut duplicate_rows = Vec::new();
    for set in unique {
        set.groups(|group| duplicate_rows.extend(group.iter().map(|entry| entry.value)))
            .map_err(spill)?;
    }
    duplicate_rows.sort_unstable();
    duplicate_rows.dedup();
    Ok(duplicate_rows)
}

/// Syncs, reads back and hashes the files, on several threads.
fn check(files: &mut [(Vec<String>, DraftFile)], threads: usize) -> Result<(), LakeError> {
    let share = files.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let checking: Vec<_> = files
            .chunks_mut(share)
            .map(|files| scope.spawn(|| files.iter_mut().try_for_each(|(_, file)| file.check())))
            .collect();
        // A panic shows again when the scope ends.
        checking
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })
}

/// A writer of row groups into a file of the draft.
fn writer(job: &Job, file: Appending) -> Result<SerializedFileWriter<Appending>, IngestError> {
    Ok(
        ArrowWriter::try_new(file, job.in_files.clone(), Some(job.layouts.properties.clone()))?
            .into_serialized_writer()?
            .0,
    )
}

/// Rows set aside, on their way to a file of the spill folder.
struct Aside {
    folder: PathBuf,
    waiting: Vec<Rejected>,
    writer: Option<(TempPath, ArrowWriter<File>)>,
}

impl Aside {
    fn add(&mut self, rows: Vec<Rejected>) -> Result<(), IngestError> {
        self.waiting.extend(rows);
        if self.waiting.len() >= WAITING {
            self.write()
        } else {
            Ok(())
        }
    }

    fn write(&mut self) -> Result<(), IngestError> {
        if self.writer.is_none() {
            let io = |source| IngestError::Io {
                what: self.folder.display().to_string(),
                source,
            };
            std::fs::create_dir_all(&self.folder).map_err(io)?;
            let named = tempfile::Builder::new().prefix("quarantine-").tempfile_in(&self.folder);
            let (file, path) = named.map_err(io)?.into_parts();
            self.writer = Some((path, ArrowWriter::try_new(file, quarantine::rows_schema(), None)?));
        }
        if let Some((_, writer)) = &mut self.writer {
            writer.write(&quarantine::batch(&self.waiting)?)?;
        }
        self.waiting.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<TempPath>, IngestError> {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        let Some((path, writer)) = self.writer.take() else {
            return Ok(None);
        };
        writer.close()?;
        Ok(Some(path))
    }
}
