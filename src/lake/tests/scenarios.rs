//! Things that are done to a lake, each with what a reader may see before, during and after.

use super::support::*;
use crate::lake::{GcPolicy, Lake, LakeOptions, Result};
use std::path::Path;

/// Something done to a lake
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) before: fn(&Lake),
    pub(super) act: fn(&Lake) -> Result<()>,
    /// What a reader sees until it is done
    pub(super) old: Option<Content>,
    /// What a reader sees when it is done
    pub(super) new: Option<Content>,
    /// Marts over this size have no single file
    pub(super) single_file_bytes: u64,
}

impl Scenario {
    pub(super) fn options(&self) -> LakeOptions {
        LakeOptions {
            single_file_bytes: self.single_file_bytes,
            ..options()
        }
    }

    pub(super) fn allows(&self, content: &Option<Content>) -> bool {
        content == &self.old || content == &self.new
    }

    /// Readers that know nothing of recovery see one publication, whole
    pub(super) fn check_readers(&self, root: &Path, place: &str) {
        for (way, found) in ways(root, &mart()) {
            // a mart over the limit loses the single file it had; recovery begins without one
            let may_be_gone = self.single_file_bytes == 0 || self.name == "recovery";
            let gone = way == "single file" && found.is_none() && may_be_gone;
            assert!(
                gone || self.allows(&found),
                "{}, {place}: by {way} a reader sees {found:?}",
                self.name
            );
        }
    }

    /// Every way to read the lake gives the same
    pub(super) fn check_settled(&self, root: &Path, wanted: &Option<Content>, place: &str) {
        for (way, found) in ways(root, &mart()) {
            let wanted = if way == "single file" && self.single_file_bytes == 0 {
                &None
            } else {
                wanted
            };
            assert_eq!(&found, wanted, "{}, {place}: by {way}", self.name);
        }
        let left = leftovers(root);
        assert!(left.is_empty(), "{}, {place}: left behind {left:?}", self.name);
    }

    /// After a failure or a crash: readers see one publication, recovery settles on it, a retry succeeds
    pub(super) fn check_aftermath(&self, root: &Path, place: &str) {
        self.check_readers(root, place);
        let lake = Lake::open(root, self.options()).unwrap();
        let before = by_manifest(root, &mart());
        lake.recover().unwrap();
        self.check_settled(root, &before, &format!("{place}, recovered"));
        assert_eq!(
            lake.recover().unwrap(),
            Vec::<String>::new(),
            "{}, {place}: recovered twice",
            self.name
        );
        (self.act)(&lake).unwrap_or_else(|error| panic!("{}, {place}: retry: {error}", self.name));
        self.check_settled(root, &self.new, &format!("{place}, retried"));
    }
}

fn first() -> Content {
    content(&[("2022", &[1, 2]), ("2023", &[3])])
}

fn second() -> Content {
    content(&[("2022", &[1, 2]), ("2023", &[4, 5]), ("2024", &[6])])
}

fn publish_first(lake: &Lake) {
    publish(lake, &mart(), &first(), 0).unwrap();
}

fn publish_two(lake: &Lake) {
    publish_first(lake);
    publish(lake, &mart(), &second(), 1).unwrap();
}

fn publish_second(lake: &Lake) -> Result<()> {
    publish(lake, &mart(), &second(), 1).map(|_| ())
}

const LIMIT: u64 = 1 << 20;

/// All of them
pub(super) fn all() -> Vec<Scenario> {
    let (old, new) = (Some(first()), Some(second()));
    let scenario = |name, before, act| Scenario {
        name,
        before,
        act,
        old: old.clone(),
        new: new.clone(),
        single_file_bytes: LIMIT,
    };
    vec![
        Scenario {
            old: None,
            ..scenario("first publication", |_| {}, publish_second)
        },
        scenario("publication", publish_first, publish_second),
        Scenario {
            single_file_bytes: 0,
            ..scenario("publication over the limit", publish_first, publish_second)
        },
        Scenario {
            old: new.clone(),
            ..scenario("confirmation", publish_two, |lake| {
                let mut draft = lake.draft(&mart())?;
                for file in &draft.parent().unwrap().files.clone() {
                    draft.keep(file)?;
                }
                let mut about = meta("bevestigd", 2);
                about.fingerprint = "ander".to_owned();
                draft.commit(about).map(|_| ())
            })
        },
        Scenario {
            old: new.clone(),
            new: old.clone(),
            ..scenario("rollback", publish_two, |lake| {
                // said with its number, so that a retry means the same
                lake.rollback(&mart(), Some(1), "r-9", day(3)).map(|_| ())
            })
        },
        Scenario {
            old: new.clone(),
            new: None,
            ..scenario("withdrawal", publish_two, |lake| lake.withdraw(&mart()).map(drop))
        },
        Scenario {
            old: new.clone(),
            ..scenario(
                "collection",
                |lake| {
                    for at in 0..3 {
                        publish(lake, &mart(), &content(&[("2022", &[1, 2]), ("2023", &[at])]), at).unwrap();
                    }
                    publish_second(lake).unwrap();
                },
                |lake| {
                    lake.gc(
                        &GcPolicy {
                            keep_versions: 1,
                            keep_days: 0,
                        },
                        day(99),
                        false,
                    )?;
                    let kept = lake.history(&mart())?.len();
                    assert_eq!(kept, 1);
                    Ok(())
                },
            )
        },
        Scenario {
            // the link is stale when it begins
            ..scenario(
                "recovery",
                |lake| {
                    publish_two(lake);
                    let table = lake.table_dir(&mart()).unwrap();
                    for folder in ["v/.tmp-1/jaar=2022", "v/00000009/jaar=2022"] {
                        std::fs::create_dir_all(table.join(folder)).unwrap();
                        std::fs::write(table.join(folder).join("x.parquet"), b"PAR1").unwrap();
                    }
                    std::fs::write(table.join("_manifests/.tmp-2"), b"{").unwrap();
                    std::fs::remove_file(table.join("current")).unwrap();
                    std::os::unix::fs::symlink("v/00000001", table.join("current")).unwrap();
                    std::fs::remove_file(lake.root().join("mart/proef.parquet")).unwrap();
                    std::fs::copy(
                        std::fs::read_dir(table.join("v/00000002/jaar=2024"))
                            .unwrap()
                            .next()
                            .unwrap()
                            .unwrap()
                            .path(),
                        lake.root().join("mart/.tmp-0011223344556677-proef.parquet"),
                    )
                    .unwrap();
                },
                |lake| lake.recover().map(|_| ()),
            )
        },
    ]
}

pub(super) fn named(name: &str) -> Scenario {
    all().into_iter().find(|scenario| scenario.name == name).unwrap()
}
