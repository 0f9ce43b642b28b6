mod stops;
mod tables;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use super::noon;
use crate::lake::{FIELD_TAG, FileTags, Lake, LakeOptions, Partition, PublicationMeta, TableName};
use crate::pseudonym::rotate::{RotateError, Rotated, Rotation, TextColumn, held};
use crate::pseudonym::{
    FIELD_CHAIN, FIELD_DOMAIN, FIELD_KEY, FIELD_KEY_VERSION, IdType, KeyRing, KeySource, Pseudonym, Pseudonymiser,
    RawKey, Rules, canonical, passes_eleven,
};

struct World {
    dir: TempDir,
    lake: Lake,
    source: KeySource,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let source = KeySource::file(dir.path().join("keys.toml"));
    KeyRing::init(source.path().unwrap(), noon()).unwrap();
    let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();
    World { dir, lake, source }
}

fn persons() -> Vec<RawKey> {
    let numbers = (100_000_000u32..)
        .map(|n| n.to_string())
        .filter(|n| passes_eleven(n.as_bytes(), 0));
    numbers
        .take(500)
        .map(|n| canonical(IdType::Bsn, n.as_bytes(), Rules::default()).ok().unwrap().0)
        .collect()
}

fn name(text: &str) -> TableName {
    text.parse().unwrap()
}

fn schema(version: u32) -> SchemaRef {
    let marks = [
        (FIELD_KEY, "bsn"),
        (FIELD_DOMAIN, "intern"),
        (FIELD_CHAIN, "1"),
        (FIELD_KEY_VERSION, &version.to_string()),
    ];
    let marks: HashMap<String, String> = marks
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    Arc::new(Schema::new(vec![
        Field::new("persoon", DataType::FixedSizeBinary(16), true).with_metadata(marks),
        Field::new("nummer", DataType::Int32, false)
            .with_metadata([(FIELD_TAG.to_owned(), "personal".to_owned())].into()),
        Field::new("jaar", DataType::Utf8, false),
    ]))
}

fn meta(schema: SchemaRef, partition: &[&str], sort: &[&str]) -> PublicationMeta {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    PublicationMeta {
        schema,
        partition_columns: texts(partition),
        sort: texts(sort),
        fingerprint: "f".to_owned(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::from([("contract".to_owned(), "f".to_owned())]),
        audits: Vec::new(),
        run: "r-1".to_owned(),
        created_at: noon(),
        reason: "test".to_owned(),
    }
}

/// Row `nummer` holds the pseudonym of person `nummer / 3`; every 50th has none
fn fill(world: &World, table: &str, years: &[&str], pseudonymiser: &Pseudonymiser, sort: &[&str]) {
    let persons = persons();
    let mut draft = world.lake.draft(&name(table)).unwrap();
    let full = schema(pseudonymiser.version());
    let in_file = Arc::new(Schema::new(full.fields()[..2].to_vec()));
    for year in years {
        let mut rows: Vec<(Option<[u8; 16]>, i32)> = (0..1500i32)
            .map(|row| {
                let person = usize::try_from(row / 3).unwrap();
                ((row % 50 != 0).then(|| pseudonymiser.of(&persons[person])), row)
            })
            .collect();
        if sort == ["persoon"] {
            rows.sort_by_key(|row| (row.0.is_none(), row.0));
        }
        let keys = FixedSizeBinaryArray::try_from_sparse_iter_with_size(rows.iter().map(|row| row.0), 16).unwrap();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(keys),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.1))),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&in_file), columns).unwrap();
        let file = draft.create(&vec![("jaar".to_owned(), (*year).to_owned())]).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(400));
        let properties = properties
            .set_column_bloom_filter_enabled("persoon".into(), true)
            .build();
        let open = File::options().write(true).open(&file.path).unwrap();
        let mut writer = ArrowWriter::try_new(open, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        draft
            .add(
                file,
                FileTags {
                    delivery: Some(format!("d-{year}")),
                    period: None,
                },
            )
            .unwrap();
    }
    draft.commit(meta(full, &["jaar"], sort)).unwrap();
}

/// `nummer` and pseudonym of every row of a table's newest version
fn rows(lake: &Lake, table: &str) -> Vec<(i32, Option<Vec<u8>>)> {
    let manifest = lake.current(&name(table)).unwrap().unwrap();
    let folder = lake.table_dir(&name(table)).unwrap();
    let mut rows = Vec::new();
    for entry in &manifest.files {
        for batch in batches(&folder.join(&entry.path)) {
            let keys = batch.column(0).as_fixed_size_binary();
            let numbers = batch.column(1).as_primitive::<arrow::datatypes::Int32Type>();
            let key = |row| keys.is_valid(row).then(|| keys.value(row).to_vec());
            rows.extend((0..batch.num_rows()).map(|row| (numbers.value(row), key(row))));
        }
    }
    rows.sort();
    rows
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    builder.build().unwrap().map(Result::unwrap).collect()
}

fn pseudonymiser(world: &World) -> Pseudonymiser {
    Pseudonymiser::new(&KeyRing::load(&world.source).unwrap(), IdType::Bsn, "intern").unwrap()
}

fn expected(pseudonymiser: &Pseudonymiser, years: usize) -> Vec<(i32, Option<Vec<u8>>)> {
    let persons = persons();
    let one = |row: i32| {
        let person = &persons[usize::try_from(row / 3).unwrap()];
        (row, (row % 50 != 0).then(|| pseudonymiser.of(person).to_vec()))
    };
    let mut rows: Vec<_> = (0..years).flat_map(|_| (0..1500).map(one)).collect();
    rows.sort();
    rows
}

fn rotate(world: &World, texts: &[TextColumn<'_>], stop_after_first: bool) -> Result<Rotated, RotateError> {
    let ring = KeyRing::begin_rotation(&world.source, noon())?;
    let cancel = AtomicBool::new(false);
    let rotation = Rotation {
        lake: &world.lake,
        ring: &ring,
        texts,
        order: &|table| {
            if table.table == "ordered" {
                vec!["persoon".to_owned()]
            } else {
                Vec::new()
            }
        },
        run: "r-2",
        now: noon(),
        cancel: &cancel,
        observe: &|_, _| cancel.store(stop_after_first, Ordering::SeqCst),
    };
    let rotated = rotation.rotate()?;
    ring.finish_rotation(&world.source)?;
    Ok(rotated)
}
