//! Taking a table back: from then on it is not published, and its files are gone.

use super::{Lake, Result, TableName, lock, pointers, recover, views};

/// How many versions there were. Numbers of versions are not used again.
pub(super) fn withdraw(lake: &Lake, table: &TableName) -> Result<usize> {
    let dir = lake.dir(table)?;
    if !dir.dir.is_dir() {
        return Ok(0);
    }
    let _lock = lock::table(lake.disk(), &dir, lake.options().lock_wait)?;
    let versions = lake.versions(&dir)?;
    for (place, version) in versions.iter().enumerate() {
        if place + 1 == versions.len() {
            // until the newest goes the table is as it was, and then it is not an earlier one
            lake.disk().sync_dir(&dir.manifests())?;
        }
        lake.disk().rename(&dir.manifest(*version), &dir.withdrawn(*version))?;
    }
    if !versions.is_empty() {
        lake.disk().sync_dir(&dir.manifests())?;
    }
    pointers::remove(lake, &dir)?;
    if dir.name.schema == "mart" {
        views::bring_up_to_date(lake)?;
    }
    recover::sweep(lake, &dir)?;
    Ok(versions.len())
}
