//! Small marts as one file, partition columns included, for readers that know nothing of versions.

use super::disk::Disk;
use super::footer;
use super::layout::TableDir;
use super::stats::{parse_all, without_bounds};
use super::{FileEntry, Lake, LakeError, Manifest, Result};
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Key of the metadata that says which publication a single file is
const PUBLICATION: &str = "sluis.publication";

/// Whether this publication has a single file
pub(super) fn wanted(lake: &Lake, manifest: &Manifest) -> bool {
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    manifest.table.schema == "mart" && bytes <= lake.options().single_file_bytes
}

/// Whether the single file that is there is of this publication
pub(super) fn is_current(disk: &Disk, dir: &TableDir, manifest: &Manifest) -> Result<bool> {
    let path = dir.single_file();
    let file = match disk.open(&path) {
        Err(error) if error.is_not_found() => return Ok(false),
        other => other?,
    };
    // one that cannot be read is one to replace
    let footer = footer::read(&path, &file).ok();
    Ok(footer.is_some_and(|footer| footer.keys.get(PUBLICATION) == Some(&manifest.id)))
}

/// Writes the single file under a name that nobody reads; `None` when there should be none.
/// `sources` are the files of the manifest, in its order.
pub(super) fn prepare(
    lake: &Lake,
    dir: &TableDir,
    manifest: &Manifest,
    sources: &[PathBuf],
    id: &str,
) -> Result<Option<PathBuf>> {
    if !wanted(lake, manifest) {
        return Ok(None);
    }
    let path = dir.unfinished_single_file(id);
    let written = write(lake.disk(), manifest, sources, &path);
    if written.is_err() {
        // a sweep removes it if this cannot
        let _ = lake.disk().remove_file(&path);
    }
    written.map(|()| Some(path))
}

fn write(disk: &Disk, manifest: &Manifest, sources: &[PathBuf], path: &Path) -> Result<()> {
    let bad = |error: &dyn std::fmt::Display| LakeError::data(path, error);
    let mut keys = common_keys(disk, sources)?;
    keys.insert("sluis.table".to_owned(), manifest.table.to_string());
    keys.insert("sluis.version".to_owned(), manifest.version.to_string());
    keys.insert(PUBLICATION.to_owned(), manifest.id.clone());
    let keys = keys.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("sluis ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(keys));
    let properties = without_bounds(properties, &manifest.schema).build();
    let file = disk.create_file(path)?;
    let out = Watched {
        disk,
        path,
        file: file.try_clone().map_err(|error| LakeError::io("open", path, error))?,
    };
    let mut writer =
        ArrowWriter::try_new(out, manifest.arrow_schema(), Some(properties)).map_err(|error| bad(&error))?;
    for (entry, source) in manifest.files.iter().zip(sources) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(disk.open(source)?)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| LakeError::data(source, error))?;
        for batch in reader {
            let batch = batch.map_err(|error| LakeError::data(source, error))?;
            let batch = widen(&batch, manifest, entry).map_err(|error| LakeError::data(source, error))?;
            writer.write(&batch).map_err(|error| bad(&error))?;
        }
    }
    writer.close().map_err(|error| bad(&error))?;
    disk.sync_file(path, &file)
}

/// The batch under the table's schema: partition columns added, columns that were not there yet null
fn widen(batch: &RecordBatch, manifest: &Manifest, entry: &FileEntry) -> Result<RecordBatch, String> {
    let schema: SchemaRef = manifest.arrow_schema();
    let column = |name: &str, of: &Schema| -> Result<ArrayRef, String> {
        let data_type = of.field_with_name(name).map_err(|error| error.to_string())?.data_type();
        if let Some((_, value)) = entry.partition.iter().find(|(column, _)| column == name) {
            let scalar = partition_scalar(value, data_type).ok_or("a partition value does not fit its column")?;
            return scalar
                .to_array_of_size(batch.num_rows())
                .map_err(|error| error.to_string());
        }
        match batch.column_by_name(name) {
            Some(stored) if stored.data_type() == data_type => Ok(Arc::clone(stored)),
            Some(stored) => cast(stored, data_type).map_err(|error| error.to_string()),
            None => Ok(new_null_array(data_type, batch.num_rows())),
        }
    };
    let columns: Result<Vec<ArrayRef>, String> = schema
        .fields()
        .iter()
        .map(|field| column(field.name(), &schema))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns?, &options).map_err(|error| error.to_string())
}

/// A partition value as a value of its column
pub(super) fn partition_scalar(value: &str, data_type: &datafusion::arrow::datatypes::DataType) -> Option<ScalarValue> {
    let array = parse_all(vec![Some(value)], data_type)?;
    let scalar = ScalarValue::try_from_array(&array, 0).ok()?;
    (!scalar.is_null()).then_some(scalar)
}

/// Metadata that all files agree on, such as the key version of their pseudonyms
fn common_keys(disk: &Disk, sources: &[PathBuf]) -> Result<BTreeMap<String, String>> {
    let mut common: Option<BTreeMap<String, String>> = None;
    for source in sources {
        let keys = footer::read(source, &disk.open(source)?)?.keys;
        common = Some(match common {
            None => keys,
            Some(common) => common
                .into_iter()
                .filter(|(key, value)| keys.get(key) == Some(value))
                .collect(),
        });
    }
    Ok(common.unwrap_or_default())
}

/// Writes through the one door
struct Watched<'a> {
    disk: &'a Disk,
    path: &'a Path,
    file: File,
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.disk.write(self.path, &mut self.file, bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(LakeError::Io { source, .. }) => Err(source),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
