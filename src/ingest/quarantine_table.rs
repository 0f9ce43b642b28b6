//! The lake table `ops.quarantine`: one file a delivery.
use std::fs::File;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempPath;

use super::quarantine::{of_delivery, schema};
use super::{Ingest, IngestError};
use crate::lake::{FileEntry, FileTags, Lake, Partition, PublicationMeta, TableName, without_bounds};

/// The table's name.
pub const QUARANTINE: (&str, &str) = ("ops", "quarantine");

/// The column it is partitioned by.
const PARTITION: &str = "pipeline";

/// The rows set aside of one delivery.
pub struct SetAside {
    /// The delivery's id.
    pub delivery: String,
    /// Its file, relative to the landing folder.
    pub file: String,
    /// The rows, in a file of the spill folder.
    pub rows: TempPath,
}

fn table() -> TableName {
    TableName {
        schema: QUARANTINE.0.to_owned(),
        table: QUARANTINE.1.to_owned(),
    }
}

/// Replaces what is kept of some deliveries: the rows in `aside` come, those of `gone` go.
///
/// # Errors
/// When the lake refuses.
pub fn replace(ingest: &Ingest<'_>, pipeline: &str, aside: Vec<SetAside>, gone: &[String]) -> Result<(), IngestError> {
    change(ingest.lake, ingest.run, ingest.now, pipeline, aside, gone)
}

/// Removes what is kept of one delivery.
///
/// # Errors
/// When the lake refuses.
pub fn discard(lake: &Lake, run: &str, now: chrono::DateTime<chrono::Utc>, delivery: &str) -> Result<(), IngestError> {
    change(lake, run, now, "", Vec::new(), &[delivery.to_owned()])
}

/// Lines of a delivery that were set aside, sorted.
///
/// # Errors
/// When the lake refuses.
pub fn lines(lake: &Lake, delivery: &str) -> Result<Vec<u64>, IngestError> {
    let mut lines = Vec::new();
    let Some((manifest, _lease)) = lake.pin(&table())? else {
        return Ok(lines);
    };
    let ours = |file: &&FileEntry| file.tags.delivery.as_deref() == Some(delivery);
    for entry in manifest.files.iter().filter(ours) {
        let path = lake.table_dir(&table())?.join(&entry.path);
        let file = File::open(&path).map_err(|source| IngestError::Io {
            what: path.display().to_string(),
            source,
        })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let mask = ProjectionMask::columns(reader.parquet_schema(), ["line"]);
        for batch in reader.with_projection(mask).build()? {
            let batch = batch?;
            let found = batch.column(0).as_primitive::<Int64Type>().values();
            lines.extend(found.iter().filter_map(|line| u64::try_from(*line).ok()));
        }
    }
    lines.sort_unstable();
    Ok(lines)
}

fn change(
    lake: &Lake,
    run: &str,
    now: chrono::DateTime<chrono::Utc>,
    pipeline: &str,
    aside: Vec<SetAside>,
    gone: &[String],
) -> Result<(), IngestError> {
    let current = lake.current(&table())?;
    let held = |id: &String| {
        current
            .iter()
            .flat_map(|manifest| &manifest.files)
            .any(|file| file.tags.delivery.as_ref() == Some(id))
    };
    if aside.is_empty() && !gone.iter().any(held) {
        return Ok(());
    }
    let mut draft = lake.draft(&table())?;
    let parent = draft.parent().cloned();
    let replaced =
        |id: Option<&String>| id.is_some_and(|id| gone.contains(id) || aside.iter().any(|new| new.delivery == *id));
    for entry in parent.iter().flat_map(|manifest| &manifest.files) {
        if !replaced(entry.tags.delivery.as_ref()) {
            draft.keep(entry)?;
        }
    }
    let at = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for one in aside {
        let partition: Partition = vec![(PARTITION.to_owned(), pipeline.to_owned())];
        let file = draft.create(&partition)?;
        write(&one, &at, &file.path)?;
        draft.add(
            file,
            FileTags {
                delivery: Some(one.delivery),
                period: None,
            },
        )?;
    }
    draft.commit(PublicationMeta {
        schema: schema(),
        partition_columns: vec![PARTITION.to_owned()],
        sort: Vec::new(),
        fingerprint: "quarantine".to_owned(),
        inputs: std::collections::BTreeMap::new(),
        properties: std::collections::BTreeMap::new(),
        audits: Vec::new(),
        run: run.to_owned(),
        created_at: now,
        reason: "rows set aside".to_owned(),
    })?;
    Ok(())
}

/// Writes the rows of one delivery as a file of the table.
fn write(aside: &SetAside, at: &str, path: &Path) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        what: path.display().to_string(),
        source,
    };
    let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(&aside.rows).map_err(io)?)?.build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("sluis {}", env!("CARGO_PKG_VERSION")));
    let properties = without_bounds(properties, &schema()).build();
    let file = File::options().write(true).truncate(true).open(path).map_err(io)?;
    let mut writer: Option<ArrowWriter<File>> = None;
    let mut file = Some(file);
    for batch in rows {
        let batch = of_delivery(&batch?, &aside.delivery, &aside.file, at)?;
        if let Some(file) = file.take() {
            writer = Some(ArrowWriter::try_new(file, batch.schema(), Some(properties.clone()))?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch)?;
        }
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}
