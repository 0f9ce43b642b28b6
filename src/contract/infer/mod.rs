//! Drafts a contract from a delivery: a starting point for a human.
//!
//! The whole file is read, in bounded memory: once for its bytes (encoding, line ends) or for where in a spreadsheet the
//! table is, once for its columns, and a few times to find a key. Of what stands in the file only suppression marks, missing marks and small code lists are shown,
//! and nothing of columns that look personal.

mod census;
mod decide;
mod dialect;
pub mod draft;
mod encoding;
mod error;
mod evidence;
mod findings;
mod header;
pub mod names;
mod profile;
pub(crate) mod sample;
mod sheet;
mod spss;
mod suggest;
mod suitable;
mod table;
mod unique;
mod value;

#[cfg(test)]
mod tests;

use std::path::Path;

use census::Census;
use decide::{Decided, Named, decide};
use dialect::Dialect;
use draft::{Draft, Setting, TO_FILL_IN, grouped};
pub use error::InferError;
use findings::{findings, of_bytes};
use names::About;
use profile::Profile;
use suitable::{suitable, whole_lines, without_delimiter};
use table::Table;

use crate::contract::format::Encoding;
use crate::source::spreadsheet::{self, Limits};

/// Bytes that delimiter and quotes are found from; records of the whole file are counted against them afterwards
const SAMPLE: usize = 1 << 20;
const MOST_COLUMNS: usize = 4096;

/// Drafts a contract named `name` from the delimited text, spreadsheet or SPSS file at `path`; workbooks may unpack to so much
pub fn infer(path: &Path, name: &str, limits: Limits) -> Result<Draft, InferError> {
    if table::front(path).is_some_and(|front| crate::source::spss::is_spss(&front)) {
        return spss::infer(path, name);
    }
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let begun = if spreadsheet::is_named(&file_name) {
        begin_sheet(path, limits)?
    } else {
        begin_text(path)?
    };
    draft(path, name, begun)
}

/// A file of which the layout is known
struct Begun {
    table: Table,
    encoding: Encoding,
    /// The cells of the header; none of a table without one
    first: Vec<Option<String>>,
    /// What is told of the layout
    notes: Vec<String>,
    /// What a text file's bytes say
    text: Option<(Census, Dialect)>,
}

fn begin_text(path: &Path) -> Result<Begun, InferError> {
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
        sheet: None,
    };
    Ok(Begun {
        first: header::read(&mut table, choice.encoding)?,
        table,
        encoding: choice.encoding,
        notes: choice.evidence,
        text: Some((census, found)),
    })
}

fn begin_sheet(path: &Path, limits: Limits) -> Result<Begun, InferError> {
    let (mut table, notes) = sheet::find(path, limits)?;
    let mut first = vec![None; table.width];
    if table.format.header {
        table.measure()?;
        first = header::read(&mut table, Encoding::Utf8)?;
    }
    if let (false, Some((layout, _))) = (table.format.header, &mut table.sheet) {
        // in doubt it is data: names that are taken from a record of a person would be shown
        layout.first_row = layout.header.map_or(layout.first_row, |(row, _)| row);
        layout.header = None;
        table.format = layout.as_text();
    }
    Ok(Begun {
        table,
        encoding: Encoding::Utf8,
        first,
        notes,
        text: None,
    })
}

fn draft(path: &Path, name: &str, begun: Begun) -> Result<Draft, InferError> {
    let Begun {
        table,
        encoding,
        first,
        notes: evidence,
        text,
    } = begun;
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
            decide(&named, &profiles[place], encoding)
        })
        .collect();
    let key = unique::key(&table, &profiles, &decided, &abouts, rows)?;

    let mut notes = vec![format!(
        "Drafted from {}: {} rows, {} columns. Read it, fill in what is marked, and take out these remarks.",
        path.file_name().unwrap_or_default().to_string_lossy(),
        grouped(rows),
        table.width
    )];
    notes.extend(evidence);
    notes.extend(text.iter().flat_map(|(census, dialect)| of_bytes(census, dialect)));
    notes.extend(findings(&misshapen, &table, &headers));
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
        format: match &table.sheet {
            Some((layout, _)) => sheet::settings(layout),
            None => suggest::format(&table, encoding),
        },
        columns: decided.into_iter().map(|decided| decided.draft).collect(),
        closing: suggest::unpivot(&headers),
    })
}

/// What names and, stronger, values say of people
fn abouts(names: &[String], profiles: &[Profile]) -> Vec<About> {
    let one = |(name, profile): (&String, &Profile)| {
        let by_name = names::about(name);
        match decide::person_number(profile) {
            Some(by_value) if by_name != About::Rin => by_value,
            _ if by_name == About::Nobody && decide::holds_mail(profile) => About::Direct,
            _ if by_name == About::Nobody && decide::may_be_person_number(profile) => About::OtherNumber,
            _ => by_name,
        }
    };
    names.iter().zip(profiles).map(one).collect()
}
