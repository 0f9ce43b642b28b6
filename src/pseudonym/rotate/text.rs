//! Pseudonyms in text: `persoon=p1.k01.…` words, as quarantine keeps them.
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{RotateError, TextColumn};
use crate::lake::Partition;
use crate::pseudonym::{KeyRing, Pseudonym, Rotator};

/// What stands for a pseudonym whose kind is not known any more
const LOST: &str = "lost";

/// The text columns of one file
pub(super) struct Words<'a> {
    pub(super) ring: &'a KeyRing,
    pub(super) partition: &'a Partition,
    pub(super) columns: &'a [&'a TextColumn<'a>],
    pub(super) to: u32,
}

impl Words<'_> {
    /// Whether a file has words of an older version
    pub(super) fn are_older(&self, path: &Path) -> Result<bool, RotateError> {
        let parquet = |source| RotateError::Parquet {
            path: path.to_owned(),
            source,
        };
        for column in self.columns {
            let file = File::open(path).map_err(|source| RotateError::Io {
                path: path.to_owned(),
                source,
            })?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
            let mask = ProjectionMask::columns(builder.parquet_schema(), [column.column.as_str()]);
            for batch in builder.with_projection(mask).build().map_err(parquet)? {
                let batch = batch.map_err(|error| parquet(error.into()))?;
                let texts = batch.columns().first().and_then(|array| array.as_string_opt::<i32>());
                let older = |text: &str| text.split(' ').any(|word| self.older(word).is_some());
                if texts.into_iter().flat_map(|texts| texts.iter()).flatten().any(older) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The name, pseudonym and version of a word that is to be rotated
    fn older<'w>(&self, word: &'w str) -> Option<(&'w str, Pseudonym, u32)> {
        let (name, text) = word.split_once('=')?;
        let (pseudonym, version) = Pseudonym::parse(text).ok()?;
        (version < self.to).then_some((name, pseudonym, version))
    }

    /// The column with its words rotated; `None` when it is not one of these columns
    pub(super) fn changed(&self, name: &str, array: &ArrayRef, lost: &mut u64) -> Result<Option<ArrayRef>, ArrowError> {
        let Some(column) = self.columns.iter().find(|column| column.column == name) else {
            return Ok(None);
        };
        let Some(texts) = array.as_string_opt::<i32>() else {
            return Ok(None);
        };
        let mut one = |text: &str| {
            let words: Vec<String> = text.split(' ').map(|word| self.word(column, word, lost)).collect();
            words.join(" ")
        };
        let changed: StringArray = texts.iter().map(|text| text.map(&mut one)).collect();
        Ok(Some(Arc::new(changed)))
    }

    fn word(&self, column: &TextColumn<'_>, word: &str, lost: &mut u64) -> String {
        let Some((name, pseudonym, version)) = self.older(word) else {
            return word.to_owned();
        };
        let step = (column.kind)(self.partition, name)
            .and_then(|(id, domain)| Rotator::from_version(self.ring, id, &domain, version).ok());
        match step {
            Some(step) => format!("{name}={}", Pseudonym(step.next(&pseudonym.0)).text(self.to)),
            None => {
                *lost += 1;
                format!("{name}={LOST}")
            }
        }
    }
}
