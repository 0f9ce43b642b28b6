//! Ordered rows cut at the borders of partitions.
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, partition};
use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;

use super::RunError;
use crate::lake::Partition;

/// Rows of `batch`, in which equal partition values are neighbours, by partition. A null partition value is an error.
pub fn by_partition(batch: &RecordBatch, columns: &[String]) -> Result<Vec<(Partition, Range<usize>)>, RunError> {
    if columns.is_empty() {
        return Ok(vec![(Partition::new(), 0..batch.num_rows())]);
    }
    let mut values: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for column in columns {
        let index = batch.schema().index_of(column).map_err(DataFusionError::from)?;
        let array = batch.column(index);
        if array.logical_null_count() > 0 {
            return Err(RunError::NullPartition { column: column.clone() });
        }
        values.push(cast(array, &DataType::Utf8).map_err(DataFusionError::from)?);
    }
    let ranges = partition(&values).map_err(DataFusionError::from)?.ranges();
    let named = |range: Range<usize>| {
        let value = |(column, array): (&String, &ArrayRef)| {
            (column.clone(), array.as_string::<i32>().value(range.start).to_string())
        };
        (columns.iter().zip(&values).map(value).collect(), range.clone())
    };
    Ok(ranges.into_iter().map(named).collect())
}
