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

use super::super::rotate::{RotateError, Rotated, Rotation, TextColumn, held};
use super::super::{
    FIELD_CHAIN, FIELD_DOMAIN, FIELD_KEY, FIELD_KEY_VERSION, IdType, KeyRing, KeySource, Pseudonym, Pseudonymiser,
    RawKey, Rules, canonical, passes_eleven,
};
use super::noon;
use crate::lake::{FileTags, Lake, LakeOptions, Partition, PublicationMeta, TableName};

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
        Field::new("nummer", DataType::Int32, false),
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

#[test]
fn every_table_gets_the_pseudonyms_new_deliveries_get() {
    let world = world();
    let before = pseudonymiser(&world);
    fill(&world, "staging.plain", &["2023", "2024"], &before, &[]);
    fill(&world, "staging.ordered", &["2024"], &before, &["persoon"]);
    assert_eq!(rows(&world.lake, "staging.plain"), expected(&before, 2));
    let rotated = rotate(&world, &[], false).unwrap();
    assert_eq!((rotated.tables.len(), rotated.distinct), (2, 500));
    let after = pseudonymiser(&world);
    assert_eq!((after.version(), after.chain()), (2, 2));
    assert_eq!(rows(&world.lake, "staging.plain"), expected(&after, 2));
    assert_eq!(rows(&world.lake, "staging.ordered"), expected(&after, 1));

    let manifest = world.lake.current(&name("staging.ordered")).unwrap().unwrap();
    assert!(
        manifest.sort.is_empty(),
        "the order of the new pseudonyms over the whole file is not claimed"
    );
    let metadata = manifest.schema.field(0).metadata().clone();
    assert_eq!(
        (metadata[FIELD_KEY_VERSION].as_str(), metadata[FIELD_CHAIN].as_str()),
        ("2", "2")
    );
    assert_eq!(manifest.properties["contract"], "f");
    let path = world
        .lake
        .table_dir(&name("staging.ordered"))
        .unwrap()
        .join(&manifest.files[0].path);
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert_eq!(builder.metadata().num_row_groups(), 4, "row groups stay");
    assert!(
        builder
            .metadata()
            .row_groups()
            .iter()
            .all(|group| group.column(0).bloom_filter_offset().is_some())
    );
    let group = builder
        .with_row_groups(vec![0])
        .with_batch_size(1000)
        .build()
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let keys: Vec<_> = group
        .column(0)
        .as_fixed_size_binary()
        .iter()
        .flatten()
        .map(<[u8]>::to_vec)
        .collect();
    assert!(keys.is_sorted(), "a row group is ordered by its new pseudonyms");
    let tags: Vec<_> = world
        .lake
        .current(&name("staging.plain"))
        .unwrap()
        .unwrap()
        .files
        .iter()
        .map(|file| file.tags.delivery.clone())
        .collect();
    assert_eq!(tags, [Some("d-2023".to_owned()), Some("d-2024".to_owned())]);
}

#[test]
fn a_rotation_that_was_broken_off_goes_on() {
    let world = world();
    let before = pseudonymiser(&world);
    fill(&world, "staging.een", &["2024"], &before, &[]);
    fill(&world, "staging.twee", &["2024"], &before, &[]);
    drop(before);
    assert!(matches!(rotate(&world, &[], true), Err(RotateError::Cancelled)));
    let versions = |world: &World| {
        held(&world.lake)
            .unwrap()
            .iter()
            .map(|one| one.versions.iter().copied().collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(&world), [[2], [1]]);
    assert!(Pseudonymiser::new(&KeyRing::load(&world.source).unwrap(), IdType::Bsn, "intern").is_err());
    let rotated = rotate(&world, &[], false).unwrap();
    assert_eq!((rotated.tables.len(), rotated.already), (1, vec![name("staging.een")]));
    let after = pseudonymiser(&world);
    assert_eq!(after.version(), 2);
    assert_eq!(rows(&world.lake, "staging.een"), expected(&after, 1));
    assert_eq!(rows(&world.lake, "staging.twee"), expected(&after, 1));
}

#[test]
fn old_versions_brought_back_are_taken_along() {
    let world = world();
    fill(&world, "staging.een", &["2024"], &pseudonymiser(&world), &[]);
    rotate(&world, &[], false).unwrap();
    world
        .lake
        .rollback(&name("staging.een"), Some(1), "r-3", noon())
        .unwrap();
    assert_eq!(
        held(&world.lake).unwrap()[0]
            .versions
            .iter()
            .copied()
            .collect::<Vec<_>>(),
        [1]
    );
    rotate(&world, &[], false).unwrap();
    let after = pseudonymiser(&world);
    assert_eq!(after.version(), 3);
    assert_eq!(rows(&world.lake, "staging.een"), expected(&after, 1));
}

#[test]
fn pseudonyms_in_words_are_rotated_too() {
    let world = world();
    let before = pseudonymiser(&world);
    let person = &persons()[0];
    let text = |pseudonymiser: &Pseudonymiser| Pseudonym(pseudonymiser.of(person)).text(pseudonymiser.version());
    let words = [
        format!("persoon={} tweede=invalid", text(&before)),
        format!("onbekend={}", text(&before)),
        "x".to_owned(),
    ];
    let fields = vec![
        Field::new("keys", DataType::Utf8, true),
        Field::new("pipeline", DataType::Utf8, false),
    ];
    let mut draft = world.lake.draft(&name("ops.quarantine")).unwrap();
    let file = draft.create(&vec![("pipeline".to_owned(), "een".to_owned())]).unwrap();
    let batch = RecordBatch::try_new(
        Arc::new(Schema::new(fields[..1].to_vec())),
        vec![Arc::new(StringArray::from_iter(words.iter().map(Some).chain([None])))],
    )
    .unwrap();
    let mut writer = ArrowWriter::try_new(
        File::options().write(true).open(&file.path).unwrap(),
        batch.schema(),
        None,
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    draft.add(file, FileTags::default()).unwrap();
    draft
        .commit(meta(Arc::new(Schema::new(fields)), &["pipeline"], &[]))
        .unwrap();
    drop(before);

    let kind = |partition: &Partition, word: &str| {
        (partition[0].1 == "een" && word == "persoon").then(|| (IdType::Bsn, "intern".to_owned()))
    };
    let texts = [TextColumn {
        table: name("ops.quarantine"),
        column: "keys".to_owned(),
        kind: &kind,
    }];
    let rotated = rotate(&world, &texts, false).unwrap();
    assert_eq!((rotated.tables.len(), rotated.lost_words), (1, 1));
    let after = pseudonymiser(&world);
    let manifest = world.lake.current(&name("ops.quarantine")).unwrap().unwrap();
    let found = batches(
        &world
            .lake
            .table_dir(&name("ops.quarantine"))
            .unwrap()
            .join(&manifest.files[0].path),
    );
    let found: Vec<_> = found[0].column(0).as_string::<i32>().iter().collect();
    let persoon = format!("persoon={} tweede=invalid", text(&after));
    assert_eq!(found, [Some(persoon.as_str()), Some("onbekend=lost"), Some("x"), None]);
    drop(after);
    assert!(rotate(&world, &[], false).unwrap().tables.is_empty());
}

#[test]
fn pseudonyms_of_a_key_that_is_gone_stop_it() {
    let world = world();
    fill(&world, "staging.een", &["2024"], &pseudonymiser(&world), &[]);
    let other = KeySource::file(world.dir.path().join("other.toml"));
    drop(KeyRing::init(other.path().unwrap(), noon()).unwrap());
    let ring = super::ring(
        &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        &[
            "retired", "retired", "retired", "retired", "retired", "retired", "retired", "retired", "active",
        ],
    );
    let ninth = Pseudonymiser::new(&ring, IdType::Bsn, "intern").unwrap();
    fill(&world, "staging.negen", &["2024"], &ninth, &[]);
    let error = rotate(&world, &[], false).unwrap_err();
    assert!(matches!(error, RotateError::Unknown { version: 9, .. }), "{error}");
    assert_eq!(
        world.lake.current(&name("staging.een")).unwrap().unwrap().version,
        1,
        "nothing was written"
    );
}
