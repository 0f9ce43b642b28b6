//! Small tables to publish, and every way to read them back.

use crate::lake::{Draft, FileTags, Lake, LakeOptions, PublicationMeta, Published, Result, TableName};
use chrono::{DateTime, TimeDelta, Utc};
use datafusion::arrow::array::{ArrayRef, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Values by year: the content of a test table
pub(super) type Content = BTreeMap<String, Vec<i64>>;

/// In memory where there is such a place: these tests sync thousands of files
pub(super) fn temp() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.unwrap()
}

pub(super) fn options() -> LakeOptions {
    LakeOptions {
        lock_wait: Duration::from_secs(60),
        ..LakeOptions::default()
    }
}

pub(super) fn lake(dir: &tempfile::TempDir) -> Lake {
    Lake::open(&dir.path().join("lake"), options()).unwrap()
}

pub(super) fn mart() -> TableName {
    "mart.proef".parse().unwrap()
}

pub(super) fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + number)
}

pub(super) fn content(parts: &[(&str, &[i64])]) -> Content {
    parts
        .iter()
        .map(|(year, values)| ((*year).to_owned(), values.to_vec()))
        .collect()
}

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("waarde", DataType::Int64, false),
        Field::new("pseudoniem", DataType::FixedSizeBinary(16), false),
        Field::new("naam", DataType::Utf8, true),
        Field::new("jaar", DataType::Utf8, false),
    ]))
}

pub(super) fn batch(values: &[i64]) -> RecordBatch {
    let keys: Vec<[u8; 16]> = values
        .iter()
        .map(|value| value.to_be_bytes().repeat(2).try_into().unwrap())
        .collect();
    let names = values.iter().map(|value| (value % 3 != 0).then(|| format!("n{value}")));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(values.to_vec())),
        Arc::new(FixedSizeBinaryArray::try_from_iter(keys.iter()).unwrap()),
        Arc::new(StringArray::from_iter(names)),
    ];
    let fields: Vec<Field> = schema()
        .fields()
        .iter()
        .take(3)
        .map(|field| field.as_ref().clone())
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

pub(super) fn write(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

pub(super) fn year(year: &str) -> Vec<(String, String)> {
    vec![("jaar".to_owned(), year.to_owned())]
}

pub(super) fn meta(reason: &str, at: i64) -> PublicationMeta {
    PublicationMeta {
        schema: schema(),
        partition_columns: vec!["jaar".to_owned()],
        sort: vec!["waarde".to_owned()],
        fingerprint: "vinger".to_owned(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::new(),
        audits: Vec::new(),
        run: "r-1".to_owned(),
        created_at: day(at),
        reason: reason.to_owned(),
    }
}

pub(super) fn fill(draft: &mut Draft, content: &Content) -> Result<()> {
    for (name, values) in content {
        let file = draft.create(&year(name))?;
        write(&file.path, &batch(values));
        draft.add(file, FileTags::default())?;
    }
    Ok(())
}

/// Publishes; partitions that are as they were in the parent are kept, the others written
pub(super) fn publish(lake: &Lake, table: &TableName, content: &Content, at: i64) -> Result<Published> {
    let mut draft = lake.draft(table)?;
    let parent = draft.parent().cloned();
    let before = parent
        .as_ref()
        .map(|parent| content_of(&lake.table_dir(table).unwrap(), parent))
        .unwrap_or_default();
    for (name, values) in content {
        let kept = parent
            .iter()
            .flat_map(|parent| &parent.files)
            .find(|file| file.partition == year(name));
        match kept.filter(|_| before.get(name) == Some(values)) {
            Some(file) => draft.keep(file)?,
            None => fill(&mut draft, &Content::from([(name.clone(), values.clone())]))?,
        }
    }
    draft.commit(meta("proef", at))
}

fn content_of(dir: &Path, manifest: &crate::lake::Manifest) -> Content {
    let mut content = Content::new();
    for file in &manifest.files {
        content
            .entry(file.partition[0].1.clone())
            .or_default()
            .extend(values(&dir.join(&file.path), "waarde"));
    }
    content
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    reader.map(Result::unwrap).collect::<Vec<_>>()
}

fn values(path: &Path, column: &str) -> Vec<i64> {
    let mut values = Vec::new();
    for batch in batches(path) {
        let column = batch
            .column_by_name(column)
            .unwrap()
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap()
            .clone();
        values.extend(column.values());
    }
    values
}

/// The content as a reader of manifests sees it, every byte checked
pub(super) fn by_manifest(root: &Path, table: &TableName) -> Option<Content> {
    let lake = Lake::open(root, options()).unwrap();
    let (manifest, _lease) = lake.pin(table).unwrap()?;
    let dir = lake.table_dir(table).unwrap();
    for file in &manifest.files {
        let bytes = fs::read(dir.join(&file.path)).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().to_string(), file.blake3, "{}", file.path);
    }
    Some(content_of(&dir, &manifest))
}

/// As a reader of folders sees it
pub(super) fn by_folder(folder: &Path) -> Content {
    let mut content = Content::new();
    for part in fs::read_dir(folder).unwrap() {
        let part = part.unwrap();
        let name = part.file_name().into_string().unwrap();
        let name = name.strip_prefix("jaar=").unwrap().to_owned();
        let mut files: Vec<PathBuf> = fs::read_dir(part.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            content.entry(name.clone()).or_default().extend(values(&file, "waarde"));
        }
    }
    content
}

/// As a reader of `latest.json` sees it
pub(super) fn by_latest(root: &Path, table: &TableName) -> Option<Content> {
    let dir = root.join(&table.schema).join(&table.table);
    let text = fs::read_to_string(dir.join("latest.json")).ok()?;
    let latest: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(by_folder(&dir.join(latest["directory"].as_str().unwrap())))
}

/// As a reader of the link sees it
pub(super) fn by_link(root: &Path, table: &TableName) -> Option<Content> {
    let dir = root.join(&table.schema).join(&table.table);
    let target = fs::read_link(dir.join("current")).ok()?;
    Some(by_folder(&dir.join(target)))
}

/// As a reader of the single file sees it
pub(super) fn by_single_file(root: &Path, table: &TableName) -> Option<Content> {
    let path = root.join(&table.schema).join(format!("{}.parquet", table.table));
    if !path.exists() {
        return None;
    }
    let mut content = Content::new();
    for batch in batches(&path) {
        let years = batch
            .column_by_name("jaar")
            .unwrap()
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .clone();
        let values = batch
            .column_by_name("waarde")
            .unwrap()
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap()
            .clone();
        for (year, value) in years.iter().zip(values.values()) {
            content.entry(year.unwrap().to_owned()).or_default().push(*value);
        }
    }
    Some(content)
}

/// Every way to read the table
pub(super) fn ways(root: &Path, table: &TableName) -> [(&'static str, Option<Content>); 4] {
    [
        ("manifest", by_manifest(root, table)),
        ("latest", by_latest(root, table)),
        ("link", by_link(root, table)),
        ("single file", by_single_file(root, table)),
    ]
}

/// Everything in a lake that should not be there after recovery
pub(super) fn leftovers(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with(".tmp-") {
            found.push(path);
        } else if path.is_dir() && !path.is_symlink() {
            found.extend(leftovers(&path));
        }
    }
    found
}
