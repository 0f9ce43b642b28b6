//! Publishing a draft. The order of the steps is what makes it safe: see each step's reason.

use super::layout::{UNFINISHED, version_path};
use super::manifest::{Confirmation, sealed};
use super::schema::plain_schema;
use super::{AuditOutcome, Draft, FileTags, InputVersion, LakeError, Manifest, Partition, Result, TableName};
use super::{pointers, single, views};
use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a publication says about itself
#[derive(Debug, Clone)]
pub struct PublicationMeta {
    /// Columns, partition columns included (in any place)
    pub schema: SchemaRef,
    /// Partition columns, outermost folder first
    pub partition_columns: Vec<String>,
    /// Columns every file is sorted by: ascending, nulls last. The lake relies on it.
    pub sort: Vec<String>,
    /// As in [`Manifest`]
    pub fingerprint: String,
    /// As in [`Manifest`]
    pub inputs: BTreeMap<String, InputVersion>,
    /// As in [`Manifest`]
    pub properties: BTreeMap<String, String>,
    /// As in [`Manifest`]
    pub audits: Vec<AuditOutcome>,
    /// As in [`Manifest`]
    pub run: String,
    /// As in [`Manifest`]
    pub created_at: DateTime<Utc>,
    /// As in [`Manifest`]
    pub reason: String,
}

/// What a commit came to
#[derive(Debug, Clone)]
pub enum Published {
    /// A new version
    New(Arc<Manifest>),
    /// The content is what was published already. No new version; what is new about its origin
    /// (fingerprint, inputs, properties, audits, tags) is kept as a [`Confirmation`], so that the next
    /// plan finds it.
    Unchanged(Arc<Manifest>),
}

impl Published {
    /// The manifest of the content, new or not
    #[must_use]
    pub fn manifest(&self) -> &Arc<Manifest> {
        match self {
            Self::New(manifest) | Self::Unchanged(manifest) => manifest,
        }
    }
}

/// The schema as published: no view or dictionary types, partition columns last and not nullable
pub(super) fn publication_schema(table: &TableName, schema: &Schema, partition: &[String]) -> Result<SchemaRef> {
    let plain = plain_schema(schema);
    let wrong = |problem: String| LakeError::Schema {
        table: table.clone(),
        problem,
    };
    let (mut names, mut fields): (BTreeSet<&str>, Vec<FieldRef>) = (BTreeSet::new(), Vec::new());
    for field in plain.fields() {
        if !names.insert(field.name()) {
            return Err(wrong(format!("column `{}` is there twice", field.name())));
        }
        if !partition.contains(field.name()) {
            fields.push(Arc::clone(field));
        }
    }
    for column in partition {
        let field = plain
            .field_with_name(column)
            .map_err(|_| wrong(format!("partition column `{column}` is not one of its columns")))?;
        fields.push(Arc::new(field.clone().with_nullable(false)));
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, plain.metadata().clone())))
}

pub(super) fn commit(mut draft: Draft, meta: PublicationMeta) -> Result<Published> {
    let manifest = finished(&mut draft, meta)?;
    if let Some(parent) = draft
        .parent
        .clone()
        .filter(|parent| parent.digest() == manifest.digest())
    {
        return unchanged(&draft, &parent, &manifest);
    }
    check_files(&draft, &manifest)?;
    let disk = draft.lake.disk();
    // made before the commit, so that a full disk means nothing is published
    let single = single::prepare(&draft.lake, &draft.table, &manifest, &sources(&draft), &draft.id)?;
    let outcome = publish(&draft, &manifest);
    if let (Err(_), Some(file)) = (&outcome, &single) {
        let _ = disk.remove_file(file);
    }
    outcome?;
    let outcome = beside(&draft, &manifest, single);
    let (table, version) = (draft.table.name.clone(), draft.version);
    outcome.map_err(|source| LakeError::AfterCommit {
        table,
        version,
        source: Box::new(source),
    })?;
    Ok(Published::New(Arc::new(manifest)))
}

/// The manifest, with the files by partition and under their final paths
fn finished(draft: &mut Draft, meta: PublicationMeta) -> Result<Manifest> {
    let schema = publication_schema(&draft.table.name, &meta.schema, &meta.partition_columns)?;
    let mut order: Vec<usize> = (0..draft.files.len()).collect();
    order.sort_by(|a, b| draft.files[*a].partition.cmp(&draft.files[*b].partition).then(a.cmp(b)));
    draft.footers = order.iter().map(|i| draft.footers[*i].clone()).collect();
    draft.files = order.iter().map(|i| draft.files[*i].clone()).collect();
    let (unfinished, version) = (format!("v/{UNFINISHED}{}", draft.id), version_path(draft.version));
    let files = draft.files.iter().cloned().map(|mut file| {
        file.path = file.path.replacen(&unfinished, &version, 1);
        file
    });
    Ok(Manifest {
        format: Manifest::current_format(),
        table: draft.table.name.clone(),
        version: draft.version,
        parent: draft.parent.as_ref().map(|parent| parent.version),
        restores: draft.restores,
        id: draft.id.clone(),
        created_at: meta.created_at,
        run: meta.run,
        schema,
        partition_columns: meta.partition_columns,
        sort: meta.sort,
        rows: draft.files.iter().map(|file| file.rows).sum(),
        files: files.collect(),
        fingerprint: meta.fingerprint,
        inputs: meta.inputs,
        properties: meta.properties,
        audits: meta.audits,
        reason: meta.reason,
        confirmed: None,
    })
}

/// Where each file of the manifest is before the commit
fn sources(draft: &Draft) -> Vec<PathBuf> {
    draft.paths()
}

/// What is about to be published must be readable under its schema
fn check_files(draft: &Draft, manifest: &Manifest) -> Result<()> {
    let wrong = |problem: String| LakeError::Schema {
        table: manifest.table.clone(),
        problem,
    };
    for column in &manifest.sort {
        if manifest.schema.field_with_name(column).is_err() {
            return Err(wrong(format!("sort column `{column}` is not one of its columns")));
        }
    }
    // files of a parent with this schema were checked when they were published
    let parent = draft.parent.as_ref().filter(|parent| parent.schema == manifest.schema);
    let checked: BTreeSet<&str> = parent
        .iter()
        .flat_map(|parent| &parent.files)
        .map(|file| file.blake3.as_str())
        .collect();
    for ((file, footer), path) in manifest.files.iter().zip(&draft.footers).zip(draft.paths()) {
        let columns: Vec<&String> = file.partition.iter().map(|(column, _)| column).collect();
        if columns != manifest.partition_columns.iter().collect::<Vec<_>>() {
            return Err(wrong(format!(
                "{} is not in partitions of {:?}",
                file.path, manifest.partition_columns
            )));
        }
        let footer = match footer {
            Some(footer) => footer.clone(),
            None if checked.contains(file.blake3.as_str()) => continue,
            None => super::footer::read(&path, &draft.lake.disk().open(&path)?)?,
        };
        fits(manifest, &footer).map_err(|problem| wrong(format!("{}: {problem}", file.path)))?;
    }
    Ok(())
}

fn fits(manifest: &Manifest, footer: &super::footer::Footer) -> Result<(), String> {
    for field in manifest.schema.fields() {
        let name = field.name();
        let stored = footer.schema.field_with_name(name).ok();
        match (manifest.partition_columns.contains(name), stored) {
            (true, Some(_)) => return Err(format!("partition column `{name}` is stored in the file; leave it out")),
            (true, None) => {}
            (false, None) if field.is_nullable() => {}
            (false, None) => return Err(format!("column `{name}` is missing")),
            (false, Some(stored)) if stored.data_type() != field.data_type() => {
                return Err(format!(
                    "column `{name}` is {}, not {}",
                    stored.data_type(),
                    field.data_type()
                ));
            }
            (false, Some(_)) if !field.is_nullable() && footer.with_nulls.contains(name) => {
                return Err(format!("column `{name}` has nulls but is declared not to"));
            }
            (false, Some(_)) => {}
        }
    }
    let known = |name: &String| manifest.schema.field_with_name(name).is_ok();
    match footer.schema.fields().iter().find(|field| !known(field.name())) {
        Some(field) => Err(format!("column `{}` is not in the schema", field.name())),
        None => Ok(()),
    }
}

/// The commit itself
fn publish(draft: &Draft, manifest: &Manifest) -> Result<()> {
    let disk = draft.lake.disk();
    let (table, version) = (&draft.table, draft.version);
    clean(draft)?;
    sync_tree(draft, &draft.dir)?;
    // the version's folder is whole and lasting before anything points at it
    let conflict = || LakeError::Conflict {
        table: table.name.clone(),
        version,
    };
    match disk.rename_new(&draft.dir, &table.version_dir(version)) {
        Err(error) if error.is_already_exists() => return Err(conflict()),
        other => other?,
    }
    disk.sync_dir(&table.versions())?;
    let unfinished = table.manifests().join(format!("{UNFINISHED}{}", draft.id));
    disk.write_new(&unfinished, manifest.to_text()?.as_bytes())?;
    // the commit point: it either is there under its number or it is not, and never replaces another
    if let Err(error) = disk.rename_new(&unfinished, &table.manifest(version)) {
        // a failure may still have happened: the id tells whose manifest is there, if any
        match draft.lake.read_manifest(table, version) {
            Ok(found) if found.id == manifest.id => {}
            Ok(_) => return Err(conflict()),
            Err(_) => return Err(error),
        }
    }
    let unsure = |source| LakeError::Unsure {
        table: table.name.clone(),
        version,
        source: Box::new(source),
    };
    disk.sync_dir(&table.manifests()).map_err(unsure)
}

/// Everything that follows from the manifest
fn beside(draft: &Draft, manifest: &Manifest, single: Option<PathBuf>) -> Result<()> {
    pointers::bring_up_to_date(&draft.lake, &draft.table, manifest, single)?;
    if manifest.table.schema == "mart" {
        views::bring_up_to_date(&draft.lake)?;
    }
    Ok(())
}

/// Removes what was created but never taken in
fn clean(draft: &Draft) -> Result<()> {
    let disk = draft.lake.disk();
    let staged: BTreeSet<PathBuf> = draft.paths().into_iter().collect();
    for file in disk.files_below(&draft.dir)? {
        let path = draft.dir.join(file);
        if !staged.contains(&path) {
            disk.remove_file(&path)?;
        }
    }
    let kept: BTreeSet<&Path> = staged.iter().flat_map(|path| path.ancestors()).collect();
    remove_unused(draft, &draft.dir, &kept)
}

fn remove_unused(draft: &Draft, dir: &Path, kept: &BTreeSet<&Path>) -> Result<()> {
    for name in draft.lake.disk().list(dir)? {
        let entry = dir.join(name);
        if !kept.contains(entry.as_path()) {
            draft.lake.disk().remove_tree(&entry)?;
        } else if entry.is_dir() {
            remove_unused(draft, &entry, kept)?;
        }
    }
    Ok(())
}

fn sync_tree(draft: &Draft, dir: &Path) -> Result<()> {
    for name in draft.lake.disk().list(dir)? {
        let entry = dir.join(name);
        if entry.is_dir() {
            sync_tree(draft, &entry)?;
        }
    }
    draft.lake.disk().sync_dir(dir)
}

/// The content is the parent's: nothing to publish, only perhaps something to remember
fn unchanged(draft: &Draft, parent: &Manifest, new: &Manifest) -> Result<Published> {
    let mut tags: BTreeMap<(&Partition, &str), VecDeque<&FileTags>> = BTreeMap::new();
    for file in &new.files {
        tags.entry((&file.partition, &file.blake3))
            .or_default()
            .push_back(&file.tags);
    }
    let mut now = parent.clone();
    for file in &mut now.files {
        let queue = tags.get_mut(&(&file.partition, file.blake3.as_str()));
        if let Some(tags) = queue.and_then(VecDeque::pop_front) {
            file.tags.clone_from(tags);
        }
    }
    now.confirm(Confirmation {
        version: parent.version,
        id: parent.id.clone(),
        run: new.run.clone(),
        at: new.created_at,
        fingerprint: new.fingerprint.clone(),
        inputs: new.inputs.clone(),
        properties: new.properties.clone(),
        audits: new.audits.clone(),
        tags: now
            .files
            .iter()
            .map(|file| (file.path.clone(), file.tags.clone()))
            .collect(),
    });
    let same = Manifest {
        confirmed: parent.confirmed.clone(),
        ..now.clone()
    } == *parent;
    let after = |source| LakeError::AfterCommit {
        table: parent.table.clone(),
        version: parent.version,
        source: Box::new(source),
    };
    let kept = if same {
        parent.clone()
    } else {
        remember(draft, now).map_err(after)?
    };
    beside(draft, &kept, None).map_err(after)?;
    Ok(Published::Unchanged(Arc::new(kept)))
}

fn remember(draft: &Draft, now: Manifest) -> Result<Manifest> {
    let path = draft.table.confirmation(now.version);
    let text = sealed(&now.confirmed).map_err(|error| LakeError::Schema {
        table: now.table.clone(),
        problem: error.to_string(),
    })?;
    let temporary = draft.table.manifests().join(format!("{UNFINISHED}{}", draft.id));
    draft.lake.disk().replace(&path, &temporary, text.as_bytes())?;
    Ok(now)
}
