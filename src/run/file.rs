//! One Parquet file of a draft, written so that equal rows give equal bytes.
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::WriterProperties;

use super::RunError;
use crate::lake::without_bounds;

/// Rows of a row group at most.
const GROUP_ROWS: usize = 1 << 19;
/// Encoded bytes after which a row group is closed early: what a writer holds in memory.
const GROUP_BYTES: usize = 64 << 20;

/// Rows that are given to the encoder at a time. Where pages end depends on it, so it must not depend on the engine.
const CHUNK_ROWS: usize = 8192;

/// An open file.
pub struct FileWriter {
    path: std::path::PathBuf,
    chunks: BatchCoalescer,
    writer: ArrowWriter<File>,
}

impl FileWriter {
    /// Opens `path`, which is there and empty, for rows of `schema` ordered by `sort`.
    pub fn open(path: &Path, schema: &SchemaRef, sort: &[String]) -> Result<FileWriter, RunError> {
        let failed = |source| RunError::Write {
            path: path.to_path_buf(),
            source,
        };
        let file = File::options().write(true).open(path).map_err(|e| failed(e.into()))?;
        let properties = properties(schema, sort).map_err(failed)?;
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties)).map_err(failed)?;
        Ok(FileWriter {
            path: path.to_path_buf(),
            chunks: BatchCoalescer::new(Arc::clone(schema), CHUNK_ROWS),
            writer,
        })
    }

    /// Adds rows.
    pub fn write(&mut self, rows: RecordBatch) -> Result<(), RunError> {
        self.chunks.push_batch(rows).map_err(|e| self.failed(e.into()))?;
        self.encode()
    }

    /// Writes what is left, and the footer.
    pub fn close(mut self) -> Result<(), RunError> {
        self.chunks.finish_buffered_batch().map_err(|e| self.failed(e.into()))?;
        self.encode()?;
        let path = self.path;
        self.writer
            .close()
            .map(|_| ())
            .map_err(|source| RunError::Write { path, source })
    }

    fn encode(&mut self) -> Result<(), RunError> {
        while let Some(chunk) = self.chunks.next_completed_batch() {
            self.writer.write(&chunk).map_err(|e| self.failed(e))?;
            if self.writer.in_progress_size() > GROUP_BYTES {
                self.writer.flush().map_err(|e| self.failed(e))?;
            }
        }
        Ok(())
    }

    fn failed(&self, source: parquet::errors::ParquetError) -> RunError {
        RunError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

fn properties(schema: &Schema, sort: &[String]) -> parquet::errors::Result<WriterProperties> {
    let column = |name: &String| {
        let index = i32::try_from(schema.index_of(name).ok()?).ok()?;
        Some(SortingColumn {
            column_idx: index,
            descending: false,
            nulls_first: false,
        })
    };
    // leaf numbers are field numbers only while no column is nested
    let flat = !schema.fields().iter().any(|f| f.data_type().is_nested());
    let sorting = sort
        .iter()
        .map(column)
        .collect::<Option<Vec<_>>>()
        .filter(|s| flat && !s.is_empty());
    let properties = WriterProperties::builder()
        // without the writer's version: a new release that writes the same bytes otherwise publishes nothing
        .set_created_by("sluis".into())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_sorting_columns(sorting);
    Ok(without_bounds(properties, schema).build())
}
