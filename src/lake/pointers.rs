//! What lies beside the manifests for other programs: `latest.json`, the `current` link, the single file.
//! All of it follows from the newest manifest and is replaced in one step each.

use super::draft::random_id;
use super::layout::{TableDir, UNFINISHED, version_path};
use super::{Lake, LakeError, Manifest, Result, single};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Makes everything beside the manifest agree with it, and says what had to be changed. `ready` is the
/// single file, when it was written before.
pub(super) fn bring_up_to_date(
    lake: &Lake,
    dir: &TableDir,
    manifest: &Manifest,
    ready: Option<PathBuf>,
) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let id = random_id()?;
    let disk = lake.disk();
    let (latest, text) = (dir.latest(), latest_text(manifest));
    if disk.read_if_any(&latest)?.as_deref() != Some(&text) {
        disk.replace(
            &latest,
            &dir.dir.join(format!("{UNFINISHED}{id}-latest")),
            text.as_bytes(),
        )?;
        changed.push("latest.json".to_owned());
    }
    let (link, target) = (dir.current(), PathBuf::from(version_path(manifest.version)));
    if std::fs::read_link(&link).ok().as_ref() != Some(&target) {
        let unfinished = dir.dir.join(format!("{UNFINISHED}{id}-current"));
        disk.symlink(&target, &unfinished)?;
        disk.rename(&unfinished, &link)?;
        disk.sync_dir(&dir.dir)?;
        changed.push("current".to_owned());
    }
    if manifest.table.schema == "mart" && single_file(lake, dir, manifest, ready, &id)? {
        changed.push(format!("{}.parquet", manifest.table.table));
    }
    Ok(changed)
}

fn single_file(lake: &Lake, dir: &TableDir, manifest: &Manifest, ready: Option<PathBuf>, id: &str) -> Result<bool> {
    let disk = lake.disk();
    let path = dir.single_file();
    if !single::wanted(lake, manifest) {
        if !path.exists() {
            return Ok(false);
        }
        // an older publication under a name without a version would pass for this one
        disk.remove_file(&path)?;
        return disk.sync_dir(&dir.schema).map(|()| true);
    }
    let ready = match ready {
        Some(ready) => Some(ready),
        None if single::is_current(disk, dir, manifest)? => return Ok(false),
        None => single::prepare(lake, dir, manifest, &files(dir, manifest), id)?,
    };
    if let Some(ready) = ready {
        disk.rename(&ready, &path)?;
        disk.sync_dir(&dir.schema)?;
    }
    Ok(true)
}

fn files(dir: &TableDir, manifest: &Manifest) -> Vec<PathBuf> {
    manifest.files.iter().map(|file| dir.dir.join(&file.path)).collect()
}

/// What `latest.json` should say
fn latest_text(manifest: &Manifest) -> String {
    let latest = json!({
        "table": manifest.table,
        "version": manifest.version,
        "id": manifest.id,
        "created_at": manifest.created_at,
        "rows": manifest.rows,
        "manifest": format!("_manifests/{:020}.json", manifest.version),
        "directory": version_path(manifest.version),
        "files": manifest.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
    });
    format!("{latest:#}\n")
}

/// Takes away everything beside the manifests, for a table without a publication
pub(super) fn remove(lake: &Lake, dir: &TableDir) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let mut paths = vec![dir.latest(), dir.current()];
    if dir.name.schema == "mart" {
        paths.push(dir.single_file());
    }
    for path in paths {
        if path.is_symlink() || path.exists() {
            lake.disk().remove_file(&path)?;
            lake.disk().sync_dir(path.parent().unwrap_or(Path::new(".")))?;
            changed.push(path.display().to_string());
        }
    }
    Ok(changed)
}

/// Whether an error is about content rather than about the disk refusing
pub(super) fn is_damage(error: &LakeError) -> bool {
    matches!(error, LakeError::Manifest { .. } | LakeError::DataFile { .. })
}
