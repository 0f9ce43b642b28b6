//! One batch of records: cast, checked, and what is good of it handed to the encoder.
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{filter_record_batch, take};
use arrow::row::{RowConverter, SortField};

use super::IngestError;
use super::cast::{KeyCaster, cast};
use super::encode::Encoder;
use super::faults::{Faults, Rule, small};
use super::job::Job;
use super::keyset::Entry;
use super::mapping::Feed;
use super::partitions::order;
use super::quarantine::rejected;
use super::rows::{Next, Rows, View};
use super::segment::Segment;
use crate::contract::column::Kind;
use crate::contract::format::Encoding;
use crate::pseudonym::Rules;
use crate::source::cells::{Cell, Records};

/// Bits for the place of a row among those of its line: a field of 16 MiB has fewer items.
const PLACE: u32 = 24;

/// Records found in a stretch of text.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// The text, and [`MARGIN`](super::rows::MARGIN) bytes more.
    pub bytes: &'a [u8],
    /// Where the texts of constant feeds stand, by column.
    pub constants: &'a [Vec<Cell>],
    /// Whether no byte of the text needs decoding.
    pub plain: bool,
    /// The line of the file that line 0 of the records is.
    pub first_line: u64,
    /// The records.
    pub records: &'a Records,
}

/// Casts and checks batches, with the memory it needs again and again.
pub struct Batcher<'a> {
    job: &'a Job,
    casters: Vec<Option<KeyCaster>>,
    encodings: Vec<Encoding>,
    rows: Rows,
    faults: Faults,
    converters: Vec<(RowConverter, Vec<usize>)>,
}

impl<'a> Batcher<'a> {
    /// A batcher for a job.
    ///
    /// # Errors
    /// When a unique key has a type that cannot be compared.
    pub fn new(job: &'a Job) -> Result<Self, IngestError> {
        let contract = &job.contract;
        let casters = contract.columns.iter().enumerate().map(|(place, column)| {
            let Kind::PersonKey(rule) = &column.kind else {
                return None;
            };
            let pseudonymiser = job.pseudonymisers.get(&place)?.clone();
            let mut rules = Rules::from(rule.repairs);
            rules.onderwijsnummer_remainder = job.onderwijsnummer_remainder;
            Some(KeyCaster::new(pseudonymiser, rules, job.secret.0.clone()))
        });
        let converters = contract.unique.iter().map(|key| {
            let places: Vec<usize> = key
                .iter()
                .filter_map(|name| job.everything.index_of(name).ok())
                .collect();
            let fields = places
                .iter()
                .map(|&place| SortField::new(job.everything.field(place).data_type().clone()));
            Ok((RowConverter::new(fields.collect())?, places))
        });
        let encodings = job.mapping.feeds.iter().map(|feed| match feed {
            Feed::Field(_) | Feed::Groups(_) | Feed::Item { .. } | Feed::Absent => job.encoding,
            Feed::Parts(_) | Feed::Constant(_) => Encoding::Utf8,
        });
        Ok(Self {
            casters: casters.collect(),
            encodings: encodings.collect(),
            rows: Rows::default(),
            faults: Faults::default(),
            converters: converters.collect::<Result<_, IngestError>>()?,
            job,
        })
    }

    /// Casts, checks and encodes the records found.
    ///
    /// # Errors
    /// When an expression fails or Parquet refuses a value.
    pub fn add(
        &mut self,
        found: Found<'_>,
        encoder: &mut Encoder<'_>,
        segment: &mut Segment,
    ) -> Result<(), IngestError> {
        let skip_blank = self
            .job
            .contract
            .unpivot
            .as_ref()
            .is_some_and(|unpivot| unpivot.skip_blank);
        let mut next = Next::default();
        while next.record < found.records.len() {
            let mapping = &self.job.mapping;
            self.rows
                .expand(mapping, skip_blank, found.records, found.bytes, &mut next);
            if self.rows.len() > 0 {
                self.add_rows(found, encoder, segment)?;
            }
        }
        segment.without_items += next.without_items;
        Ok(())
    }

    /// Casts, checks and encodes the rows listed.
    fn add_rows(
        &mut self,
        found: Found<'_>,
        encoder: &mut Encoder<'_>,
        segment: &mut Segment,
    ) -> Result<(), IngestError> {
        let job = self.job;
        let rows = self.rows.len();
        segment.rows_in += rows as u64;
        self.faults.clear();
        if let Some(unpack) = &job.contract.unpack {
            for &row in &self.rows.uneven {
                self.faults.add(row, unpack.column, "item_length");
            }
        }
        if !found.records.errors.is_empty() {
            cell_errors(job, found, &self.rows, &self.encodings, &mut self.faults);
        }
        let mut early = self.by_partition(found)?;
        let views = views(job, found, &self.rows, &self.encodings);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(job.typed.fields().len());
        for (place, column) in job.contract.columns.iter().enumerate() {
            match &mut early[place] {
                Some(cast) => arrays.append(cast),
                None => arrays.extend(cast(column, place, views[place], job.used[place], &mut self.faults)),
            }
        }
        let lines = &found.records.lines;
        let line_of = |row: usize| found.first_line + u64::from(lines[self.rows.record(row)]);
        // a line may hold several rows: which of them it is stands in the lower bits
        let row_of = |row: usize| line_of(row) << PLACE | self.rows.place(row);
        if !job.duplicate_rows.is_empty() {
            let duplicate = |row: &usize| job.duplicate_rows.binary_search(&row_of(*row)).is_ok();
            for row in (0..rows).filter(duplicate) {
                self.faults.add_row(small(row), Rule::Fixed("unique"));
            }
        }
        let mut batch = RecordBatch::try_new(job.typed.clone(), arrays)?;
        let mut kept: Vec<u32> = (0..small(rows)).collect();
        batch = keep_good(batch, &mut kept, &self.faults)?;
        batch = derive(job, batch, &kept, &mut self.faults)?;
        check(job, &batch, &kept, &mut self.faults)?;
        batch = keep_good(batch, &mut kept, &self.faults)?;
        for fault in self.faults.first_of_rows() {
            let line = line_of(fault.row as usize);
            segment
                .rejected
                .push(rejected(job, &fault, line, &views, &self.casters));
        }
        segment.rows_staged += batch.num_rows() as u64;
        segment.rows_dropped += self.faults.dropped();
        for (place, (converter, columns)) in self.converters.iter().enumerate() {
            let keys: Vec<ArrayRef> = columns.iter().map(|&column| batch.column(column).clone()).collect();
            let keys = converter.convert_columns(&keys)?;
            segment.unique[place].extend(keys.iter().zip(&kept).map(|(key, &row)| Entry {
                key: job.hash(key.data()),
                value: row_of(row as usize),
            }));
        }
        if batch.num_rows() > 0 {
            let stored = job.store(&batch)?;
            segment.numbers.look(&stored, &job.secret.0);
            encoder.add(&stored)?;
        }
        Ok(())
    }

    /// Casts person keys and partition columns, and brings the rows of each partition together, so that the columns of
    /// a partition are slices of those of the batch. Returns the arrays of those columns by place.
    ///
    /// Keys are cast first because they come in runs.
    fn by_partition(&mut self, found: Found<'_>) -> Result<Vec<Option<Vec<ArrayRef>>>, IngestError> {
        let job = self.job;
        let views = views(job, found, &self.rows, &self.encodings);
        let mut early: Vec<Option<Vec<ArrayRef>>> = vec![None; views.len()];
        for (place, caster) in self.casters.iter_mut().enumerate() {
            let column = &job.contract.columns[place];
            if let (Kind::PersonKey(rule), Some(caster)) = (&column.kind, caster) {
                let register = rule.register.map(|register| views[register]);
                let array = caster.cast(column, rule, place, views[place], register, &mut self.faults);
                early[place] = Some(vec![array]);
            }
        }
        let mut partition = Vec::new();
        for &place in &job.early {
            let column = &job.contract.columns[place];
            let arrays = cast(column, place, views[place], true, &mut self.faults);
            partition.push(arrays[0].clone());
            early[place] = Some(arrays);
        }
        if let Some(order) = order(&partition, self.rows.len()) {
            self.rows.reorder(&order);
            self.faults.reorder(&order);
            let order = UInt32Array::from(order);
            for array in early.iter_mut().flatten().flatten() {
                *array = take(array, &order, None)?;
            }
        }
        Ok(early)
    }

    /// Hands what the key casters counted to the segment.
    pub fn finish(&mut self, segment: &mut Segment) {
        for (place, caster) in self.casters.iter_mut().enumerate() {
            if let Some(caster) = caster {
                segment.given[place] = std::mem::take(&mut caster.given);
                segment.nulled += std::mem::take(&mut caster.nulled);
                for (repair, count) in std::mem::take(&mut caster.repaired) {
                    *segment.repaired.entry(repair).or_default() += count;
                }
            }
        }
    }
}

/// Notes the rows with an error of the program that wrote the file in one of their cells, unless the contract says what
/// that error means.
fn cell_errors(job: &Job, found: Found<'_>, rows: &Rows, encodings: &[Encoding], faults: &mut Faults) {
    let views = views(job, found, rows, encodings);
    for &(record, field) in &found.records.errors {
        let first = rows.records().partition_point(|at| *at < small(record));
        for row in (first..rows.len()).take_while(|row| rows.record(*row) == record) {
            for (place, column) in job.contract.columns.iter().enumerate() {
                let text = views[place].get(row);
                let meant = column.map.contains_key(text)
                    || column
                        .missing_pattern
                        .as_ref()
                        .is_some_and(|pattern| pattern.is_match(text))
                    || [&column.missing, &column.suppressed]
                        .into_iter()
                        .any(|marks| marks.iter().any(|mark| mark == text));
                if rows.field(row, &job.mapping.feeds[place]) == Some(field) && !meant {
                    faults.add(row, place, "cell_error");
                }
            }
        }
    }
}

/// The cells of each column.
fn views<'v>(job: &'v Job, found: Found<'v>, rows: &'v Rows, encodings: &[Encoding]) -> Vec<View<'v>> {
    let feeds = job.mapping.feeds.iter().zip(&job.contract.columns).enumerate();
    feeds
        .map(|(place, (feed, column))| View {
            bytes: found.bytes,
            records: found.records,
            rows,
            feed,
            constants: &found.constants[place],
            trim: column.trim,
            encoding: encodings[place],
            plain: found.plain,
        })
        .collect()
}

/// Leaves out the rows that broke a rule so far, and those that the contract leaves out.
fn keep_good(batch: RecordBatch, kept: &mut Vec<u32>, faults: &Faults) -> Result<RecordBatch, IngestError> {
    if faults.is_empty() {
        return Ok(batch);
    }
    let mut good = vec![true; kept.last().map_or(0, |last| *last as usize + 1)];
    for row in faults.rows() {
        good.get_mut(row as usize).into_iter().for_each(|good| *good = false);
    }
    let keeps = BooleanArray::from_iter(kept.iter().map(|row| Some(good[*row as usize])));
    kept.retain(|row| good[*row as usize]);
    Ok(filter_record_batch(&batch, &keeps)?)
}

/// Adds the derived columns; a null where none may be is a fault.
fn derive(job: &Job, batch: RecordBatch, kept: &[u32], faults: &mut Faults) -> Result<RecordBatch, IngestError> {
    if job.derived.is_empty() {
        return Ok(batch);
    }
    let mut columns = batch.columns().to_vec();
    for (place, (expression, derived)) in job.derived.iter().zip(&job.contract.derived).enumerate() {
        let failed = |_| IngestError::Expression {
            reason: format!(
                "the derived column `{}` fails on a row; use try_cast",
                derived.field.name()
            ),
        };
        let array = expression
            .evaluate(&batch)
            .map_err(failed)?
            .into_array(batch.num_rows())?;
        let array = arrow::compute::cast(&array, derived.field.data_type())?;
        if !derived.field.is_nullable() {
            let null = (0..array.len()).filter(|&row| array.is_null(row));
            null.for_each(|row| faults.add(kept[row] as usize, job.contract.columns.len() + place, "required"));
        }
        columns.push(array);
    }
    Ok(RecordBatch::try_new(job.everything.clone(), columns)?)
}

/// Notes the rows for which a check is false.
fn check(job: &Job, batch: &RecordBatch, kept: &[u32], faults: &mut Faults) -> Result<(), IngestError> {
    for (place, (expression, check)) in (0u16..).zip(job.checks.iter().zip(&job.contract.checks)) {
        let failed = |_| IngestError::Expression {
            reason: format!("the check `{}` fails on a row; use try_cast", check.name),
        };
        let array = expression
            .evaluate(batch)
            .map_err(failed)?
            .into_array(batch.num_rows())?;
        let holds = array.as_boolean();
        for row in (0..holds.len()).filter(|&row| holds.is_valid(row) && !holds.value(row)) {
            faults.add_row(kept[row], Rule::Check(place));
        }
    }
    Ok(())
}
