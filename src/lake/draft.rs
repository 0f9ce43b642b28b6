//! A version being made: a folder of unfinished files that nobody reads yet.

use super::disk::Disk;
use super::footer::{self, Footer};
use super::layout::{TableDir, UNFINISHED};
use super::lock::Lock;
use super::{FileEntry, FileTags, Lake, LakeError, LakeTable, Lease, Manifest, Partition, PublicationMeta, Published};
use super::{Result, TableName, partition, recover};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A version of a table in the making. It holds the table's publish lock; dropped without
/// [`Draft::commit`] it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    pub(super) lake: Lake,
    pub(super) table: TableDir,
    pub(super) parent: Option<Arc<Manifest>>,
    pub(super) restores: Option<u64>,
    /// Number the version will have
    pub(super) version: u64,
    /// Unique to this draft
    pub(super) id: String,
    /// Folder of the unfinished files
    pub(super) dir: PathBuf,
    pub(super) files: Vec<FileEntry>,
    /// By file: its schema and the columns with nulls; `None` for kept files
    pub(super) footers: Vec<Option<Footer>>,
    created: AtomicU64,
    _parent_lease: Option<Lease>,
    _lock: Lock,
}

/// A file being written
#[derive(Debug)]
pub struct DraftFile {
    /// Where to write the Parquet to; it is there, empty, and readable by us only
    pub path: PathBuf,
    partition: Partition,
    disk: Disk,
    checked: Option<Checked>,
    added: bool,
}

#[derive(Debug)]
struct Checked {
    bytes: u64,
    blake3: String,
    footer: Footer,
}

impl Draft {
    pub(super) fn start(lake: &Lake, table: &TableName) -> Result<Self> {
        let table = lake.dir(table)?;
        let disk = lake.disk();
        disk.ensure_dir(&table.dir)?;
        let lock = super::lock::table(disk, &table, lake.options().lock_wait)?;
        disk.ensure_dir(&table.manifests())?;
        disk.ensure_dir(&table.versions())?;
        for dir in [lake.root(), &table.schema, &table.dir, &table.manifests()] {
            // what another process made and did not get round to syncing is what we build on
            disk.sync_dir(dir)?;
        }
        recover::sweep(lake, &table)?;
        let parent = lake.current_of(&table)?;
        let parent_lease = parent
            .as_ref()
            .map(|p| super::lease::take(disk, &table, p.version))
            .transpose()?;
        let version = recover::highest_version(lake, &table)? + 1;
        let id = random_id()?;
        let dir = table.versions().join(format!("{UNFINISHED}{id}"));
        disk.create_dir(&dir)?;
        Ok(Self {
            lake: lake.clone(),
            table,
            parent,
            restores: None,
            version,
            id,
            dir,
            files: Vec::new(),
            footers: Vec::new(),
            created: AtomicU64::new(0),
            _parent_lease: parent_lease,
            _lock: lock,
        })
    }

    /// The publication this one will replace
    #[must_use]
    pub fn parent(&self) -> Option<&Arc<Manifest>> {
        self.parent.as_ref()
    }

    /// The number the version will have
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A new file in a partition, to be written by the caller; several threads may ask for files
    ///
    /// # Errors
    /// [`LakeError::PartitionValue`]; when the disk refuses
    pub fn create(&self, partition: &Partition) -> Result<DraftFile> {
        let dir = self.partition_dir(partition)?;
        let path = dir.join(format!(
            "{UNFINISHED}{:05}",
            self.created.fetch_add(1, Ordering::Relaxed)
        ));
        self.lake.disk().create_file(&path)?;
        let disk = self.lake.disk().clone();
        Ok(DraftFile {
            path,
            partition: partition.clone(),
            disk,
            checked: None,
            added: false,
        })
    }

    /// Takes a written file in: syncs it, opens it again, checks its footer, hashes it
    ///
    /// # Errors
    /// [`LakeError::DataFile`] when it is not a whole Parquet file; when the disk refuses
    pub fn add(&mut self, mut file: DraftFile, tags: FileTags) -> Result<()> {
        file.check()?;
        let mut entry = file.entry(String::new(), tags)?;
        entry.path = self.place(&file.partition, &entry.blake3)?;
        self.lake.disk().rename(&file.path, &self.table.dir.join(&entry.path))?;
        file.added = true;
        self.files.push(entry);
        self.footers.push(file.checked.take().map(|checked| checked.footer));
        Ok(())
    }

    /// Takes over a file of an earlier version, without copying it
    ///
    /// # Errors
    /// [`LakeError::DataFile`] when the file is not what its entry says; when the disk refuses
    pub fn keep(&mut self, entry: &FileEntry) -> Result<()> {
        let from = self.table.dir.join(&entry.path);
        if !Path::new(&entry.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(LakeError::data(&from, "it is not below the table's folder"));
        }
        self.partition_dir(&entry.partition)?;
        let path = self.place(&entry.partition, &entry.blake3)?;
        let to = self.table.dir.join(&path);
        self.link_or_copy(&from, &to)?;
        let bytes = to
            .metadata()
            .map_err(|error| LakeError::io("look at", &to, error))?
            .len();
        if bytes != entry.bytes {
            return Err(LakeError::data(
                &from,
                format!("it has {bytes} bytes, not {}", entry.bytes),
            ));
        }
        self.files.push(FileEntry { path, ..entry.clone() });
        self.footers.push(None);
        Ok(())
    }

    /// The files taken in so far; their paths are those of the unfinished folder
    #[must_use]
    pub fn staged(&self) -> &[FileEntry] {
        &self.files
    }

    /// Where the files taken in so far are
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| self.table.dir.join(&file.path)).collect()
    }

    /// A table over the files taken in so far, for audits of what is about to be published.
    /// It is of no use any more after [`Draft::commit`].
    ///
    /// # Errors
    /// [`LakeError::Schema`]
    pub fn provider(&self, schema: &SchemaRef, partition_columns: &[String]) -> Result<Arc<dyn TableProvider>> {
        self.provider_over(schema, partition_columns, self.files.clone())
    }

    /// A table over written files that are not taken in yet and published ones, so that they can be judged by themselves
    ///
    /// # Errors
    /// As [`Draft::add`] and [`Draft::provider`]
    pub fn provider_of<'f>(
        &self,
        schema: &SchemaRef,
        partition_columns: &[String],
        files: impl IntoIterator<Item = &'f mut DraftFile>,
        published: Vec<FileEntry>,
    ) -> Result<Arc<dyn TableProvider>> {
        let entries = files.into_iter().map(|file| {
            file.check()?;
            let path = super::layout::relative(&self.table.dir, &file.path)?;
            file.entry(path, FileTags::default())
        });
        let entries = entries.chain(published.into_iter().map(Ok));
        self.provider_over(schema, partition_columns, entries.collect::<Result<_>>()?)
    }

    fn provider_over(
        &self,
        schema: &SchemaRef,
        partition_columns: &[String],
        files: Vec<FileEntry>,
    ) -> Result<Arc<dyn TableProvider>> {
        let schema = super::commit::publication_schema(&self.table.name, schema, partition_columns)?;
        let table = LakeTable::over(&self.table, &schema, partition_columns, &[], files, None)?;
        Ok(Arc::new(table))
    }

    /// Publishes: after this, readers see the new version, whole. See [`Published`].
    ///
    /// # Errors
    /// [`LakeError::Schema`] when files and schema do not belong together, [`LakeError::Conflict`] when
    /// the version was taken: nothing is published. [`LakeError::AfterCommit`]: it is published, and the
    /// same call on a new draft with the same files puts the rest right. [`LakeError::Unsure`].
    pub fn commit(self, meta: PublicationMeta) -> Result<Published> {
        super::commit::commit(self, meta)
    }

    /// The place of the next file, relative to the table's folder
    fn place(&self, partition: &Partition, blake3: &str) -> Result<String> {
        let number = self.files.len();
        let hash = blake3.get(..12).unwrap_or(blake3);
        let name = format!("{}-{:08}-{number}-{hash}.parquet", self.table.name.table, self.version);
        let path = self
            .dir
            .join(partition::folder(&self.table.name, partition)?)
            .join(name);
        super::layout::relative(&self.table.dir, &path)
    }

    fn partition_dir(&self, partition: &Partition) -> Result<PathBuf> {
        let mut dir = self.dir.clone();
        for part in partition::folder(&self.table.name, partition)?.components() {
            dir.push(part);
            if !dir.is_dir() {
                match self.lake.disk().create_dir(&dir) {
                    Err(error) if error.is_already_exists() => {}
                    other => other?,
                }
            }
        }
        Ok(dir)
    }

    fn link_or_copy(&self, from: &Path, to: &Path) -> Result<()> {
        let disk = self.lake.disk();
        match disk.link(from, to) {
            Err(LakeError::Io { source, .. }) if no_links(&source) => {}
            other => return other,
        }
        let mut source = disk.open(from)?;
        let mut file = disk.create_file(to)?;
        std::io::copy(&mut source, &mut file).map_err(|error| LakeError::io("copy", to, error))?;
        disk.sync_file(to, &file)
    }
}

/// The file system has no hard links, or this file has as many as it can have
fn no_links(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::PERM, Errno::MLINK, Errno::NOTSUP]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.dir.exists() {
            // what stays behind is swept by the next draft
            if let Err(error) = self.lake.disk().remove_tree(&self.dir) {
                tracing::debug!(%error, "draft not removed");
            }
        }
    }
}

impl DraftFile {
    /// The partition the file is in
    #[must_use]
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// Syncs, checks and hashes the file; [`Draft::add`] does this too, but this may be done by the
    /// thread that wrote the file. The file must not be written to after this.
    ///
    /// # Errors
    /// As [`Draft::add`]
    pub fn check(&mut self) -> Result<()> {
        if self.checked.is_some() {
            return Ok(());
        }
        let file = self.disk.open(&self.path)?;
        self.disk.sync_file(&self.path, &file)?;
        let footer = footer::read(&self.path, &file)?;
        let (bytes, blake3) = hash(&self.disk, &self.path)?;
        self.checked = Some(Checked { bytes, blake3, footer });
        Ok(())
    }

    /// What a manifest says of the file, once it is checked
    fn entry(&self, path: String, tags: FileTags) -> Result<FileEntry> {
        let Some(Checked { bytes, blake3, footer }) = &self.checked else {
            return Err(LakeError::data(&self.path, "it was not checked"));
        };
        Ok(FileEntry {
            path,
            bytes: *bytes,
            blake3: blake3.clone(),
            rows: footer.rows,
            partition: self.partition.clone(),
            columns: footer.columns.clone(),
            tags,
        })
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        if !self.added {
            // commit removes what this cannot
            let _ = self.disk.remove_file(&self.path);
        }
    }
}

/// Size and content hash of a file
pub(super) fn hash(disk: &Disk, path: &Path) -> Result<(u64, String)> {
    let file = disk.open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher
        .update_reader(&file)
        .map_err(|error| LakeError::io("read", path, error))?;
    Ok((hasher.count(), hasher.finalize().to_hex().to_string()))
}

/// Sixteen hexadecimal digits from the operating system
pub(super) fn random_id() -> Result<String> {
    let number = getrandom::u64().map_err(|error| {
        LakeError::io(
            "read",
            Path::new("/dev/urandom"),
            std::io::Error::other(error.to_string()),
        )
    })?;
    Ok(format!("{number:016x}"))
}
