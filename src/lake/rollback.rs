//! Going back to an earlier version, by publishing its content again.

use super::draft::hash;
use super::{Lake, LakeError, Manifest, PublicationMeta, Result, TableName};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// By what rule a version withholds small cells.
const RULE: &str = "disclosure.rule";

pub(super) fn rollback(
    lake: &Lake,
    table: &TableName,
    to: Option<u64>,
    run: &str,
    now: DateTime<Utc>,
) -> Result<Arc<Manifest>> {
    let mut draft = lake.draft(table)?;
    let Some(current) = draft.parent().cloned() else {
        return Err(LakeError::NoTable { table: table.clone() });
    };
    let version = match to {
        Some(version) => version,
        None => before(lake, &current)?,
    };
    let _lease = lake.lease(table, version)?;
    let target = lake.manifest(table, version)?;
    let rule = |manifest: &Manifest| manifest.properties.get(RULE).cloned();
    if rule(&current).is_some() && rule(&current) != rule(&target) {
        return Err(LakeError::OtherRule {
            table: table.clone(),
            version,
        });
    }
    let dir = lake.table_dir(table)?;
    for file in &target.files {
        // it may have lain there for long
        let path = dir.join(&file.path);
        if hash(lake.disk(), &path)?.1 != file.blake3 {
            return Err(LakeError::data(
                &path,
                "it is not what was published; choose another version",
            ));
        }
        draft.keep(file)?;
    }
    draft.restores = Some(target.restores.unwrap_or(target.version));
    let published = draft.commit(PublicationMeta {
        schema: target.arrow_schema(),
        partition_columns: target.partition_columns.clone(),
        sort: target.sort.clone(),
        fingerprint: target.fingerprint.clone(),
        inputs: target.inputs.clone(),
        properties: target.properties.clone(),
        audits: target.audits.clone(),
        run: run.to_owned(),
        created_at: now,
        reason: format!("rolled back to version {version}"),
    })?;
    Ok(Arc::clone(published.manifest()))
}

/// The version before the one whose content is current
fn before(lake: &Lake, current: &Manifest) -> Result<u64> {
    let content = current.restores.unwrap_or(current.version);
    let dir = lake.dir(&current.table)?;
    let earlier = lake.versions(&dir)?.into_iter().rfind(|version| *version < content);
    earlier.ok_or_else(|| LakeError::NoVersion {
        table: current.table.clone(),
        version: content.saturating_sub(1),
    })
}
