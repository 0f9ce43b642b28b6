//! Pseudonyms in words of text.
use super::*;

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
