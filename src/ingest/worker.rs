//! One worker: from a block of text to an encoded segment.
use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::row::{RowConverter, SortField};

use super::IngestError;
use super::cast::{KeyCaster, Repaired, View, cast};
use super::encode::{Encoder, Part};
use super::faults::{Faults, Rule, small};
use super::job::Job;
use super::keyset::Entry;
use super::mapping::Feed;
use super::quarantine::{Cells, Rejected, rejected};
use crate::contract::column::Kind;
use crate::contract::format::{Encoding, Format};
use crate::pseudonym::Rules;
use crate::source::blocks::Block;
use crate::source::cells::{Cell, Records, Shape};
use crate::source::delimited::{Position, Splitter};
use crate::source::encoding::is_plain;
use crate::source::fixed::{FixedLayout, records as fixed_records};
use crate::source::json::Objects;

/// Rows cast at a time: what fits the processor's caches.
const BATCH: usize = 8192;

/// What became of one block.
pub struct Segment {
    /// The block's number.
    pub index: u64,
    /// Bytes of the block.
    pub bytes: u64,
    /// Rows delivered: staged and set aside.
    pub rows_in: u64,
    /// Rows staged.
    pub rows_staged: u64,
    /// Encoded partitions.
    pub parts: Vec<Part>,
    /// Rows set aside.
    pub rejected: Vec<Rejected>,
    /// The line of the first open quote, if any.
    pub open_quote: Option<u64>,
    /// Hashed keys that must be unique, with their lines: one list a rule.
    pub unique: Vec<Vec<Entry>>,
    /// Pseudonyms given out: one list a key column.
    pub given: Vec<Vec<Entry>>,
    /// Repairs of person keys.
    pub repaired: Repaired,
    /// Person keys made null.
    pub nulled: u64,
    /// Whether JSON keys without a column were seen.
    pub unknown_keys: bool,
}

/// How a worker finds records.
enum Finder {
    Delimited(Splitter),
    Fixed(FixedLayout),
    Json(Objects),
}

/// A worker with its memory.
pub struct Worker<'a> {
    job: &'a Job,
    finder: Finder,
    casters: Vec<Option<KeyCaster>>,
    records: Records,
    rows: Rows,
    columns: Vec<Vec<Cell>>,
    encodings: Vec<Encoding>,
    faults: Faults,
    converters: Vec<(RowConverter, Vec<usize>)>,
}

/// The rows of a batch: which record, and which group of it.
#[derive(Default)]
struct Rows {
    record: Vec<u32>,
    group: Vec<u32>,
}

impl<'a> Worker<'a> {
    /// A worker for a job.
    ///
    /// # Errors
    /// When a unique key has a type that cannot be compared.
    pub fn new(job: &'a Job) -> Result<Self, IngestError> {
        let contract = &job.contract;
        let finder = match &contract.format {
            Format::Delimited(delimited) => Finder::Delimited(Splitter::new(delimited, job.max_field)),
            Format::Fixed { record_length, .. } => Finder::Fixed(fixed_layout(job, *record_length as usize)),
            _ => Finder::Json(Objects {
                columns: super::mapping::json_keys(contract),
            }),
        };
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
        let columns = contract.columns.len();
        let encodings = job.mapping.feeds.iter().map(|feed| match feed {
            Feed::Field(_) | Feed::Groups(_) | Feed::Absent => job.encoding,
            Feed::Parts(_) | Feed::Constant(_) => Encoding::Utf8,
        });
        Ok(Self {
            finder,
            casters: casters.collect(),
            records: Records::new(job.mapping.width),
            rows: Rows::default(),
            columns: vec![Vec::new(); columns],
            encodings: encodings.collect(),
            faults: Faults::default(),
            converters: converters.collect::<Result<_, IngestError>>()?,
            job,
        })
    }

    /// Works through one block.
    ///
    /// # Errors
    /// When an expression fails or Parquet refuses a value.
    pub fn work(&mut self, block: &mut Block) -> Result<Segment, IngestError> {
        let Block {
            index,
            bytes,
            first_line,
        } = block;
        let (index, first_line) = (*index, *first_line);
        let length = bytes.len();
        let mut segment = Segment::new(index, length, self.converters.len(), self.casters.len());
        let constants = self.append_constants(bytes);
        let mut encoder = Encoder::new(self.job, index);
        let mut position = Position::default();
        let plain = is_plain(&bytes[..length]);
        let most = (BATCH / self.job.mapping.groups).max(1);
        let splitter = match &self.finder {
            Finder::Delimited(splitter) => Some(splitter.for_block(&bytes[..length])),
            _ => None,
        };
        let mut values = Vec::new();
        while position.at < length {
            self.records.clear();
            values.clear();
            let text = &mut bytes[..length];
            match &self.finder {
                Finder::Delimited(_) => {
                    if let Some(splitter) = splitter {
                        splitter.records(text, &mut position, most, &mut self.records);
                    }
                }
                Finder::Fixed(layout) => {
                    let found = fixed_records(text, position.at, position.line, layout, most, &mut self.records);
                    position = Position {
                        at: found.0,
                        line: found.1,
                    };
                }
                Finder::Json(objects) => {
                    let (at, line) = (position.at, position.line);
                    let found = objects.records(text, at, line, most, &mut values, &mut self.records);
                    position = Position {
                        at: found.0,
                        line: found.1,
                    };
                    segment.unknown_keys |= found.2;
                }
            }
            self.misshapen(first_line, &mut segment);
            if matches!(self.finder, Finder::Json(_)) {
                let constants = self.append_constants(&mut values);
                self.batch(&values, &constants, false, first_line, &mut encoder, &mut segment)?;
            } else {
                self.batch(bytes, &constants, plain, first_line, &mut encoder, &mut segment)?;
            }
        }
        segment.parts = encoder.finish()?;
        for (place, caster) in self.casters.iter_mut().enumerate() {
            if let Some(caster) = caster {
                segment.given[place] = std::mem::take(&mut caster.given);
                segment.nulled += std::mem::take(&mut caster.nulled);
                for (repair, count) in std::mem::take(&mut caster.repaired) {
                    *segment.repaired.entry(repair).or_default() += count;
                }
            }
        }
        Ok(segment)
    }

    /// Puts the constants of the mapping behind the block's bytes, where cells can point at them.
    fn append_constants(&self, bytes: &mut Vec<u8>) -> Vec<Vec<Cell>> {
        let mut append = |text: &String| {
            let start = bytes.len();
            bytes.extend_from_slice(text.as_bytes());
            Cell::of(start, bytes.len())
        };
        self.job
            .mapping
            .feeds
            .iter()
            .map(|feed| match feed {
                Feed::Parts(texts) => texts.iter().map(&mut append).collect(),
                Feed::Constant(text) => vec![append(text)],
                _ => Vec::new(),
            })
            .collect()
    }

    fn misshapen(&self, first_line: u64, segment: &mut Segment) {
        for record in &self.records.misshapen {
            let line = first_line + u64::from(record.line);
            if record.shape == Shape::OpenQuote {
                segment.open_quote.get_or_insert(line);
            }
            let rule = record.shape.rule().to_owned();
            // A record that cannot be told apart counts as all the rows it would have been.
            for _ in 0..self.job.mapping.groups {
                segment.rejected.push(Rejected {
                    line,
                    column: None,
                    rule: rule.clone(),
                    keys: None,
                    row: None,
                });
                segment.rows_in += 1;
            }
        }
    }

    /// Casts, checks and encodes the records found.
    fn batch(
        &mut self,
        bytes: &[u8],
        constants: &[Vec<Cell>],
        plain: bool,
        first_line: u64,
        encoder: &mut Encoder<'_>,
        segment: &mut Segment,
    ) -> Result<(), IngestError> {
        self.expand(bytes);
        let rows = self.rows.record.len();
        if rows == 0 {
            return Ok(());
        }
        segment.rows_in += rows as u64;
        self.gather(bytes, constants);
        self.faults.clear();
        let job = self.job;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(job.typed.fields().len());
        for (place, column) in job.contract.columns.iter().enumerate() {
            let encoding = self.encodings[place];
            let view = View {
                bytes,
                cells: &self.columns[place],
                encoding,
                plain,
            };
            match (&column.kind, &mut self.casters[place]) {
                (Kind::PersonKey(rule), Some(caster)) => {
                    let register = rule.register.map(|register| View {
                        cells: &self.columns[register],
                        ..view
                    });
                    arrays.push(caster.cast(column, rule, place, view, register, &mut self.faults));
                }
                _ => arrays.extend(cast(column, place, view, &mut self.faults)),
            }
        }
        let line_of = |record: u32, lines: &[u32]| first_line + u64::from(lines[record as usize]);
        if !job.duplicate_lines.is_empty() {
            for (row, record) in self.rows.record.iter().enumerate() {
                if job
                    .duplicate_lines
                    .binary_search(&line_of(*record, &self.records.lines))
                    .is_ok()
                {
                    self.faults.add_row(small(row), Rule::Fixed("unique"));
                }
            }
        }
        let mut batch = RecordBatch::try_new(job.typed.clone(), arrays)?;
        let mut kept: Vec<u32> = (0..small(rows)).collect();
        batch = self.keep_good(batch, &mut kept)?;
        batch = self.derive(batch, &kept)?;
        self.check(&batch, &kept)?;
        batch = self.keep_good(batch, &mut kept)?;
        let cells = Cells {
            bytes,
            columns: &self.columns,
            encodings: &self.encodings,
        };
        for fault in self.faults.first_of_rows() {
            let line = line_of(self.rows.record[fault.row as usize], &self.records.lines);
            segment
                .rejected
                .push(rejected(job, &fault, line, &cells, &mut self.casters));
        }
        segment.rows_staged += batch.num_rows() as u64;
        for (place, (converter, columns)) in self.converters.iter().enumerate() {
            let keys: Vec<ArrayRef> = columns.iter().map(|&column| batch.column(column).clone()).collect();
            let keys = converter.convert_columns(&keys)?;
            for (row, key) in keys.iter().enumerate() {
                let line = line_of(self.rows.record[kept[row] as usize], &self.records.lines);
                segment.unique[place].push(Entry {
                    key: job.hash(key.data()),
                    value: line,
                });
            }
        }
        if batch.num_rows() > 0 {
            encoder.add(&job.store(&batch)?)?;
        }
        Ok(())
    }

    /// Lists the rows of the records: one each, or one a group.
    fn expand(&mut self, bytes: &[u8]) {
        let groups = small(self.job.mapping.groups);
        let records = small(self.records.len());
        self.rows.record.clear();
        self.rows.group.clear();
        let skip_blank = self
            .job
            .contract
            .unpivot
            .as_ref()
            .is_some_and(|unpivot| unpivot.skip_blank);
        let width = self.records.width;
        let feeds: Vec<&Vec<Option<usize>>> = self
            .job
            .mapping
            .feeds
            .iter()
            .filter_map(|feed| match feed {
                Feed::Groups(fields) => Some(fields),
                _ => None,
            })
            .collect();
        if groups == 1 && !skip_blank {
            self.rows.record.extend(0..records);
            self.rows.group.resize(records as usize, 0);
            return;
        }
        for record in 0..records {
            for group in 0..groups {
                let blank = |fields: &&Vec<Option<usize>>| {
                    fields[group as usize].is_none_or(|field| {
                        let cell = self.records.cells[record as usize * width + field];
                        cell.get(bytes).trim_ascii().is_empty()
                    })
                };
                if skip_blank && feeds.iter().all(blank) {
                    continue;
                }
                self.rows.record.push(record);
                self.rows.group.push(group);
            }
        }
    }

    /// Lists the cells of every column, trimmed where the contract says so.
    fn gather(&mut self, bytes: &[u8], constants: &[Vec<Cell>]) {
        let width = self.records.width;
        let records = &self.records.cells;
        // Without groups every record is a row.
        let every = self.job.mapping.groups == 1 && self.rows.record.len() == self.records.len();
        for (place, feed) in self.job.mapping.feeds.iter().enumerate() {
            let trim = self.job.contract.columns[place].trim;
            let cells = &mut self.columns[place];
            cells.clear();
            let rows = self.rows.record.iter().zip(&self.rows.group);
            match feed {
                Feed::Field(field) if every => {
                    let column = records.chunks_exact(width).map(|record| record[*field]);
                    if trim {
                        cells.extend(column.map(|cell| cell.trimmed(bytes)));
                    } else {
                        cells.extend(column);
                    }
                }
                Feed::Field(field) if trim => {
                    cells.extend(rows.map(|(&record, _)| records[record as usize * width + field].trimmed(bytes)));
                }
                Feed::Field(field) => cells.extend(rows.map(|(&record, _)| records[record as usize * width + field])),
                Feed::Groups(fields) => cells.extend(rows.map(|(&record, &group)| {
                    let field = fields[group as usize];
                    field.map_or(Cell::default(), |field| {
                        records[record as usize * width + field].trimmed(bytes)
                    })
                })),
                Feed::Parts(_) => cells.extend(rows.map(|(_, &group)| constants[place][group as usize])),
                Feed::Constant(_) => cells.extend(rows.map(|_| constants[place][0])),
                Feed::Absent => cells.resize(self.rows.record.len(), Cell::default()),
            }
        }
    }

    /// Leaves out the rows that broke a rule so far.
    fn keep_good(&mut self, batch: RecordBatch, kept: &mut Vec<u32>) -> Result<RecordBatch, IngestError> {
        if self.faults.is_empty() {
            return Ok(batch);
        }
        let bad: std::collections::HashSet<u32> = self.faults.first_of_rows().iter().map(|fault| fault.row).collect();
        let good = BooleanArray::from_iter(kept.iter().map(|row| Some(!bad.contains(row))));
        kept.retain(|row| !bad.contains(row));
        Ok(filter_record_batch(&batch, &good)?)
    }

    /// Adds the derived columns; a null where none may be is a fault.
    fn derive(&mut self, batch: RecordBatch, kept: &[u32]) -> Result<RecordBatch, IngestError> {
        let job = self.job;
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
                null.for_each(|row| {
                    self.faults
                        .add(kept[row] as usize, job.contract.columns.len() + place, "required")
                });
            }
            columns.push(array);
        }
        Ok(RecordBatch::try_new(job.everything.clone(), columns)?)
    }

    /// Notes the rows for which a check is false.
    fn check(&mut self, batch: &RecordBatch, kept: &[u32]) -> Result<(), IngestError> {
        for (place, (expression, check)) in (0u16..).zip(self.job.checks.iter().zip(&self.job.contract.checks)) {
            let failed = |_| IngestError::Expression {
                reason: format!("the check `{}` fails on a row; use try_cast", check.name),
            };
            let array = expression
                .evaluate(batch)
                .map_err(failed)?
                .into_array(batch.num_rows())?;
            let holds = array.as_boolean();
            for row in (0..holds.len()).filter(|&row| holds.is_valid(row) && !holds.value(row)) {
                self.faults.add_row(kept[row], Rule::Check(place));
            }
        }
        Ok(())
    }
}

impl Segment {
    fn new(index: u64, bytes: usize, unique: usize, columns: usize) -> Self {
        Self {
            index,
            bytes: bytes as u64,
            rows_in: 0,
            rows_staged: 0,
            parts: Vec::new(),
            rejected: Vec::new(),
            open_quote: None,
            unique: vec![Vec::new(); unique],
            given: vec![Vec::new(); columns],
            repaired: BTreeMap::new(),
            nulled: 0,
            unknown_keys: false,
        }
    }
}

fn fixed_layout(job: &Job, record_length: usize) -> FixedLayout {
    let columns = job.contract.columns.iter().filter_map(|column| match column.origin {
        crate::contract::column::Origin::Bytes(start, width) => Some((start, width)),
        _ => None,
    });
    FixedLayout {
        columns: columns.collect(),
        record_length,
    }
}
