//! One worker: from a block of text to an encoded segment.
use super::IngestError;
use super::batch::{Batcher, Found};
use super::chunk;
use super::encode::Encoder;
use super::job::Job;
use super::mapping::Feed;
use super::quarantine::Rejected;
use super::rows::{BATCH, MARGIN};
use super::segment::Segment;
use super::source::of_lines;
use crate::contract::column::Kind;
use crate::contract::format::Format;
use crate::source::blocks::Block;
use crate::source::cells::{Cell, Records, Shape};
use crate::source::delimited::{Position, Splitter};
use crate::source::encoding::is_plain;
use crate::source::fixed::{FixedLayout, records as fixed_records};
use crate::source::json::Objects;
use crate::source::spreadsheet::line;
use crate::source::spss;

/// How a worker finds records.
enum Finder {
    Delimited(Splitter),
    Fixed(FixedLayout),
    Json(Objects),
    Spss,
}

/// A worker with its memory.
pub struct Worker<'a> {
    job: &'a Job,
    finder: Finder,
    /// For lines of a spreadsheet, the decimal sign of each field.
    signs: Option<Vec<u8>>,
    records: Records,
    batcher: Batcher<'a>,
    chunks: chunk::Encoder,
}

impl<'a> Worker<'a> {
    /// A worker for a job.
    ///
    /// # Errors
    /// When a unique key has a type that cannot be compared, or there is no memory.
    pub fn new(job: &'a Job) -> Result<Self, IngestError> {
        let contract = &job.contract;
        let finder = match (&contract.format, contract.format.as_delimited()) {
            (_, Some(delimited)) => Finder::Delimited(Splitter::new(&delimited, job.max_field)),
            (Format::Fixed { record_length, .. }, _) => Finder::Fixed(fixed_layout(job, *record_length as usize)),
            (Format::Spss { .. }, _) => Finder::Spss,
            _ => Finder::Json(Objects {
                columns: super::mapping::json_keys(contract),
            }),
        };
        Ok(Self {
            finder,
            signs: matches!(contract.format, Format::Spreadsheet(_)).then(|| decimal_signs(job)),
            records: Records::new(job.mapping.width),
            batcher: Batcher::new(job)?,
            chunks: chunk::Encoder::new()?,
            job,
        })
    }

    /// Works through one block.
    ///
    /// # Errors
    /// When an expression fails or Parquet refuses a value.
    pub fn work(&mut self, block: &mut Block) -> Result<Segment, IngestError> {
        let unended = of_lines(&self.job.contract.format) && block.is_unended();
        let Block {
            index,
            bytes,
            first_line,
        } = block;
        let (index, first_line) = (*index, *first_line);
        let length = bytes.len();
        let mut segment = Segment::new(index, length, self.job);
        segment.unended = unended;
        let last_line = unended.then(|| first_line + memchr::memchr_iter(b'\n', bytes).count() as u64);
        let constants = self.append_constants(bytes);
        let mut encoder = Encoder::new(self.job);
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
                    if let Some(signs) = &self.signs {
                        line::restore(text, signs, &mut self.records);
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
                Finder::Spss => spss::cells::records(text, &mut position, most, &mut values, &mut self.records),
            }
            self.misshapen(first_line, &mut segment);
            let written = matches!(self.finder, Finder::Json(_) | Finder::Spss);
            let plain_values = matches!(self.finder, Finder::Spss) && is_plain(&values);
            let of_values = if written {
                self.append_constants(&mut values)
            } else {
                Vec::new()
            };
            let found = Found {
                bytes: if written { &values } else { bytes },
                constants: if written { &of_values } else { &constants },
                plain: if written { plain_values } else { plain },
                first_line,
                records: &self.records,
            };
            self.batcher.add(found, &mut encoder, &mut segment)?;
        }
        // nothing is kept of a line that has no shape
        let shapeless = |row: &Rejected| row.row.is_none() && Some(row.line) == last_line;
        segment.cut_off = segment.rejected.iter().any(shapeless);
        segment.parts = encoder.finish(&mut self.chunks)?;
        segment.rejected.sort_by_key(|row| row.line);
        self.batcher.finish(&mut segment);
        Ok(segment)
    }

    /// Puts the constants of the mapping behind the text, where cells can point at them, and the margin.
    fn append_constants(&self, bytes: &mut Vec<u8>) -> Vec<Vec<Cell>> {
        let mut append = |text: &String| {
            let start = bytes.len();
            bytes.extend_from_slice(text.as_bytes());
            Cell::of(start, bytes.len())
        };
        let feeds = self.job.mapping.feeds.iter();
        let constants = feeds.map(|feed| match feed {
            Feed::Parts(texts) => texts.iter().map(&mut append).collect(),
            Feed::Constant(text) => vec![append(text)],
            _ => Vec::new(),
        });
        let constants = constants.collect();
        bytes.extend_from_slice(&[0; MARGIN]);
        constants
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
}

/// The decimal sign of each field of a record: the one that the contract gives the column it feeds.
fn decimal_signs(job: &Job) -> Vec<u8> {
    let mut signs = vec![b'.'; job.mapping.width];
    for (feed, column) in job.mapping.feeds.iter().zip(&job.contract.columns) {
        let (Kind::Decimal { sign, .. } | Kind::Double { sign, .. }) = column.kind else {
            continue;
        };
        match feed {
            Feed::Field(field) => signs[*field] = sign,
            Feed::Groups(fields) => fields.iter().flatten().for_each(|field| signs[*field] = sign),
            _ => {}
        }
    }
    signs
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
