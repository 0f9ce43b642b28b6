//! Collecting versions that nobody needs any more.

use super::draft::random_id;
use super::layout::{TableDir, UNFINISHED, version_of};
use super::{Lake, LakeError, Manifest, Result, TableName, lease, lock, recover};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What to keep: a version goes only when it is neither among the newest nor was current recently
#[derive(Debug, Clone, Copy)]
pub struct GcPolicy {
    /// Newest versions to keep; the newest one is always kept
    pub keep_versions: usize,
    /// Days to keep a version after it was replaced
    pub keep_days: u32,
}

/// A version that was, or would be, removed
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The table
    pub table: TableName,
    /// The version
    pub version: u64,
    /// Bytes that this frees on disk; files shared with other versions free nothing
    pub bytes: u64,
}

/// What a collection did, or would do
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Versions removed
    pub removed: Vec<Collected>,
    /// Versions that would have been removed, but somebody reads them
    pub leased: Vec<(TableName, u64)>,
    /// Tables left alone because somebody publishes to them
    pub busy: Vec<TableName>,
}

impl GcReport {
    /// Bytes freed in total
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.removed.iter().map(|collected| collected.bytes).sum()
    }
}

pub(super) fn gc(lake: &Lake, policy: &GcPolicy, now: DateTime<Utc>, dry_run: bool) -> Result<GcReport> {
    let mut report = GcReport::default();
    for dir in lake.table_dirs()? {
        match lock::table(lake.disk(), &dir, lake.options().lock_wait) {
            Err(LakeError::Busy { .. }) => report.busy.push(dir.name),
            Err(error) => return Err(error),
            Ok(_lock) => collect_table(lake, &dir, policy, now, dry_run, &mut report)?,
        }
    }
    Ok(report)
}

fn collect_table(
    lake: &Lake,
    dir: &TableDir,
    policy: &GcPolicy,
    now: DateTime<Utc>,
    dry_run: bool,
    report: &mut GcReport,
) -> Result<()> {
    if !dry_run {
        recover::sweep(lake, dir)?;
    }
    let mut shared = Shared::default();
    let mut remove = |version: u64, manifest: &Path| -> Result<Collected> {
        let bytes = shared.freed(lake, &dir.version_dir(version), dry_run)?;
        if !dry_run {
            // the manifest first: without it nobody finds the files, whatever happens next
            lake.disk().remove_file(manifest)?;
            lake.disk().sync_dir(&dir.manifests())?;
            remove_files(lake, dir, version)?;
        }
        Ok(Collected {
            table: dir.name.clone(),
            version,
            bytes,
        })
    };
    for version in expired(lake, dir, policy, now)? {
        match lease::exclude(lake.disk(), dir, version)? {
            Some(_lock) => report.removed.push(remove(version, &dir.manifest(version))?),
            None => report.leased.push((dir.name.clone(), version)),
        }
    }
    for version in long_broken(lake, dir, policy, now)? {
        report.removed.push(remove(version, &dir.broken(version))?);
    }
    Ok(())
}

/// Damaged versions that were set aside more than the policy's days ago
fn long_broken(lake: &Lake, dir: &TableDir, policy: &GcPolicy, now: DateTime<Utc>) -> Result<Vec<u64>> {
    let mut versions = Vec::new();
    for name in lake.disk().list(&dir.manifests())? {
        let Some(version) = version_of(&name, ".broken") else {
            continue;
        };
        let path = dir.broken(version);
        let about = path
            .metadata()
            .map_err(|error| LakeError::io("look at", &path, error))?;
        if now.timestamp() - about.ctime() >= i64::from(policy.keep_days) * 86_400 {
            versions.push(version);
        }
    }
    Ok(versions)
}

fn expired(lake: &Lake, dir: &TableDir, policy: &GcPolicy, now: DateTime<Utc>) -> Result<Vec<u64>> {
    let versions = lake.versions(dir)?;
    let mut expired = Vec::new();
    let mut replaced_at: Option<DateTime<Utc>> = None;
    for (age, version) in versions.into_iter().rev().enumerate() {
        let recent = replaced_at.is_none_or(|at| now - at < TimeDelta::days(i64::from(policy.keep_days)));
        if age >= policy.keep_versions.max(1) && !recent {
            expired.push(version);
        }
        match lake.read_manifest(dir, version) {
            Ok(Manifest { created_at, .. }) => replaced_at = Some(created_at),
            Err(LakeError::Manifest { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    expired.reverse();
    Ok(expired)
}

fn remove_files(lake: &Lake, dir: &TableDir, version: u64) -> Result<()> {
    let folder = dir.version_dir(version);
    if folder.exists() {
        // under a name that says it is going, so that a crash half-way leaves no folder that looks whole
        let going = dir.versions().join(format!("{UNFINISHED}{}-gone", random_id()?));
        lake.disk().rename(&folder, &going)?;
        lake.disk().remove_tree(&going)?;
    }
    let confirmation = dir.confirmation(version);
    if confirmation.exists() {
        lake.disk().remove_file(&confirmation)?;
    }
    Ok(())
}

/// Which files would be gone already, had this not been a dry run
#[derive(Default)]
struct Shared {
    /// By inode: links seen in versions that would have been removed
    seen: HashMap<u64, u64>,
}

impl Shared {
    /// Bytes of files that no version that stays shares
    fn freed(&mut self, lake: &Lake, folder: &Path, dry_run: bool) -> Result<u64> {
        let mut bytes = 0;
        for file in lake.disk().files_below(folder)? {
            let path = folder.join(file);
            let about = path
                .metadata()
                .map_err(|error| LakeError::io("look at", &path, error))?;
            let seen = self.seen.entry(about.ino()).or_default();
            if *seen + 1 >= about.nlink() {
                bytes += about.len();
            }
            if dry_run {
                *seen += 1;
            }
        }
        Ok(bytes)
    }
}
