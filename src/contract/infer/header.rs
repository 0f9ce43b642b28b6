//! Whether the first record names the columns.
use super::profile::Profile;
use super::table::Table;
use super::{InferError, value};
use crate::contract::format::Encoding;

/// Records behind the first that tell whether it is a header
const HEADER_RECORDS: u64 = 1000;

/// Decides whether the first record is the header, and gives its cells
pub fn read(table: &mut Table, encoding: Encoding) -> Result<Vec<Option<String>>, InferError> {
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
    table.format.header = is_header(&first, &profiles);
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

/// Judges the first record against the records behind it. When in doubt it is data: names that are taken from a record
/// of a person would be shown.
fn is_header(first: &[String], profiles: &[Profile]) -> bool {
    let written: Vec<&str> = first
        .iter()
        .map(String::as_str)
        .filter(|cell| !cell.is_empty())
        .collect();
    let letters = written
        .iter()
        .filter(|cell| cell.chars().any(char::is_alphabetic))
        .count();
    if written.len() * 2 < first.len() || written.iter().any(|cell| is_value(cell)) || letters * 10 < written.len() * 6
    {
        return false;
    }
    if profiles.iter().all(|profile| profile.rows == 0) {
        return true;
    }
    let mut votes = 0i64;
    for (cell, profile) in first
        .iter()
        .zip(profiles)
        .filter(|(cell, profile)| !cell.is_empty() && profile.present() > 0)
    {
        if profile.odd == profile.marked() {
            votes += 2;
        }
        match profile.has_shape_of(cell.as_bytes()) {
            Some(true) => votes -= 1,
            Some(false) => votes += 1,
            None => {}
        }
        if profile
            .values
            .as_ref()
            .is_some_and(|values| values.contains_key(cell.as_bytes()))
        {
            votes -= 2;
        }
    }
    let mut folded: Vec<String> = written.iter().map(|cell| cell.to_lowercase()).collect();
    folded.sort_unstable();
    folded.dedup();
    votes > 0 || (votes == 0 && folded.len() == written.len() && written.iter().all(|cell| is_name(cell)))
}

/// A number (but for a year), a date or an address of mail: never a name of a column
pub fn is_value(cell: &str) -> bool {
    let (kinds, digits) = value::kinds(cell.as_bytes());
    let year = kinds & value::INTEGER != 0 && digits.whole == 4 && !cell.starts_with('-');
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    (kinds & !value::SCHOOL_YEAR != 0 && !year) || cell.contains('@') || (digits >= 6 && digits * 2 > cell.len())
}

fn is_name(cell: &str) -> bool {
    cell.starts_with(char::is_alphabetic)
        && cell
            .chars()
            .all(|letter| letter.is_alphanumeric() || " _-/.()%:'&+".contains(letter))
}
