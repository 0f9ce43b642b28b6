use super::support::*;
use crate::lake::{AuditOutcome, AuditStatus, FileTags, Lake, LakeError, Manifest, Published};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

#[test]
fn what_is_published_is_read_back_in_every_way() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    assert!(lake.current(&table).unwrap().is_none());
    let first = content(&[("2022", &[1, 2]), ("2023", &[3])]);
    let Published::New(manifest) = publish(&lake, &table, &first, 0).unwrap() else {
        panic!("not new")
    };
    assert_eq!((manifest.version, manifest.parent, manifest.rows), (1, None, 3));
    for (way, found) in ways(lake.root(), &table) {
        assert_eq!(found, Some(first.clone()), "{way}");
    }
    let second = content(&[("2022", &[1, 2]), ("2023", &[3, 4]), ("2024", &[5])]);
    publish(&lake, &table, &second, 1).unwrap();
    for (way, found) in ways(lake.root(), &table) {
        assert_eq!(found, Some(second.clone()), "{way}");
    }
    assert_eq!(lake.tables().unwrap(), vec![table.clone()]);
    let history: Vec<u64> = lake
        .history(&table)
        .unwrap()
        .iter()
        .map(|manifest| manifest.version)
        .collect();
    assert_eq!(history, vec![2, 1]);
    assert_eq!(lake.manifest(&table, 1).unwrap(), manifest);
    assert!(leftovers(lake.root()).is_empty());
    assert!(lake.verify(&table).unwrap().is_empty());
    assert!(lake.recover().unwrap().is_empty());
}

#[test]
fn a_file_name_carries_table_version_and_content() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1]), ("2023", &[2])]), 0).unwrap();
    let manifest = lake.current(&mart()).unwrap().unwrap();
    for (number, file) in manifest.files.iter().enumerate() {
        let wanted = format!(
            "v/00000001/jaar={}/proef-00000001-{number}-{}.parquet",
            2022 + number,
            &file.blake3[..12]
        );
        assert_eq!(file.path, wanted);
    }
}

#[test]
fn the_same_content_is_no_new_version() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    let same = content(&[("2022", &[1, 2])]);
    publish(&lake, &table, &same, 0).unwrap();
    let mut draft = lake.draft(&table).unwrap();
    fill(&mut draft, &same).unwrap();
    let again = draft.commit(meta("nog eens", 1)).unwrap();
    assert!(matches!(&again, Published::Unchanged(manifest) if manifest.version == 1 && manifest.confirmed.is_none()));
    assert_eq!(lake.history(&table).unwrap().len(), 1);
    assert!(leftovers(lake.root()).is_empty());
}

#[test]
fn a_run_that_confirms_the_content_is_remembered_without_a_version() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    let same = content(&[("2022", &[1, 2])]);
    publish(&lake, &table, &same, 0).unwrap();
    let mut draft = lake.draft(&table).unwrap();
    let file = draft.create(&year("2022")).unwrap();
    write(&file.path, &batch(&[1, 2]));
    let tags = FileTags {
        delivery: Some("d-2".to_owned()),
        period: None,
    };
    draft.add(file, tags.clone()).unwrap();
    let mut confirmed = meta("andere sql", 1);
    confirmed.fingerprint = "nieuw".to_owned();
    confirmed.audits = vec![AuditOutcome {
        name: "a".to_owned(),
        rule: "unique".to_owned(),
        status: AuditStatus::Warn,
        failing_rows: 2,
        detail: String::new(),
    }];
    let outcome = draft.commit(confirmed).unwrap();
    assert!(matches!(outcome, Published::Unchanged(_)));
    let manifest = lake.current(&table).unwrap().unwrap();
    assert_eq!(&manifest, outcome.manifest());
    assert_eq!(
        (manifest.version, manifest.fingerprint.as_str(), manifest.audits.len()),
        (1, "nieuw", 1)
    );
    assert_eq!(manifest.files[0].tags, tags);
    // the reason and the time of the publication itself stay
    assert_eq!((manifest.reason.as_str(), manifest.created_at), ("proef", day(0)));
    // and once more changes nothing at all
    publish(&lake, &table, &content(&[("2022", &[9])]), 2).unwrap();
    assert_eq!(lake.current(&table).unwrap().unwrap().fingerprint, "vinger");
}

#[test]
fn an_unchanged_file_is_shared_and_a_version_folder_is_whole() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    publish(&lake, &table, &content(&[("2022", &[1]), ("2023", &[2])]), 0).unwrap();
    publish(&lake, &table, &content(&[("2022", &[1]), ("2023", &[3])]), 1).unwrap();
    let folder = lake.table_dir(&table).unwrap();
    let inode = |version: u64, file: usize| {
        let manifest = lake.manifest(&table, version).unwrap();
        fs::metadata(folder.join(&manifest.files[file].path)).unwrap().ino()
    };
    assert_eq!(inode(1, 0), inode(2, 0));
    assert_ne!(inode(1, 1), inode(2, 1));
    assert_eq!(
        by_folder(&folder.join("v/00000002")),
        content(&[("2022", &[1]), ("2023", &[3])])
    );
    assert_eq!(
        by_folder(&folder.join("v/00000001")),
        content(&[("2022", &[1]), ("2023", &[2])])
    );
}

#[test]
fn a_dropped_draft_leaves_nothing_and_frees_the_table() {
    let dir = temp();
    let lake = lake(&dir);
    let mut draft = lake.draft(&mart()).unwrap();
    fill(&mut draft, &content(&[("2022", &[1])])).unwrap();
    let unused = draft.create(&year("2023")).unwrap();
    drop(draft);
    drop(unused);
    assert!(leftovers(lake.root()).is_empty());
    assert!(lake.current(&mart()).unwrap().is_none());
    publish(&lake, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
}

#[test]
fn a_file_that_was_created_but_not_added_is_not_published() {
    let dir = temp();
    let lake = lake(&dir);
    let mut draft = lake.draft(&mart()).unwrap();
    fill(&mut draft, &content(&[("2022", &[1])])).unwrap();
    let _open = draft.create(&year("2023")).unwrap();
    draft.commit(meta("proef", 0)).unwrap();
    assert_eq!(by_link(lake.root(), &mart()), Some(content(&[("2022", &[1])])));
}

#[test]
fn only_we_may_read() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
    let mut todo = vec![lake.root().to_owned()];
    while let Some(path) = todo.pop() {
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            assert_eq!(about.permissions().mode() & 0o777, 0o700, "{}", path.display());
            todo.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if about.is_file() {
            assert_eq!(about.permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn a_manifest_has_bounds_but_never_of_pseudonyms() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[7, -3, 12])]), 0).unwrap();
    let manifest = lake.current(&mart()).unwrap().unwrap();
    let columns = &manifest.files[0].columns;
    let value = &columns["waarde"];
    assert_eq!(
        (value.min.as_deref(), value.max.as_deref(), value.nulls),
        (Some("-3"), Some("12"), Some(0))
    );
    let name = &columns["naam"];
    assert_eq!(
        (name.min.as_deref(), name.max.as_deref(), name.nulls),
        (Some("n7"), Some("n7"), Some(2))
    );
    assert!(!columns.contains_key("pseudoniem"));
}

#[test]
fn the_text_of_a_manifest_reads_back_and_every_change_is_seen() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
    let manifest = lake.current(&mart()).unwrap().unwrap();
    let path = lake
        .table_dir(&mart())
        .unwrap()
        .join("_manifests/00000000000000000001.json");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(&Manifest::from_text(&path, &text).unwrap(), manifest.as_ref());
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    for at in (0..text.len()).step_by(7) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        assert!(
            matches!(Manifest::from_text(&path, &changed), Err(LakeError::Manifest { .. })),
            "at {at}"
        );
        assert!(Manifest::from_text(&path, &text[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn digests_do_not_depend_on_the_order_of_files_but_on_all_else() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1]), ("2023", &[2])]), 0).unwrap();
    let manifest = lake.current(&mart()).unwrap().unwrap().as_ref().clone();
    let mut turned = manifest.clone();
    turned.files.reverse();
    assert_eq!(
        (manifest.digest(), manifest.partitions()),
        (turned.digest(), turned.partitions())
    );
    let mut moved = manifest.clone();
    moved.files[0].partition = year("2021");
    assert_ne!(manifest.digest(), moved.digest());
    let mut sorted = manifest.clone();
    sorted.sort.clear();
    assert_ne!(manifest.digest(), sorted.digest());
    assert_eq!(manifest.partitions().len(), 2);
}

#[test]
fn a_publication_that_does_not_fit_its_schema_is_refused() {
    let dir = temp();
    let lake = lake(&dir);
    let attempt = |change: &dyn Fn(&mut crate::lake::PublicationMeta)| {
        let mut draft = lake.draft(&mart()).unwrap();
        fill(&mut draft, &content(&[("2022", &[1, 3])])).unwrap();
        let mut about = meta("proef", 0);
        change(&mut about);
        let error = draft.commit(about).unwrap_err();
        assert!(matches!(error, LakeError::Schema { .. }), "{error}");
        error.to_string()
    };
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    let with = |fields: Vec<Field>| std::sync::Arc::new(Schema::new(fields));
    let fields = || {
        schema()
            .fields()
            .iter()
            .map(|field| field.as_ref().clone())
            .collect::<Vec<_>>()
    };
    let missing = attempt(&|about| {
        let mut all = fields();
        all.push(Field::new("extra", DataType::Int32, false));
        about.schema = with(all);
    });
    assert!(missing.contains("`extra` is missing"), "{missing}");
    let wrong = attempt(&|about| {
        let mut all = fields();
        all[0] = Field::new("waarde", DataType::Utf8, false);
        about.schema = with(all);
    });
    assert!(wrong.contains("`waarde` is Int64, not Utf8"), "{wrong}");
    let nulls = attempt(&|about| {
        let mut all = fields();
        all[2] = Field::new("naam", DataType::Utf8, false);
        about.schema = with(all);
    });
    assert!(nulls.contains("`naam` has nulls"), "{nulls}");
    let unknown = attempt(&|about| about.schema = with(fields().into_iter().filter(|f| f.name() != "naam").collect()));
    assert!(unknown.contains("`naam` is not in the schema"), "{unknown}");
    let partition = attempt(&|about| about.partition_columns = vec![]);
    assert!(partition.contains("partitions"), "{partition}");
    let sort = attempt(&|about| about.sort = vec!["niets".to_owned()]);
    assert!(sort.contains("`niets`"), "{sort}");
    assert!(lake.current(&mart()).unwrap().is_none());
    assert!(leftovers(lake.root()).is_empty());
}

#[test]
fn a_file_that_is_not_whole_is_refused() {
    let dir = temp();
    let lake = lake(&dir);
    let mut draft = lake.draft(&mart()).unwrap();
    let file = draft.create(&year("2022")).unwrap();
    assert!(matches!(
        draft.add(file, FileTags::default()),
        Err(LakeError::DataFile { .. })
    ));
    let file = draft.create(&year("2022")).unwrap();
    write(&file.path, &batch(&[1, 2, 3]));
    let bytes = fs::read(&file.path).unwrap();
    fs::write(&file.path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(
        draft.add(file, FileTags::default()),
        Err(LakeError::DataFile { .. })
    ));
    assert!(matches!(draft.create(&year("")), Err(LakeError::PartitionValue { .. })));
    assert!(matches!(
        draft.create(&year(&"x".repeat(300))),
        Err(LakeError::PartitionValue { .. })
    ));
}

#[test]
fn a_kept_file_that_is_not_what_it_was_is_refused() {
    let dir = temp();
    let lake = lake(&dir);
    publish(&lake, &mart(), &content(&[("2022", &[1])]), 0).unwrap();
    let mut draft = lake.draft(&mart()).unwrap();
    let parent = draft.parent().unwrap().clone();
    let mut entry = parent.files[0].clone();
    entry.bytes += 1;
    assert!(matches!(draft.keep(&entry), Err(LakeError::DataFile { .. })));
    entry.path = "../ander/v/x.parquet".to_owned();
    assert!(matches!(draft.keep(&entry), Err(LakeError::DataFile { .. })));
}

#[test]
fn an_empty_table_is_a_publication_too() {
    let dir = temp();
    let lake = lake(&dir);
    let draft = lake.draft(&mart()).unwrap();
    let published = draft.commit(meta("leeg", 0)).unwrap();
    assert_eq!(published.manifest().rows, 0);
    assert_eq!(by_manifest(lake.root(), &mart()), Some(content(&[])));
    assert_eq!(by_single_file(lake.root(), &mart()), Some(content(&[])));
}

#[test]
fn a_second_publisher_is_told_who_has_the_table() {
    let dir = temp();
    let patient = lake(&dir);
    let hasty = Lake::open(
        patient.root(),
        crate::lake::LakeOptions {
            lock_wait: std::time::Duration::ZERO,
            ..options()
        },
    )
    .unwrap();
    let _draft = patient.draft(&mart()).unwrap();
    let error = hasty.draft(&mart()).unwrap_err();
    assert!(matches!(error, LakeError::Busy { .. }));
    assert!(
        error.to_string().contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    // another table is another lock
    hasty.draft(&"mart.ander".parse().unwrap()).unwrap();
}
