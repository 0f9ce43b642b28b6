//! Which field of a record feeds which column of the contract.
use std::collections::HashMap;

use super::packed::{Packed, packed};
use crate::contract::Contract;
use crate::contract::column::{Column, Origin};
use crate::contract::format::{DriftPolicy, Format};
use crate::contract::header::fold;
use crate::pseudonym::like_a_key;

/// What feeds one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// A field of the record.
    Field(usize),
    /// For each group of an unpivot, a field of the record, if the group has one.
    Groups(Vec<Option<usize>>),
    /// For each group of an unpivot, a constant taken from the headers.
    Parts(Vec<String>),
    /// The same text for every row.
    Constant(String),
    /// Bytes of an item of the packed field.
    Item {
        /// The field, and how items stand in it.
        packed: Packed,
        /// First byte within the item.
        start: usize,
        /// Number of bytes.
        width: usize,
    },
    /// Nothing: the file lacks the column and the contract allows that.
    Absent,
}

/// How the records of one file become rows of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Fields in a record.
    pub width: usize,
    /// Rows a record yields: the groups of the unpivot, or 1.
    pub groups: usize,
    /// The field whose items are rows.
    pub packed: Option<Packed>,
    /// For each column of the contract, what feeds it.
    pub feeds: Vec<Feed>,
    /// What is said in the report.
    pub notes: Vec<String>,
}

/// Maps a file with headers.
///
/// # Errors
/// A sentence saying how the file's columns differ from the contract's, when its policy is to fail.
pub fn by_header(contract: &Contract, headers: &[String], period: Option<&str>, file: &str) -> Result<Mapping, String> {
    let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
    let mut drift = Drift::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, header) in folded.iter().enumerate() {
        if header.is_empty() {
            drift.note(
                contract.drift.duplicate_header,
                format!("column {} has an empty header", place + 1),
            );
        } else if let Some(first) = places.get(header.as_str()) {
            let twice = format!("columns {} and {} have the same header", first + 1, place + 1);
            drift.note(contract.drift.duplicate_header, twice);
        } else {
            places.insert(header, place);
        }
    }
    let groups = Groups::find(contract, headers);
    let mut used: Vec<usize> = groups.fields.iter().flatten().flatten().copied().collect();
    let mut order = Vec::new();
    let spss = matches!(contract.format, Format::Spss { .. });
    let mut feeds = Vec::with_capacity(contract.columns.len());
    for (column_place, column) in contract.columns.iter().enumerate() {
        feeds.push(match &column.origin {
            Origin::Header(_) | Origin::HeaderPattern(_) => match found(column, &folded, &places) {
                Ok(Some(place)) => {
                    used.push(place);
                    order.push(place);
                    Feed::Field(place)
                }
                Ok(None) => {
                    let missing = format!("the column `{}` ({}) is missing", column.name, wanted(column));
                    drift.note(contract.drift.missing_column, missing);
                    Feed::Absent
                }
                // Which of them it is cannot be known, whatever the policies are.
                Err(several) => {
                    drift.failed.push(several);
                    Feed::Absent
                }
            },
            Origin::Part => Feed::Parts(groups.part(contract, &column.name)),
            Origin::Value => groups.value(contract, column_place),
            // told from the same place as the column it is about, which comes before it
            Origin::Reason(of) if spss => feeds.get(*of).cloned().unwrap_or(Feed::Absent),
            Origin::Reason(_) => Feed::Absent,
            other => constant(other, period, file),
        });
    }
    let packed = packed(contract, &mut feeds);
    if contract.unpivot.is_some() && groups.keys.is_empty() {
        return Err("no header of the file fits the unpivot patterns of the contract".to_owned());
    }
    let expected = feeds
        .iter()
        .filter(|feed| matches!(feed, Feed::Field(_) | Feed::Absent))
        .count();
    let found = expected - feeds.iter().filter(|feed| **feed == Feed::Absent).count();
    if found == 0 && groups.keys.is_empty() && expected > 0 {
        let nothing = match contract.format {
            Format::Spss { .. } => "no variable of the file is a column of the contract: is it another file?",
            Format::Spreadsheet(_) => {
                "the header names no column of the contract: is it another sheet, or are the header rows others?"
            }
            _ => "the first line names no column of the contract: is the header missing, or is the delimiter another?",
        };
        drift.failed.insert(0, nothing.to_owned());
    }
    let extra: Vec<usize> = (0..headers.len()).filter(|place| !used.contains(place)).collect();
    if !extra.is_empty() {
        // Without a header the first line is a person's row: it is told by place unless most of it is known to be one.
        let known = spss || found * 2 > expected || !groups.keys.is_empty();
        let names = extra.iter().map(|&place| match headers[place].trim() {
            header if known && !like_a_key(header) => header.to_owned(),
            _ => format!("column {}", place + 1),
        });
        let names: Vec<String> = names.collect();
        drift.note(
            contract.drift.extra_column,
            format!("columns the contract does not name: {} (dropped)", quoted(&names)),
        );
    }
    if !order.is_sorted() {
        drift.note(
            contract.drift.changed_order,
            "the columns come in another order than the contract's".to_owned(),
        );
    }
    drift.done()?;
    Ok(Mapping {
        width: headers.len(),
        groups: groups.keys.len().max(1),
        packed,
        feeds,
        notes: drift.notes,
    })
}

/// The place of the header that a column asks for; an error when more than one fits its pattern.
fn found(column: &Column, folded: &[String], places: &HashMap<&str, usize>) -> Result<Option<usize>, String> {
    match &column.origin {
        Origin::Header(names) => Ok(names.iter().find_map(|name| places.get(name.as_str()).copied())),
        Origin::HeaderPattern(pattern) => {
            let mut fitting = (0..folded.len()).filter(|&place| pattern.fits(&folded[place]));
            match (fitting.next(), fitting.next()) {
                (Some(one), Some(other)) => Err(format!(
                    "columns {} and {} both fit what the column `{}` asks for ({})",
                    one + 1,
                    other + 1,
                    column.name,
                    wanted(column)
                )),
                (one, _) => Ok(one),
            }
        }
        _ => Ok(None),
    }
}

/// What a column asks for, as the contract says it.
fn wanted(column: &Column) -> String {
    match &column.origin {
        Origin::Header(names) => quoted(names),
        Origin::HeaderPattern(pattern) => format!("a header like `{}`", pattern.as_str()),
        _ => String::new(),
    }
}

/// Maps a file without headers: by position, by byte or by JSON key.
///
/// # Errors
/// When a column cannot be fed that way.
pub fn by_position(contract: &Contract, period: Option<&str>, file: &str) -> Result<Mapping, String> {
    let mut width = 0;
    let feeds = contract.columns.iter().map(|column| match &column.origin {
        Origin::Header(_) | Origin::HeaderPattern(_) | Origin::Bytes(..) => {
            width += 1;
            Ok(Feed::Field(width - 1))
        }
        Origin::Part | Origin::Value => Err("an unpivot needs headers".to_owned()),
        Origin::Reason(_) => Ok(Feed::Absent),
        other => Ok(constant(other, period, file)),
    });
    let mut feeds = feeds.collect::<Result<Vec<Feed>, String>>()?;
    Ok(Mapping {
        width,
        groups: 1,
        packed: packed(contract, &mut feeds),
        feeds,
        notes: Vec::new(),
    })
}

/// For JSON: from every accepted key to its place in a record.
pub fn json_keys(contract: &Contract) -> HashMap<String, usize> {
    let from_file = contract.columns.iter().filter_map(|column| match &column.origin {
        Origin::Header(names) => Some(names),
        _ => None,
    });
    from_file
        .enumerate()
        .flat_map(|(place, names)| names.iter().map(move |name| (name.clone(), place)))
        .collect()
}

fn constant(origin: &Origin, period: Option<&str>, file: &str) -> Feed {
    match origin {
        Origin::Period => Feed::Constant(period.unwrap_or_default().to_owned()),
        _ => Feed::Constant(file.to_owned()),
    }
}

fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(8)
        .map(|name| format!("`{}`", crate::diagnostic::printable(name)))
        .collect();
    let more = names.len().saturating_sub(8);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.join(", ") + &tail
}

/// Collects what differs, by policy.
#[derive(Default)]
struct Drift {
    failed: Vec<String>,
    notes: Vec<String>,
}

impl Drift {
    fn note(&mut self, policy: DriftPolicy, what: String) {
        match policy {
            DriftPolicy::Fail => self.failed.push(what),
            DriftPolicy::Warn => self.notes.push(what),
            DriftPolicy::Ignore => {}
        }
    }

    fn done(&self) -> Result<(), String> {
        if self.failed.is_empty() {
            Ok(())
        } else {
            Err(self.failed.join("; "))
        }
    }
}

/// The groups of a wide file: each combination of parts, with the field of each value column.
struct Groups {
    /// The parts of each group, in the order of [`Unpivot::parts`](crate::contract::Unpivot::parts).
    keys: Vec<Vec<String>>,
    /// For each value column of the unpivot, the field of each group.
    fields: Vec<Vec<Option<usize>>>,
}

impl Groups {
    fn find(contract: &Contract, headers: &[String]) -> Self {
        let mut groups = Self {
            keys: Vec::new(),
            fields: Vec::new(),
        };
        let Some(unpivot) = &contract.unpivot else {
            return groups;
        };
        for (_, pattern) in &unpivot.values {
            let mut fields = vec![None; groups.keys.len()];
            for (place, header) in headers.iter().enumerate() {
                let Some(found) = pattern.matches(header) else { continue };
                let part = |name: &String| pattern.parts.iter().position(|part| part == name);
                let key: Vec<String> = unpivot
                    .parts
                    .iter()
                    .filter_map(|(_, name)| Some(found[part(name)?].clone()))
                    .collect();
                let group = groups.keys.iter().position(|other| *other == key).unwrap_or_else(|| {
                    groups.keys.push(key);
                    groups.keys.len() - 1
                });
                fields.resize(groups.keys.len(), None);
                fields[group].get_or_insert(place);
            }
            groups.fields.push(fields);
        }
        groups
            .fields
            .iter_mut()
            .for_each(|fields| fields.resize(groups.keys.len(), None));
        groups
    }

    fn part(&self, contract: &Contract, name: &str) -> Vec<String> {
        let place = contract
            .unpivot
            .iter()
            .flat_map(|unpivot| &unpivot.parts)
            .position(|(_, part)| part == name);
        self.keys
            .iter()
            .map(|key| place.map_or_else(String::new, |place| key[place].clone()))
            .collect()
    }

    fn value(&self, contract: &Contract, column: usize) -> Feed {
        let place = contract
            .unpivot
            .iter()
            .flat_map(|unpivot| &unpivot.values)
            .position(|(place, _)| *place == column);
        Feed::Groups(place.map_or_else(Vec::new, |place| self.fields[place].clone()))
    }
}
