//! Ordered rows into files of a draft, one open file at a time.
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::DataFusionError;

use super::super::RunError;
use super::super::file::FileWriter;
use super::super::split::by_partition;
use crate::lake::{Draft, DraftFile, FileTags, Partition};

/// What rows become files of.
pub struct TableWriter<'a> {
    draft: &'a mut Draft,
    /// The schema inside the files: without partition columns, which are in the folder names.
    stored: SchemaRef,
    partition: Vec<String>,
    sort: Vec<String>,
    open: Option<(Partition, DraftFile, FileWriter)>,
}

impl<'a> TableWriter<'a> {
    /// Files of `schema` in folders of `partition`, whose rows are ordered by `sort`.
    pub fn new(draft: &'a mut Draft, schema: &SchemaRef, partition: Vec<String>, sort: Vec<String>) -> Self {
        let fields = schema.fields().iter().filter(|f| !partition.contains(f.name()));
        Self {
            draft,
            stored: Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>())),
            partition,
            sort,
            open: None,
        }
    }

    /// Adds rows, in which equal partition values are neighbours; each partition is shown to `check` first.
    pub fn write(
        &mut self,
        rows: &RecordBatch,
        check: impl Fn(&Partition) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        for (partition, range) in by_partition(rows, &self.partition)? {
            check(&partition)?;
            let part = typed(&rows.slice(range.start, range.len()), &self.stored)?;
            if self.open.as_ref().is_none_or(|(p, ..)| *p != partition) {
                self.finish()?;
                let file = self.draft.create(&partition)?;
                let writer = FileWriter::open(&file.path, &self.stored, &self.sort)?;
                self.open = Some((partition, file, writer));
            }
            if let Some((_, _, writer)) = &mut self.open {
                writer.write(part)?;
            }
        }
        Ok(())
    }

    /// Closes the last file.
    pub fn finish(&mut self) -> Result<(), RunError> {
        if let Some((_, file, writer)) = self.open.take() {
            writer.close()?;
            self.draft.add(file, FileTags::default())?;
        }
        Ok(())
    }
}

/// The columns of `schema` from `rows`, in its types (queries give text as views).
pub fn typed(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let columns = schema.fields().iter().map(|field| {
        let column = rows.column(rows.schema().index_of(field.name())?);
        if column.data_type() == field.data_type() {
            Ok(Arc::clone(column))
        } else {
            cast(column, field.data_type())
        }
    });
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        columns.collect::<Result<Vec<_>, _>>()?,
    )?)
}
