//! A table of the catalog, filled row by row when it is read.
use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_empty_array};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::scalar::ScalarValue;

use super::listing::{Lister, Listing};

/// Writes the rows of a table.
pub type Fill = fn(&Listing, &mut Rows) -> Result<()>;

/// Rows of a table that is being filled.
pub struct Rows {
    schema: SchemaRef,
    columns: Vec<Vec<ScalarValue>>,
}

impl Rows {
    fn new(schema: SchemaRef) -> Self {
        Self {
            columns: vec![Vec::new(); schema.fields().len()],
            schema,
        }
    }

    /// Adds a row. A column that is not among `values` is null, or 0, false or empty where it may not be.
    pub fn add(&mut self, values: &[(&str, ScalarValue)]) -> Result<()> {
        for (field, column) in self.schema.fields().iter().zip(&mut self.columns) {
            let given = values.iter().find(|(name, _)| name == field.name());
            column.push(match given {
                Some((_, value)) => value.cast_to(field.data_type())?,
                None if field.is_nullable() => ScalarValue::try_from(field.data_type())?,
                None => ScalarValue::new_default(field.data_type())?,
            });
        }
        Ok(())
    }

    fn finish(self) -> Result<RecordBatch> {
        let columns = self.columns.into_iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| match column.is_empty() {
            true => Ok(new_empty_array(field.data_type())),
            false => ScalarValue::iter_to_array(column),
        });
        Ok(RecordBatch::try_new(
            Arc::clone(&self.schema),
            columns.collect::<Result<_>>()?,
        )?)
    }
}

/// Text.
pub fn text(value: impl Into<String>) -> ScalarValue {
    ScalarValue::Utf8(Some(value.into()))
}

/// A number.
pub fn number(value: impl Into<i64>) -> ScalarValue {
    ScalarValue::Int64(Some(value.into()))
}

/// True or false.
pub fn truth(value: bool) -> ScalarValue {
    ScalarValue::Boolean(Some(value))
}

/// The table with `schema` that `fill` writes, after the rows that are in it `before`.
pub fn filled(
    schema: SchemaRef,
    lister: &Arc<Lister>,
    before: Vec<RecordBatch>,
    fill: Fill,
) -> Result<Arc<dyn TableProvider>> {
    let part = Part {
        schema: Arc::clone(&schema),
        lister: Arc::clone(lister),
        before,
        fill,
    };
    Ok(Arc::new(StreamingTable::try_new(schema, vec![Arc::new(part)])?))
}

struct Part {
    schema: SchemaRef,
    lister: Arc<Lister>,
    before: Vec<RecordBatch>,
    fill: Fill,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, lister, fill) = (Arc::clone(&self.schema), Arc::clone(&self.lister), self.fill);
        let rows = async move {
            let mut rows = Rows::new(schema);
            fill(lister.listing().await?.as_ref(), &mut rows)?;
            rows.finish()
        };
        let before = futures::stream::iter(self.before.clone().into_iter().map(Ok));
        let rows = futures::StreamExt::chain(before, futures::stream::once(rows));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
