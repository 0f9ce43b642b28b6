//! Putting a table in order after a crash.

use super::draft::hash;
use super::layout::{TableDir, UNFINISHED, version_of};
use super::{Lake, LakeError, Manifest, Result, TableName, lock, pointers, views};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) fn recover(lake: &Lake) -> Result<Vec<String>> {
    let mut done = Vec::new();
    done.extend(
        views::sweep(lake)?
            .iter()
            .map(|path| format!("removed unfinished {}", path.display())),
    );
    for dir in lake.table_dirs()? {
        // whoever holds the lock looks after the table
        match lock::table(lake.disk(), &dir, Duration::ZERO) {
            Err(LakeError::Busy { .. }) => {}
            Err(error) => return Err(error),
            Ok(_lock) => done.extend(
                recover_table(lake, &dir)?
                    .into_iter()
                    .map(|line| format!("{}: {line}", dir.name)),
            ),
        }
    }
    if lake.root().join("mart").is_dir() && views::bring_up_to_date(lake)? {
        done.push("repaired views.sql".to_owned());
    }
    Ok(done)
}

fn recover_table(lake: &Lake, dir: &TableDir) -> Result<Vec<String>> {
    let mut done: Vec<String> = sweep(lake, dir)?
        .iter()
        .map(|path| format!("removed unfinished {}", path.display()))
        .collect();
    while let Some(version) = lake.versions(dir)?.last().copied() {
        let problem = match lake.read_manifest(dir, version).and_then(|manifest| {
            let missing = missing_file(dir, &manifest)?;
            Ok((manifest, missing))
        }) {
            Ok((manifest, None)) => {
                let changed = pointers::bring_up_to_date(lake, dir, &manifest, None)?;
                done.extend(changed.iter().map(|what| format!("repaired {what}")));
                return Ok(done);
            }
            Ok((_, Some(problem))) => problem,
            Err(error) if pointers::is_damage(&error) => error.to_string(),
            Err(error) => return Err(error),
        };
        tracing::error!(table = %dir.name, version, %problem, "damaged version set aside");
        lake.disk().rename(&dir.manifest(version), &dir.broken(version))?;
        lake.disk().sync_dir(&dir.manifests())?;
        done.push(format!(
            "version {version} is damaged ({problem}) and was set aside; readers get the version before it"
        ));
    }
    let beside = pointers::remove(lake, dir)?;
    done.extend(
        beside
            .iter()
            .map(|path| format!("removed {path}: there is no publication")),
    );
    Ok(done)
}

/// The first file that is not there or has another size
fn missing_file(dir: &TableDir, manifest: &Manifest) -> Result<Option<String>> {
    for file in &manifest.files {
        let path = dir.dir.join(&file.path);
        match path.metadata() {
            Ok(found) if found.len() == file.bytes => {}
            Ok(found) => {
                return Ok(Some(format!(
                    "{} has {} bytes, not {}",
                    file.path,
                    found.len(),
                    file.bytes
                )));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Some(format!("{} is missing", file.path)));
            }
            Err(error) => return Err(LakeError::io("look at", &path, error)),
        }
    }
    Ok(None)
}

/// The highest number that was ever used, by a version or by the beginning of one
pub(super) fn highest_version(lake: &Lake, dir: &TableDir) -> Result<u64> {
    let manifests = lake.disk().list(&dir.manifests())?;
    let folders = lake.disk().list(&dir.versions())?;
    let of_manifests = manifests
        .iter()
        .filter_map(|name| version_of(name.split('.').next()?, ""));
    Ok(of_manifests
        .chain(folders.iter().filter_map(|name| version_of(name, "")))
        .max()
        .unwrap_or(0))
}

/// Removes what was never finished. The caller holds the publish lock, so nobody is busy with any of it.
pub(super) fn sweep(lake: &Lake, dir: &TableDir) -> Result<Vec<PathBuf>> {
    let disk = lake.disk();
    let mut removed = Vec::new();
    let manifests = disk.list(&dir.manifests())?;
    let known: BTreeSet<u64> = manifests
        .iter()
        .filter_map(|name| version_of(name, ".json").or_else(|| version_of(name, ".broken")))
        .collect();
    let mut unfinished: Vec<PathBuf> = Vec::new();
    for folder in [dir.dir.clone(), dir.manifests(), dir.versions()] {
        let names = disk
            .list(&folder)?
            .into_iter()
            .filter(|name| name.starts_with(UNFINISHED));
        unfinished.extend(names.map(|name| folder.join(name)));
    }
    let singles = disk
        .list(&dir.schema)?
        .into_iter()
        .filter(|name| dir.is_unfinished_single_file(name));
    unfinished.extend(singles.map(|name| dir.schema.join(name)));
    for name in disk.list(&dir.versions())? {
        // a version without a manifest never was one: nobody can have read it
        if version_of(&name, "").is_some_and(|version| !known.contains(&version)) {
            unfinished.push(dir.versions().join(name));
        }
    }
    for name in &manifests {
        if version_of(name, ".confirmed").is_some_and(|version| !known.contains(&version)) {
            unfinished.push(dir.manifests().join(name));
        }
    }
    for path in unfinished {
        remove(lake, &path)?;
        removed.push(path);
    }
    Ok(removed)
}

fn remove(lake: &Lake, path: &Path) -> Result<()> {
    if path.is_dir() && !path.is_symlink() {
        lake.disk().remove_tree(path)
    } else {
        lake.disk().remove_file(path)
    }
}

pub(super) fn verify(lake: &Lake, table: &TableName) -> Result<Vec<String>> {
    let dir = lake.dir(table)?;
    let Some((manifest, _lease)) = lake.pin(table)? else {
        return Err(LakeError::NoTable { table: table.clone() });
    };
    let mut found = Vec::new();
    for file in &manifest.files {
        match hash(lake.disk(), &dir.dir.join(&file.path)) {
            Ok((bytes, blake3)) if (bytes, &blake3) == (file.bytes, &file.blake3) => {}
            Ok(_) => found.push(format!("{} is not what was published", file.path)),
            Err(error) if error.is_not_found() => found.push(format!("{} is missing", file.path)),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
