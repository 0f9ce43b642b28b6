//! Which columns of a table hold pseudonyms, and of which key version in each file.
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::{RotateError, VERSIONED, known_version};
use crate::lake::{Lake, Manifest};
use crate::pseudonym::{FIELD_CHAIN, FIELD_DOMAIN, FIELD_KEY, FIELD_KEY_VERSION, IdType, KeyRing};

/// A column of pseudonyms
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub(super) name: String,
    pub(super) id: IdType,
    pub(super) domain: String,
    /// The version the table's schema names
    pub(super) schema_version: Option<u32>,
}

/// The columns of pseudonyms of a version of a table
pub(super) struct TableColumns {
    pub(super) marked: Vec<Marked>,
    /// Columns of 16 bytes that do not say what they are
    pub(super) unmarked: Vec<String>,
    /// For each file of the manifest: key version by column
    pub(super) files: Vec<BTreeMap<String, u32>>,
}

impl TableColumns {
    pub(super) fn of(lake: &Lake, manifest: &Manifest) -> Result<Self, RotateError> {
        let schema = manifest.arrow_schema();
        let mut found = TableColumns {
            marked: Vec::new(),
            unmarked: Vec::new(),
            files: Vec::new(),
        };
        for field in schema
            .fields()
            .iter()
            .filter(|field| field.data_type() == &DataType::FixedSizeBinary(16))
        {
            let metadata = field.metadata();
            let id = metadata.get(FIELD_KEY).and_then(|id| id.parse().ok());
            match (id, metadata.get(FIELD_DOMAIN)) {
                (Some(id), Some(domain)) => found.marked.push(Marked {
                    name: field.name().clone(),
                    id,
                    domain: domain.clone(),
                    schema_version: version(metadata),
                }),
                _ => found.unmarked.push(field.name().clone()),
            }
        }
        if found.marked.is_empty() {
            found.files = vec![BTreeMap::new(); manifest.files.len()];
            return Ok(found);
        }
        let folder = lake.table_dir(&manifest.table)?;
        for entry in &manifest.files {
            let path = folder.join(&entry.path);
            let in_file = schema_of(&path)?;
            let mut versions = BTreeMap::new();
            for column in &found.marked {
                let Ok(field) = in_file.field_with_name(&column.name) else {
                    continue;
                };
                // a file knows best: after a broken-off rotation files of two versions stand side by side
                let known = version(field.metadata()).or(column.schema_version);
                let (table, name) = (manifest.table.clone(), column.name.clone());
                let known = known.ok_or(RotateError::Unversioned { table, column: name })?;
                versions.insert(column.name.clone(), known);
            }
            found.files.push(versions);
        }
        Ok(found)
    }

    /// Fails when a file's pseudonyms are of a key that is not in the ring
    pub(super) fn known(&self, ring: &KeyRing, manifest: &Manifest, to: u32) -> Result<(), RotateError> {
        for versions in &self.files {
            if let Some((column, version)) = versions.iter().find(|(_, v)| **v != to && !known_version(ring, **v)) {
                let (table, column, version) = (manifest.table.clone(), column.clone(), *version);
                return Err(RotateError::Unknown { table, column, version });
            }
        }
        Ok(())
    }
}

fn version(metadata: &HashMap<String, String>) -> Option<u32> {
    metadata.get(FIELD_KEY_VERSION)?.parse().ok()
}

fn schema_of(path: &Path) -> Result<SchemaRef, RotateError> {
    let file = File::open(path).map_err(|source| RotateError::Io {
        path: path.to_owned(),
        source,
    })?;
    let metadata = ArrowReaderMetadata::load(&file, Default::default());
    let metadata = metadata.map_err(|source| RotateError::Parquet {
        path: path.to_owned(),
        source,
    })?;
    Ok(Arc::clone(metadata.schema()))
}

/// The schema with these columns at the new version
pub(super) fn with_version(schema: &Schema, columns: &[Marked], to: u32, chain: usize) -> SchemaRef {
    let fields = schema.fields().iter().map(
        |field| match columns.iter().find(|column| &column.name == field.name()) {
            Some(_) => raised(field, to, chain),
            None => field.as_ref().clone(),
        },
    );
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Vec<_>>(),
        schema.metadata().clone(),
    ))
}

/// A field at the new version
pub(super) fn raised(field: &Field, to: u32, chain: usize) -> Field {
    let mut metadata = field.metadata().clone();
    VERSIONED.iter().for_each(|key| drop(metadata.remove(*key)));
    metadata.insert(FIELD_KEY_VERSION.to_owned(), to.to_string());
    metadata.insert(FIELD_CHAIN.to_owned(), chain.to_string());
    field.clone().with_metadata(metadata)
}

/// The part of the order a table claims that does not depend on pseudonyms: new ones sort differently
pub(super) fn order_that_stays(manifest: &Manifest, columns: &[Marked]) -> Vec<String> {
    let stays = |name: &&String| !columns.iter().any(|column| column.name == **name);
    manifest.sort.iter().take_while(stays).cloned().collect()
}
