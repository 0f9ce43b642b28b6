//! Manifests: what a version of a table consists of.

use super::{LakeError, Partition, Result, TableName, partition_key, schema};
use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The format this program writes, and the highest it reads
const FORMAT: u32 = 1;

/// One version of a table: its files and where they came from
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the manifest itself
    pub format: u32,
    /// The table
    pub table: TableName,
    /// Number of this version, from 1, never used twice
    pub version: u64,
    /// The version it was made from
    pub parent: Option<u64>,
    /// Set by a rollback: the version whose content this is
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<u64>,
    /// Unique to this publication
    pub id: String,
    /// When it was published
    pub created_at: DateTime<Utc>,
    /// The run that published it
    pub run: String,
    /// Columns; partition columns last; no view or dictionary types
    #[serde(with = "schema")]
    pub schema: SchemaRef,
    /// Partition columns, outermost folder first
    pub partition_columns: Vec<String>,
    /// Columns every file is sorted by: ascending, nulls last
    pub sort: Vec<String>,
    /// The files, by partition and then in the order they were added
    pub files: Vec<FileEntry>,
    /// Rows in all files
    pub rows: u64,
    /// Fingerprint of the contract or model that made it
    pub fingerprint: String,
    /// What it was made from
    pub inputs: BTreeMap<String, InputVersion>,
    /// Whatever else its maker wants to keep: key versions, settings
    pub properties: BTreeMap<String, String>,
    /// Audits that ran before it was published
    pub audits: Vec<AuditOutcome>,
    /// Why it was made
    pub reason: String,
    /// A later run that found the same content; its fingerprint, inputs, properties, audits and tags
    /// have taken the place of this manifest's own
    #[serde(skip)]
    pub confirmed: Option<Confirmation>,
}

/// A run that came to the same content as what was published
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Version that was confirmed
    pub version: u64,
    /// Its id
    pub id: String,
    /// The run
    pub run: String,
    /// When
    pub at: DateTime<Utc>,
    /// As in [`Manifest`]
    pub fingerprint: String,
    /// As in [`Manifest`]
    pub inputs: BTreeMap<String, InputVersion>,
    /// As in [`Manifest`]
    pub properties: BTreeMap<String, String>,
    /// As in [`Manifest`]
    pub audits: Vec<AuditOutcome>,
    /// By path of the file
    pub tags: BTreeMap<String, FileTags>,
}

/// A file of a version
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the table's folder
    pub path: String,
    /// Size
    pub bytes: u64,
    /// Content hash, hexadecimal
    pub blake3: String,
    /// Rows
    pub rows: u64,
    /// Values of the partition columns
    pub partition: Partition,
    /// Statistics by column, where there are any; never of pseudonyms
    pub columns: BTreeMap<String, ColumnStat>,
    /// Where the rows came from
    #[serde(default)]
    pub tags: FileTags,
}

/// Origin of a file's rows
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTags {
    /// The delivery
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// The period the delivery is about
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
}

/// Statistics of a column in a file
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnStat {
    /// Smallest value as text; nothing is below it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Largest value as text; nothing is above it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// Number of nulls
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<u64>,
    /// The bounds are wider than the values, as Parquet cuts long texts
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inexact: bool,
}

/// The version of an input a publication was made from
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputVersion {
    /// Version of the input; 0 for inputs without versions, such as code lists
    pub version: u64,
    /// Digest of its content
    pub digest: String,
    /// Digest by partition
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partitions: BTreeMap<String, String>,
}

/// How an audit ended
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditStatus {
    /// Nothing found
    Pass,
    /// Rows found, but the audit only warns
    Warn,
    /// Rows found; not published
    Fail,
}

/// Outcome of an audit
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOutcome {
    /// Name of the audit
    pub name: String,
    /// The rule, as text
    pub rule: String,
    /// How it ended
    pub status: AuditStatus,
    /// Rows that break the rule
    pub failing_rows: u64,
    /// More about it, without values of persons
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Manifest {
    /// The columns of the table, partition columns last
    #[must_use]
    pub fn arrow_schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// Digest of each partition's files, by [`partition_key`]; the order of the files does not matter
    #[must_use]
    pub fn partitions(&self) -> BTreeMap<String, String> {
        let mut by_partition: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for file in &self.files {
            by_partition
                .entry(partition_key(&file.partition))
                .or_default()
                .push(&file.blake3);
        }
        by_partition
            .into_iter()
            .map(|(key, hashes)| (key, digest_of(hashes)))
            .collect()
    }

    /// Digest of the content: the files and the schema. Equal digests are equal tables.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (key, digest) in self.partitions() {
            hasher
                .update(key.as_bytes())
                .update(b"\0")
                .update(digest.as_bytes())
                .update(b"\n");
        }
        hasher.update(schema::to_json(&self.schema).to_string().as_bytes());
        for column in self.partition_columns.iter().chain([&String::new()]).chain(&self.sort) {
            hasher.update(b"\0").update(column.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Lays a later run's confirmation over the manifest
    pub(crate) fn confirm(&mut self, confirmation: Confirmation) {
        self.fingerprint.clone_from(&confirmation.fingerprint);
        self.inputs.clone_from(&confirmation.inputs);
        self.properties.clone_from(&confirmation.properties);
        self.audits.clone_from(&confirmation.audits);
        for file in &mut self.files {
            if let Some(tags) = confirmation.tags.get(&file.path) {
                file.tags.clone_from(tags);
            }
        }
        self.confirmed = Some(confirmation);
    }

    /// The text of the manifest, with a checksum as its last member
    pub(crate) fn to_text(&self) -> Result<String> {
        sealed(self).map_err(|error| LakeError::Schema {
            table: self.table.clone(),
            problem: error.to_string(),
        })
    }

    /// Reads a manifest back, refusing anything that is not exactly what was written
    pub(crate) fn from_text(path: &Path, text: &str) -> Result<Self> {
        let manifest: Self = unsealed(path, text)?;
        if manifest.format > FORMAT {
            let problem = format!("it has format {}, this program reads up to {FORMAT}", manifest.format);
            return Err(LakeError::Manifest {
                path: path.to_owned(),
                problem,
            });
        }
        Ok(manifest)
    }

    /// The format new manifests get
    pub(crate) const fn current_format() -> u32 {
        FORMAT
    }
}

/// Digest of hashes, whatever their order
fn digest_of(mut hashes: Vec<&str>) -> String {
    hashes.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for hash in hashes {
        hasher.update(hash.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

const SEAL: &str = ",\n  \"checksum\": \"";

/// Pretty JSON of an object with, as last member, the hash of all text before that member
pub(crate) fn sealed<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.truncate(text.strip_suffix("\n}").map_or(text.len(), str::len));
    let checksum = blake3::hash(text.as_bytes()).to_hex();
    text.push_str(SEAL);
    text.push_str(&checksum);
    text.push_str("\"\n}\n");
    Ok(text)
}

/// Reads what [`sealed`] wrote
pub(crate) fn unsealed<T: for<'a> Deserialize<'a>>(path: &Path, text: &str) -> Result<T> {
    let damaged = |problem: String| LakeError::Manifest {
        path: path.to_owned(),
        problem,
    };
    let at = text.rfind(SEAL).ok_or_else(|| damaged("it has no checksum".into()))?;
    let (body, seal) = text.split_at(at);
    if seal != format!("{SEAL}{}\"\n}}\n", blake3::hash(body.as_bytes()).to_hex()) {
        return Err(damaged("its text does not match its checksum".into()));
    }
    serde_json::from_str(text).map_err(|error| damaged(error.to_string()))
}
