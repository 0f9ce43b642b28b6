//! Rotated tables: their rows, files and manifests.
use super::*;

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
    assert!(
        builder
            .metadata()
            .row_groups()
            .iter()
            .all(|group| group.column(1).statistics().is_none()),
        "a tagged column has no bounds"
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
