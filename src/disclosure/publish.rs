//! Primary suppression: rows as they may be published.
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::rule::{Count, Rule, STATUS, Share, Zeros};

/// What the status of a row is whose own numbers are too small.
const PRIMARY: &str = "primary";

impl Rule {
    /// The columns as published: without those that only the rule needs, and with the status behind the last column that
    /// is stored in the files.
    pub fn published_schema(&self, schema: &Schema, partition: &[&str]) -> SchemaRef {
        let published = schema.fields().iter().filter(|f| !self.unpublished.contains(f.name()));
        let (folders, stored): (Vec<FieldRef>, Vec<FieldRef>) =
            published.cloned().partition(|f| partition.contains(&f.name().as_str()));
        let status = Arc::new(Field::new(STATUS, DataType::Utf8, true));
        Arc::new(Schema::new(
            stored.into_iter().chain([status]).chain(folders).collect::<Vec<_>>(),
        ))
    }

    /// `rows` as they may be published, in the columns of `schema`: what is too small is null, and nothing of it is left
    /// behind in memory either.
    pub fn publish(&self, rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let withheld = self.withheld(rows)?;
        let mut status = vec![""; rows.num_rows()];
        for (name, mask) in withheld.iter().filter(|(name, _)| schema.index_of(name).is_ok()) {
            // where there is no value, none is withheld
            let values = column(rows, name)?;
            for (row, _) in mask.iter().enumerate().filter(|(_, withheld)| **withheld) {
                if values.is_valid(row) {
                    status[row] = PRIMARY;
                }
            }
        }
        let columns = schema.fields().iter().map(|field| {
            if field.name() == STATUS {
                return Ok(Arc::new(StringArray::from(status.clone())) as ArrayRef);
            }
            let column = cast(column(rows, field.name())?, field.data_type())?;
            match withheld.get(field.name().as_str()) {
                Some(mask) => {
                    let nothing = new_null_array(field.data_type(), 1);
                    let scalar = arrow::array::Scalar::new(nothing);
                    zip(&BooleanArray::from(mask.clone()), &scalar, &column)
                }
                None => Ok(column),
            }
        });
        RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<Vec<_>, _>>()?)
    }

    /// By column, the rows in which it is withheld.
    fn withheld(&self, rows: &RecordBatch) -> Result<Masks<'_>, ArrowError> {
        let mut masks = Masks::new();
        let mut any = vec![false; rows.num_rows()];
        // a school that cannot be hidden among others cannot be shown in any column
        for unit in &self.units {
            let small = self.small(unit, rows)?;
            for column in self.measures() {
                add(&mut masks, column, &small);
            }
            merge(&mut any, &small);
        }
        for count in &self.counts {
            add(&mut masks, &count.column, &self.small(count, rows)?);
        }
        for share in &self.shares {
            let telling = telling(share, rows)?;
            add(&mut masks, &share.numerator, &telling);
            for column in &share.columns {
                add(&mut masks, column, &telling);
            }
            merge(&mut any, &telling);
        }
        for count in &self.counts {
            let mask = masks.get(count.column.as_str()).cloned().unwrap_or_default();
            for column in &count.blank {
                add(&mut masks, column, &mask);
            }
            merge(&mut any, &mask);
        }
        for unit in &self.units {
            let mask = masks.get(unit.column.as_str()).cloned().unwrap_or_default();
            for column in &unit.blank {
                add(&mut masks, column, &mask);
            }
        }
        // one of them and the share would give the other
        for share in &self.shares {
            for of in [&share.numerator, &share.denominator] {
                let mask = masks.get(of.as_str()).cloned().unwrap_or_default();
                for column in &share.columns {
                    add(&mut masks, column, &mask);
                }
            }
        }
        for column in &self.blank {
            add(&mut masks, column, &any);
        }
        Ok(masks)
    }

    /// The rows in which a count is too small; one that is not known counts as such.
    fn small(&self, count: &Count, rows: &RecordBatch) -> Result<Vec<bool>, ArrowError> {
        let shown = |n: i128| n >= i128::from(count.min) || n == 0 && self.zeros == Zeros::Show;
        let numbers = numbers(rows, &count.column)?;
        Ok(numbers.into_iter().map(|n| !n.is_some_and(shown)).collect())
    }
}

/// By column, the rows in which it is withheld.
type Masks<'a> = BTreeMap<&'a str, Vec<bool>>;

fn add<'a>(masks: &mut Masks<'a>, column: &'a str, mask: &[bool]) {
    merge(masks.entry(column).or_insert_with(|| vec![false; mask.len()]), mask);
}

fn merge(all: &mut [bool], more: &[bool]) {
    all.iter_mut().zip(more).for_each(|(all, more)| *all |= more);
}

/// The rows in which a share, or its numerator beside the whole group, tells of too few: of those it is about or of the
/// others, or that it is about nobody or everybody.
fn telling(share: &Share, rows: &RecordBatch) -> Result<Vec<bool>, ArrowError> {
    let enough = |n: i128| n >= i128::from(share.min);
    let shown = |part: i128, whole: i128| match part {
        // a share in nobody is no share
        _ if whole == 0 && part == 0 => true,
        part if part == 0 || part == whole => share.extremes == Zeros::Show && enough(whole),
        part => enough(part) && enough(whole.saturating_sub(part)),
    };
    let (parts, wholes) = (numbers(rows, &share.numerator)?, numbers(rows, &share.denominator)?);
    let pairs = parts.into_iter().zip(wholes);
    Ok(pairs
        .map(|pair| match pair {
            (Some(part), Some(whole)) => !shown(part, whole),
            _ => true,
        })
        .collect())
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ArrowError> {
    rows.column_by_name(name)
        .ok_or_else(|| ArrowError::SchemaError(format!("there is no column `{name}`")))
}

/// The whole numbers of a column, of whatever type.
fn numbers(rows: &RecordBatch, name: &str) -> Result<Vec<Option<i128>>, ArrowError> {
    let numbers = cast(column(rows, name)?, &DataType::Decimal128(38, 0))?;
    Ok(numbers.as_primitive::<Decimal128Type>().iter().collect())
}
