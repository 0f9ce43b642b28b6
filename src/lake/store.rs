//! The lake as a whole: which tables and versions there are.

use super::disk::Disk;
use super::layout::{TableDir, version_of};
use super::manifest::{Confirmation, unsealed};
use super::{Draft, GcPolicy, GcReport, LakeError, Lease, Manifest, Result, TableName};
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How a lake behaves
#[derive(Debug, Clone)]
pub struct LakeOptions {
    /// Marts up to this size are also published as one file, `mart/<table>.parquet`
    pub single_file_bytes: u64,
    /// How long a publisher waits for another one of the same table
    pub lock_wait: Duration,
}

impl Default for LakeOptions {
    fn default() -> Self {
        Self {
            single_file_bytes: 256 << 20,
            lock_wait: Duration::from_secs(30),
        }
    }
}

/// A lake on local disk; cheap to clone
#[derive(Debug, Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    options: LakeOptions,
    disk: Disk,
}

impl Lake {
    /// Opens a lake, making its folder when it is not there
    ///
    /// # Errors
    /// When the folder cannot be made or read
    pub fn open(root: &Path, options: LakeOptions) -> Result<Self> {
        Self::open_on(Disk::default(), root, options)
    }

    pub(crate) fn open_on(disk: Disk, root: &Path, options: LakeOptions) -> Result<Self> {
        disk.ensure_dir(root)?;
        let root = root
            .canonicalize()
            .map_err(|error| LakeError::io("resolve", root, error))?;
        Ok(Self {
            inner: Arc::new(Inner { root, options, disk }),
        })
    }

    /// The lake's folder, absolute
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    pub(crate) fn options(&self) -> &LakeOptions {
        &self.inner.options
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.inner.disk
    }

    /// The folder of a table; its files' paths are relative to it
    ///
    /// # Errors
    /// [`LakeError::Name`]
    pub fn table_dir(&self, table: &TableName) -> Result<PathBuf> {
        Ok(self.dir(table)?.dir)
    }

    pub(crate) fn dir(&self, table: &TableName) -> Result<TableDir> {
        table.check()?;
        Ok(TableDir::new(self.root(), table))
    }

    /// Every table folder, published or not
    pub(crate) fn table_dirs(&self) -> Result<Vec<TableDir>> {
        let mut dirs = Vec::new();
        for schema in self.disk().list(self.root())? {
            for table in self.disk().list(&self.root().join(&schema))? {
                let Ok(name) = TableName::new(&schema, table) else {
                    continue;
                };
                let dir = TableDir::new(self.root(), &name);
                if dir.dir.is_dir() {
                    dirs.push(dir);
                }
            }
        }
        Ok(dirs)
    }

    /// The tables that have a publication, sorted
    ///
    /// # Errors
    /// When the folders cannot be read
    pub fn tables(&self) -> Result<Vec<TableName>> {
        let mut names = Vec::new();
        for dir in self.table_dirs()? {
            if !self.versions(&dir)?.is_empty() {
                names.push(dir.name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Numbers of the versions that have a manifest, ascending
    pub(crate) fn versions(&self, dir: &TableDir) -> Result<Vec<u64>> {
        let names = self.disk().list(&dir.manifests())?;
        Ok(names.iter().filter_map(|name| version_of(name, ".json")).collect())
    }

    /// The newest publication, `None` when there is none
    ///
    /// # Errors
    /// [`LakeError::Manifest`] when it is damaged: [`Lake::recover`] falls back to the one before
    pub fn current(&self, table: &TableName) -> Result<Option<Arc<Manifest>>> {
        self.current_of(&self.dir(table)?)
    }

    pub(crate) fn current_of(&self, dir: &TableDir) -> Result<Option<Arc<Manifest>>> {
        loop {
            let Some(version) = self.versions(dir)?.last().copied() else {
                return Ok(None);
            };
            match self.read_manifest(dir, version) {
                // collected since it was listed, so there is a newer one
                Err(LakeError::NoVersion { .. }) => {}
                other => return other.map(|manifest| Some(Arc::new(manifest))),
            }
        }
    }

    /// The newest publication with a lease on it
    ///
    /// # Errors
    /// As [`Lake::current`]
    pub fn pin(&self, table: &TableName) -> Result<Option<(Arc<Manifest>, Lease)>> {
        loop {
            let Some(manifest) = self.current(table)? else {
                return Ok(None);
            };
            match self.lease(table, manifest.version) {
                Err(LakeError::NoVersion { .. }) => {}
                other => return other.map(|lease| Some((manifest, lease))),
            }
        }
    }

    /// A version of a table
    ///
    /// # Errors
    /// [`LakeError::NoVersion`]; [`LakeError::Manifest`] when it is damaged
    pub fn manifest(&self, table: &TableName, version: u64) -> Result<Arc<Manifest>> {
        self.read_manifest(&self.dir(table)?, version).map(Arc::new)
    }

    pub(crate) fn read_manifest(&self, dir: &TableDir, version: u64) -> Result<Manifest> {
        let path = dir.manifest(version);
        let gone = || LakeError::NoVersion {
            table: dir.name.clone(),
            version,
        };
        let text = self.disk().read_if_any(&path)?.ok_or_else(gone)?;
        let mut manifest = Manifest::from_text(&path, &text)?;
        if manifest.version != version || manifest.table != dir.name {
            let problem = format!("it is the manifest of {} version {}", manifest.table, manifest.version);
            return Err(LakeError::Manifest { path, problem });
        }
        if let Some(confirmation) = self.read_confirmation(dir, version)?.filter(|c| c.id == manifest.id) {
            manifest.confirm(confirmation);
        }
        Ok(manifest)
    }

    fn read_confirmation(&self, dir: &TableDir, version: u64) -> Result<Option<Confirmation>> {
        let path = dir.confirmation(version);
        let Some(text) = self.disk().read_if_any(&path)? else {
            return Ok(None);
        };
        match unsealed(&path, &text) {
            Ok(confirmation) => Ok(Some(confirmation)),
            Err(error) => {
                // the version itself is sound; without the confirmation it is merely rebuilt once more
                tracing::warn!(table = %dir.name, %error, "confirmation ignored");
                Ok(None)
            }
        }
    }

    /// All versions of a table, newest first; damaged ones are left out with a warning in the log
    ///
    /// # Errors
    /// [`LakeError::NoTable`]; when the folder cannot be read
    pub fn history(&self, table: &TableName) -> Result<Vec<Arc<Manifest>>> {
        let dir = self.dir(table)?;
        let versions = self.versions(&dir)?;
        if versions.is_empty() {
            return Err(LakeError::NoTable { table: table.clone() });
        }
        let mut history = Vec::new();
        for version in versions.into_iter().rev() {
            match self.read_manifest(&dir, version) {
                Ok(manifest) => history.push(Arc::new(manifest)),
                Err(LakeError::NoVersion { .. }) => {}
                Err(error @ LakeError::Manifest { .. }) => {
                    tracing::warn!(table = %dir.name, %error, "left out of history")
                }
                Err(error) => return Err(error),
            }
        }
        Ok(history)
    }

    /// Starts a new version: takes the table's publish lock, held until the draft is committed or dropped
    ///
    /// # Errors
    /// [`LakeError::Busy`] when another publisher has the table; when the disk refuses
    pub fn draft(&self, table: &TableName) -> Result<Draft> {
        Draft::start(self, table)
    }

    /// Keeps a version from being collected for as long as the lease lives
    ///
    /// # Errors
    /// [`LakeError::NoVersion`]
    pub fn lease(&self, table: &TableName, version: u64) -> Result<Lease> {
        super::lease::take(self.disk(), &self.dir(table)?, version)
    }

    /// Publishes the content of an earlier version again, as a new version. Without `to`, that of the
    /// version before; repeated, the one before that.
    ///
    /// # Errors
    /// [`LakeError::NoTable`], [`LakeError::NoVersion`]; as [`Draft::commit`]
    pub fn rollback(&self, table: &TableName, to: Option<u64>, run: &str, now: DateTime<Utc>) -> Result<Arc<Manifest>> {
        super::rollback::rollback(self, table, to, run, now)
    }

    /// Takes a table back: it has no publication any more, and its files are removed, also those that somebody reads. Gives how
    /// many versions there were; a later publication goes on counting.
    ///
    /// # Errors
    /// [`LakeError::Busy`] when a publisher has the table; when the disk refuses
    pub fn withdraw(&self, table: &TableName) -> Result<usize> {
        super::withdraw::withdraw(self, table)
    }

    /// Removes versions that are neither among the newest, nor recent, nor read by anybody
    ///
    /// # Errors
    /// When the disk refuses; what was removed before stays removed
    pub fn gc(&self, policy: &GcPolicy, now: DateTime<Utc>, dry_run: bool) -> Result<GcReport> {
        super::gc::gc(self, policy, now, dry_run)
    }

    /// Puts the lake in order after a crash: removes leftovers that nobody holds, falls back from a
    /// damaged newest version, repairs what lies beside the manifests. Returns what it did, a line each.
    ///
    /// # Errors
    /// When the disk refuses
    pub fn recover(&self) -> Result<Vec<String>> {
        super::recover::recover(self)
    }

    /// Reads every byte of a table's newest version and reports files that are not what the manifest says
    ///
    /// # Errors
    /// As [`Lake::current`]
    pub fn verify(&self, table: &TableName) -> Result<Vec<String>> {
        super::recover::verify(self, table)
    }
}
