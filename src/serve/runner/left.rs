//! Files that stay in the landing folder although somebody may wait for them: told in the log, each once.
use std::collections::HashMap;

use crate::ingest::Left;

/// The most files that are told of at once.
const MOST: usize = 10;

/// What was told.
#[derive(Default)]
pub(super) struct Told(HashMap<String, Vec<Left>>);

impl Told {
    /// Tells the files of a pipeline (`""` for those of none) that stay now, and have not been told.
    pub(super) fn tell(&mut self, pipeline: &str, left: Vec<Left>) {
        let before = self.0.remove(pipeline).unwrap_or_default();
        let mut new = left.iter().filter(|one| !before.contains(one));
        for one in new.by_ref().take(MOST) {
            tracing::warn!(pipeline, file = %one.file.display(), "stays in the landing folder: {}", one.why);
        }
        match new.count() {
            0 => {}
            more => tracing::warn!(
                pipeline,
                "{more} more files stay in the landing folder: `sluis schedule` lists them"
            ),
        }
        if !left.is_empty() {
            self.0.insert(pipeline.to_owned(), left);
        }
    }
}
