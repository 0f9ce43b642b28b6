//! Publishers, collectors and readers at the same time.

use super::support::*;
use crate::lake::{GcPolicy, Lake, LakeError};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn publishers_take_turns_and_no_update_is_lost() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    publish(&lake, &table, &content(&[("2022", &[0])]), 0).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    // what each adds depends on what is there
                    let mut draft = lake.draft(&table).unwrap();
                    let parent = draft.parent().unwrap().clone();
                    for file in &parent.files {
                        draft.keep(file).unwrap();
                    }
                    fill(
                        &mut draft,
                        &content(&[("2022", &[i64::try_from(parent.version).unwrap()])]),
                    )
                    .unwrap();
                    draft.commit(meta("erbij", 1)).unwrap();
                }
            });
        }
    });
    let wanted: Vec<i64> = (0..=20).collect();
    assert_eq!(by_manifest(lake.root(), &table), Some(content(&[("2022", &wanted)])));
    assert_eq!(lake.current(&table).unwrap().unwrap().version, 21);
}

#[test]
fn without_the_lock_the_manifest_still_decides() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    let mut first = lake.draft(&table).unwrap();
    // as on a file system where locks do nothing
    fs::remove_file(lake.table_dir(&table).unwrap().join(".publish.lock")).unwrap();
    fill(&mut first, &content(&[("2022", &[1])])).unwrap();
    let hidden = lake
        .table_dir(&table)
        .unwrap()
        .join("v")
        .join(format!(".tmp-{}", first.id));
    let aside = dir.path().join("aside");
    fs::rename(&hidden, &aside).unwrap();
    publish(&lake, &table, &content(&[("2022", &[2])]), 0).unwrap();
    fs::rename(&aside, &hidden).unwrap();
    assert!(matches!(
        first.commit(meta("te laat", 1)),
        Err(LakeError::Conflict { version: 1, .. })
    ));
    assert_eq!(by_manifest(lake.root(), &table), Some(content(&[("2022", &[2])])));
    assert!(leftovers(lake.root()).is_empty());
}

#[test]
fn a_reader_beside_a_publisher_and_a_collector_sees_whole_publications() {
    let dir = temp();
    let lake = lake(&dir);
    let table = mart();
    let round = |at: i64| content(&[("2022", &[at, at]), ("2023", &[at]), ("2024", &[at, at, at])]);
    publish(&lake, &table, &round(0), 0).unwrap();
    let done = AtomicBool::new(false);
    let stop = Stop(&done);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut reads, mut newest) = (0, 0);
                    while reads < 10 || !done.load(Ordering::SeqCst) {
                        let lake = Lake::open(lake.root(), options()).unwrap();
                        let (manifest, _lease) = lake.pin(&table).unwrap().unwrap();
                        let found = by_folder(
                            &lake
                                .table_dir(&table)
                                .unwrap()
                                .join(format!("v/{:08}", manifest.version)),
                        );
                        let at = found["2022"][0];
                        assert_eq!(found, round(at));
                        assert!(at >= newest, "went back from {newest} to {at}");
                        let single = by_single_file(lake.root(), &table).unwrap();
                        assert_eq!(single, round(single["2022"][0]));
                        newest = at;
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                lake.gc(
                    &GcPolicy {
                        keep_versions: 1,
                        keep_days: 0,
                    },
                    day(9_999),
                    false,
                )
                .unwrap();
            }
        });
        for at in 1..=25 {
            publish(&lake, &table, &round(at), at).unwrap();
        }
        drop(stop);
        for reader in readers {
            assert!(reader.join().unwrap() >= 10);
        }
    });
    assert_eq!(by_manifest(lake.root(), &table), Some(round(25)));
}

/// Lets the other threads end, also when this one fails
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
