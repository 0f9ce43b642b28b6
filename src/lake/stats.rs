//! Column statistics: from Parquet footers to manifests, from manifests to the query engine.

use super::{ColumnStat, FileEntry};
use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::parquet::arrow::ArrowSchemaConverter;
use datafusion::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterPropertiesBuilder};
use datafusion::parquet::schema::types::ColumnPath;
use std::cmp::Ordering;
use std::sync::Arc;

/// Longer texts are no help in pruning
const LONGEST: usize = 128;

/// Pseudonyms are held as bytes of a fixed size; no value of them leaves the data files
pub(crate) fn is_secret(data_type: &DataType) -> bool {
    matches!(data_type, DataType::FixedSizeBinary(_))
}

/// Metadata of a field that says something of a person: the sensitivity tag of its contract.
pub const FIELD_TAG: &str = "sluis.tag";

/// Properties by which no statistics are written of tagged columns: the smallest name is a person's name.
pub fn without_bounds(mut properties: WriterPropertiesBuilder, schema: &Schema) -> WriterPropertiesBuilder {
    for field in schema.fields().iter().filter(|f| f.metadata().contains_key(FIELD_TAG)) {
        for leaf in leaves(field) {
            properties = properties.set_column_statistics_enabled(leaf, EnabledStatistics::None);
        }
    }
    properties
}

/// The columns that a field is in Parquet, which are several when it is nested
fn leaves(field: &FieldRef) -> Vec<ColumnPath> {
    let alone = Schema::new(vec![FieldRef::clone(field)]);
    match ArrowSchemaConverter::new().convert(&alone) {
        Ok(parquet) => parquet.columns().iter().map(|leaf| leaf.path().clone()).collect(),
        // a type that Parquet does not have is refused when it is written
        Err(_) => Vec::new(),
    }
}

/// Types whose bounds survive being written as text
fn has_bounds(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Boolean
                | DataType::Date32
                | DataType::Float32
                | DataType::Float64
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Timestamp(_, None)
        )
}

/// Statistics of a top-level column; `None` for nested columns and files without statistics
pub(crate) fn column_stat(column: &str, schema: &Schema, metadata: &ParquetMetaData) -> Option<ColumnStat> {
    let groups = metadata.row_groups();
    let descriptor = metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::try_new(column, schema, descriptor).ok()?;
    let converter = converter.with_missing_null_counts_as_zero(false);
    let nulls = converter.row_group_null_counts(groups).ok()?;
    let known = nulls.null_count() == 0;
    let mut stat = ColumnStat {
        nulls: known.then(|| nulls.iter().flatten().sum()),
        ..ColumnStat::default()
    };
    let field = schema.field_with_name(column).ok()?;
    // The smallest name is a person's name.
    if !has_bounds(field.data_type()) || field.metadata().contains_key(FIELD_TAG) || groups.is_empty() {
        return Some(stat);
    }
    // a row group of nothing but nulls has no bounds and needs none
    let only_nulls = |i: usize| known && i64::try_from(nulls.value(i)).ok() == Some(groups[i].num_rows());
    let lowest = extreme(&converter.row_group_mins(groups).ok()?, Ordering::Less, only_nulls);
    let highest = extreme(&converter.row_group_maxes(groups).ok()?, Ordering::Greater, only_nulls);
    if let (Some(lowest), Some(highest)) = (lowest.and_then(text), highest.and_then(text)) {
        let exact = |flags: Option<datafusion::arrow::array::BooleanArray>| {
            flags.is_some_and(|flags| (0..flags.len()).all(|i| flags.is_null(i) || flags.value(i)))
        };
        let min_exact = exact(converter.row_group_is_min_value_exact(groups).ok());
        let max_exact = exact(converter.row_group_is_max_value_exact(groups).ok());
        stat.inexact = !(min_exact && max_exact);
        stat.min = Some(lowest);
        stat.max = Some(highest);
    }
    Some(stat)
}

fn extreme(values: &ArrayRef, wanted: Ordering, skip: impl Fn(usize) -> bool) -> Option<ScalarValue> {
    let mut best: Option<ScalarValue> = None;
    for i in 0..values.len() {
        if values.is_null(i) {
            if skip(i) {
                continue;
            }
            return None;
        }
        let value = ScalarValue::try_from_array(values, i).ok()?;
        let better = match &best {
            None => true,
            Some(best) => value.partial_cmp(best)? == wanted,
        };
        if better {
            best = Some(value);
        }
    }
    best
}

fn text(value: ScalarValue) -> Option<String> {
    let array = cast(&value.to_array().ok()?, &DataType::Utf8).ok()?;
    let text = array.as_any().downcast_ref::<StringArray>()?;
    (text.is_valid(0) && text.value(0).len() <= LONGEST).then(|| text.value(0).to_owned())
}

/// The values of the texts, as an array of the column's type; a text that does not fit becomes null
pub(crate) fn parse_all(texts: Vec<Option<&str>>, data_type: &DataType) -> Option<ArrayRef> {
    let texts: ArrayRef = Arc::new(StringArray::from(texts));
    cast_with_options(
        &texts,
        data_type,
        &CastOptions {
            safe: true,
            ..CastOptions::default()
        },
    )
    .ok()
}

/// Statistics of each file over the columns of `schema` (without partition columns)
pub(crate) fn of_files(files: &[FileEntry], schema: &Schema) -> Vec<Statistics> {
    let mut all: Vec<Statistics> = files
        .iter()
        .map(|file| Statistics {
            num_rows: usize::try_from(file.rows).map_or(Precision::Absent, Precision::Exact),
            total_byte_size: Precision::Absent,
            column_statistics: Vec::with_capacity(schema.fields().len()),
        })
        .collect();
    for field in schema.fields() {
        let stats: Vec<Option<&ColumnStat>> = files.iter().map(|file| file.columns.get(field.name())).collect();
        let bounds = |get: fn(&ColumnStat) -> Option<&str>| {
            let texts = stats.iter().map(|stat| stat.and_then(get)).collect();
            parse_all(texts, field.data_type())
        };
        let (lowest, highest) = (bounds(|stat| stat.min.as_deref()), bounds(|stat| stat.max.as_deref()));
        for (i, stat) in stats.iter().enumerate() {
            let bound = |values: &Option<ArrayRef>| {
                let value = values.as_ref().filter(|values| values.is_valid(i));
                match value.and_then(|values| ScalarValue::try_from_array(values, i).ok()) {
                    None => Precision::Absent,
                    // Parquet's bounds of floats leave NaN out, which sorts above all
                    Some(value) if stat.is_some_and(|stat| stat.inexact) || field.data_type().is_floating() => {
                        Precision::Inexact(value)
                    }
                    Some(value) => Precision::Exact(value),
                }
            };
            let nulls = stat.and_then(|stat| usize::try_from(stat.nulls?).ok());
            all[i].column_statistics.push(ColumnStatistics {
                null_count: nulls.map_or(Precision::Absent, Precision::Exact),
                min_value: bound(&lowest),
                max_value: bound(&highest),
                ..ColumnStatistics::new_unknown()
            });
        }
    }
    all
}
