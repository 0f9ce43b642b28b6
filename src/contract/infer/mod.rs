//! Drafts a contract from a delivery: a starting point for a human.
//!
//! The whole file is read, in bounded memory: once for its bytes (encoding, line ends), once for its columns, and a few
//! times to find a key. Of what stands in the file only suppression marks, missing marks and small code lists are shown,
//! and nothing of columns that look personal.

mod census;
mod decide;
mod dialect;
pub mod draft;
mod encoding;
mod evidence;
mod header;
pub mod names;
mod profile;
mod sample;
mod suggest;
mod table;
mod unique;
mod value;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use census::Census;
use decide::{Decided, Named, decide};
use dialect::Dialect;
use draft::{Draft, Setting, TO_FILL_IN, grouped};
use names::About;
use profile::Profile;
use table::{Misshapen, Table};

use super::format::Encoding;
use crate::source::SourceError;

/// Bytes that delimiter and quotes are found from; records of the whole file are counted against them afterwards
const SAMPLE: usize = 1 << 20;
/// Records behind the first that tell whether it is a header
const HEADER_RECORDS: u64 = 1000;
const MOST_COLUMNS: usize = 4096;

/// Why no contract can be drafted from a file; never quotes it
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// Not a regular file
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path
        path: PathBuf,
    },
    /// The system refused
    #[error("cannot read {}", path.display())]
    Io {
        /// The path
        path: PathBuf,
        /// Its reason
        source: std::io::Error,
    },
    /// Unpacking or reading failed
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing in it
    #[error("{} is empty", path.display())]
    Empty {
        /// The path
        path: PathBuf,
    },
    /// Not delimited text
    #[error("{}: {what}", path.display())]
    Unsuitable {
        /// The path
        path: PathBuf,
        /// What it looks like, and what to do
        what: String,
    },
}

/// Drafts a contract named `name` from the delimited text at `path`
pub fn infer(path: &Path, name: &str) -> Result<Draft, InferError> {
    let text = table::open(path)?;
    let census = census::census(text, SAMPLE).map_err(|source| InferError::Io {
        path: path.to_owned(),
        source,
    })?;
    let unsuitable = |what: &str| InferError::Unsuitable {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    suitable(&census, path)?;
    let choice = encoding::choose(&census);
    let sample = whole_lines(&census);
    let found = dialect::detect(sample).ok_or_else(|| unsuitable(&without_delimiter(sample)))?;
    if found.width > MOST_COLUMNS {
        return Err(unsuitable(
            "it seems to have more than 4,096 columns; is the delimiter right?",
        ));
    }
    let mut format = found.format.clone();
    format.skip_lines = dialect::preamble(sample, &found);
    let mut table = Table {
        path: path.to_owned(),
        format,
        width: found.width,
    };
    let first = read_header(&mut table, choice.encoding)?;

    let mut profiles: Vec<Profile> = (0..table.width).map(|_| Profile::default()).collect();
    let mut rows = 0u64;
    let misshapen = table.visit(|header, record| {
        if !header {
            rows += 1;
            profiles
                .iter_mut()
                .enumerate()
                .for_each(|(place, profile)| profile.add(record.field(place)));
        }
        true
    })?;

    let headers: Vec<Option<String>> = first
        .into_iter()
        .map(|header| header.filter(|header| !header.is_empty()))
        .collect();
    let titles = headers.iter().enumerate().map(|(place, header)| match header {
        Some(header) => names::snake_case(header),
        None => format!("kolom_{}", place + 1),
    });
    let names = names::distinct(titles);
    let abouts = abouts(&names, &profiles);
    let personal = names::personal(&abouts, &names);
    let decided: Vec<Decided> = (0..table.width)
        .map(|place| {
            let header = headers[place].as_deref();
            let named = Named {
                name: &names[place],
                header,
                about: abouts[place],
                personal: personal[place],
            };
            decide(&named, &profiles[place], choice.encoding)
        })
        .collect();
    let key = find_key(&table, &profiles, &decided, &abouts, rows)?;

    let mut notes = vec![format!(
        "Drafted from {}: {} rows, {} columns. Read it, fill in what is marked, and take out these remarks.",
        path.file_name().unwrap_or_default().to_string_lossy(),
        grouped(rows),
        table.width
    )];
    notes.extend(choice.evidence);
    notes.extend(findings(&census, &found, &misshapen, &table, &headers));
    let mut top = vec![
        Setting::new("description", TO_FILL_IN),
        Setting::new("owner", TO_FILL_IN),
        Setting::new("source", TO_FILL_IN),
        Setting::new("max_rejected", "0.1%")
            .suggested()
            .note("default: any rejected row refuses the delivery"),
    ];
    if let Some(key) = key {
        let columns: Vec<String> = key.columns.iter().map(|&place| names[place].clone()).collect();
        if key.one_in > 1 {
            notes.push(format!("unique: checked for one in {} keys", key.one_in));
        }
        top.push(Setting::new("unique", vec![toml::Value::from(columns)]));
    }
    Ok(Draft {
        name: name.to_owned(),
        notes,
        top,
        files: suggest::files(path),
        format: format_settings(&table, choice.encoding),
        columns: decided.into_iter().map(|decided| decided.draft).collect(),
        closing: suggest::unpivot(&headers),
    })
}

/// Refuses what is not text in a declarable encoding
fn suitable(census: &Census, path: &Path) -> Result<(), InferError> {
    let unsuitable = |what: &str| {
        Err(InferError::Unsuitable {
            path: path.to_owned(),
            what: what.to_owned(),
        })
    };
    let first = census.sample.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(InferError::Empty { path: path.to_owned() }),
        Some(_) if census.utf16 => unsuitable("it is UTF-16; ask the supplier for UTF-8"),
        Some(_) if census.sample.starts_with(b"PAR1") => {
            unsuitable("it is Parquet, whose columns need no inference: format type = \"parquet\"")
        }
        Some(_) if census.sample.starts_with(b"PK\x03\x04") => {
            unsuitable("it is a zip archive or a spreadsheet; unpack it, or save it as CSV")
        }
        Some(b'{' | b'[') => {
            unsuitable("it looks like JSON: write the contract by hand, format type = \"json\" or \"jsonl\"")
        }
        Some(_) if census.nuls.number * 10 > census.bytes => unsuitable("it is binary"),
        Some(_) if census.lone_returns > 0 && census.line_feeds + census.pairs == 0 => {
            unsuitable("its lines end in lone carriage returns; convert them to line feeds first")
        }
        Some(_) => Ok(()),
    }
}

/// The sample without a last line that was cut off
fn whole_lines(census: &Census) -> &[u8] {
    let sample = &census.sample[..];
    let cut = census.bytes > sample.len() as u64 + 3;
    match memchr::memrchr(b'\n', sample) {
        Some(end) if cut => &sample[..=end],
        _ => sample,
    }
}

fn without_delimiter(sample: &[u8]) -> String {
    let lengths: Vec<usize> = sample
        .split(|byte| *byte == b'\n')
        .map(|line| line.trim_ascii_end().len())
        .collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if lengths.len() > 2 && longest >= 20 {
        return format!(
            "no delimiter gives every line as many fields. Fixed width (up to {longest} bytes)? Then `sluis layout import` \
             makes the contract from the supplier's layout"
        );
    }
    "no delimiter gives every line as many fields".to_owned()
}

/// Decides whether the first record is the header, and gives its cells
fn read_header(table: &mut Table, encoding: Encoding) -> Result<Vec<Option<String>>, InferError> {
    table.format.header = true;
    let mut first: Vec<String> = vec![String::new(); table.width];
    let mut profiles: Vec<Profile> = (0..table.width).map(|_| Profile::default()).collect();
    let mut rows = 0;
    table.visit(|header, record| {
        if header {
            first
                .iter_mut()
                .enumerate()
                .for_each(|(place, cell)| *cell = decoded(encoding, record.field(place)));
            return true;
        }
        profiles
            .iter_mut()
            .enumerate()
            .for_each(|(place, profile)| profile.add(record.field(place)));
        rows += 1;
        rows < HEADER_RECORDS
    })?;
    table.format.header = header::is_header(&first, &profiles);
    let is_header = table.format.header;
    Ok(first.into_iter().map(|cell| is_header.then_some(cell)).collect())
}

fn decoded(encoding: Encoding, field: &[u8]) -> String {
    let mut text = Vec::new();
    match crate::source::encoding::decode(encoding, field, &mut text) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(field).into_owned(),
    }
}

/// What names and, stronger, values say of people
fn abouts(names: &[String], profiles: &[Profile]) -> Vec<About> {
    let one = |(name, profile): (&String, &Profile)| {
        let by_name = names::about(name);
        match decide::person_number(profile) {
            Some(by_value) if by_name != About::Rin => by_value,
            _ if by_name == About::Nobody && decide::holds_mail(profile) => About::Direct,
            _ => by_name,
        }
    };
    names.iter().zip(profiles).map(one).collect()
}

fn find_key(
    table: &Table,
    profiles: &[Profile],
    decided: &[Decided],
    abouts: &[About],
    rows: u64,
) -> Result<Option<unique::Key>, InferError> {
    if rows < 10 {
        return Ok(None);
    }
    #[allow(clippy::cast_precision_loss)] // a mean
    let candidate = |place: usize| {
        let profile = &profiles[place];
        let takes_part = profile.present() > 0 && !decided[place].measure && abouts[place] != About::OtherNumber;
        let length = profile.length as f64 / profile.present().max(1) as f64;
        takes_part.then(|| (place, profile.distinct.estimate(), length))
    };
    let candidates: Vec<(usize, u64, f64)> = (0..table.width).filter_map(candidate).collect();
    unique::find(table, &candidates)
}

fn format_settings(table: &Table, encoding: Encoding) -> Vec<Setting> {
    let format = &table.format;
    let one = |byte: u8| char::from(byte).to_string();
    let mut settings = vec![
        Setting::new("type", "delimited"),
        Setting::new("delimiter", one(format.delimiter)),
        Setting::new("quote", format.quote.map(one).unwrap_or_default()),
    ];
    if format.backslash {
        settings.push(Setting::new("escape", "backslash"));
    }
    if format.quoted_newlines {
        settings.push(Setting::new("quoted_newlines", true));
    }
    settings.push(Setting::new("header", format.header));
    if format.skip_lines > 0 {
        settings.push(Setting::new("skip_lines", i64::from(format.skip_lines)));
    }
    settings.push(Setting::new("encoding", encoding.name()));
    settings
}

/// What a human should know before trusting the draft
fn findings(
    census: &Census,
    dialect: &Dialect,
    misshapen: &Misshapen,
    table: &Table,
    headers: &[Option<String>],
) -> Vec<String> {
    let mut notes = Vec::new();
    let ends = [
        ("LF", census.line_feeds),
        ("CR LF", census.pairs),
        ("lone CR", census.lone_returns),
    ];
    let ends: Vec<String> = ends
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{} {name}", grouped(*count)))
        .collect();
    notes.push(format!(
        "line ends: {}",
        if ends.is_empty() {
            "none".to_owned()
        } else {
            ends.join(", ")
        }
    ));
    if census.byte_order_mark {
        notes.push("begins with the byte-order mark of UTF-8, which is dropped".to_owned());
    }
    if dialect.quoted == 0 && census.quotes > 0 && dialect.format.quote.is_none() {
        notes.push(format!(
            "{} double quotes stand inside fields, so they do not quote",
            grouped(census.quotes)
        ));
    }
    for (what, count) in [
        ("NUL", census.nuls),
        ("0x1A", census.end_marks),
        ("other control", census.controls),
    ] {
        if count.number > 0 {
            let (number, first) = (grouped(count.number), grouped(count.first));
            notes.push(format!(
                "{number} {what} bytes, the first at offset {first}: findings at ingest"
            ));
        }
    }
    for (rule, (count, line)) in misshapen {
        notes.push(format!(
            "{} records break `{rule}`, the first at line {}",
            grouped(*count),
            grouped(*line)
        ));
    }
    if table.format.header {
        let blank: Vec<String> = headers
            .iter()
            .zip(1..)
            .filter(|(header, _)| header.is_none())
            .map(|(_, place)| place.to_string())
            .collect();
        if !blank.is_empty() {
            notes.push(format!("the header has no name for column {}", blank.join(", ")));
        }
        let mut folded: Vec<String> = headers
            .iter()
            .flatten()
            .map(|header| header.trim().to_lowercase())
            .collect();
        folded.sort_unstable();
        let all = folded.len();
        folded.dedup();
        if folded.len() < all {
            notes.push("the header names a column twice, which a delivery may not: ask the supplier".to_owned());
        }
    } else {
        notes.push("no header was recognised: columns go by position".to_owned());
    }
    notes
}
