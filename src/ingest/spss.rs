//! Opening an SPSS delivery: which cells of it feed which columns, and what its codes stand for.
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::mapping::{self, Feed, Mapping};
use super::packed::packed;
use crate::contract::Contract;
use crate::contract::column::{Column, Kind, Origin};
use crate::contract::format::Encoding;
use crate::contract::value_labels::{self, Label, Lists};
use crate::diagnostic::printable;
use crate::pseudonym::{like_a_key, unlike_a_key};
use crate::source::SourceError;
use crate::source::encoding::decode;
use crate::source::spss::input::Input;
use crate::source::spss::{Cell, Code, Dictionary, Lines, Sheet, Variable};
use crate::source::unpack::Text;

/// An SPSS delivery, its dictionary read.
pub struct Spss {
    /// Its cases as lines.
    pub text: Text,
    /// How lines become rows.
    pub mapping: Mapping,
    /// Its encoding.
    pub encoding: Encoding,
    /// What its codes stand for.
    pub labels: Lists,
}

/// Opens a delivery; `encoding` is what the contract says of files that do not declare theirs. The inner error is a reason to
/// refuse it.
pub fn open(
    text: Text,
    contract: &Contract,
    encoding: Option<Encoding>,
    relative: &Path,
    period: Option<&str>,
    max_columns: usize,
) -> Result<Result<Spss, String>, SourceError> {
    let mut input = Input::new(text);
    let read = Dictionary::read(&mut input, encoding);
    let dictionary = read.map_err(|error| error.of(relative, input.at))?;
    let variables = dictionary.variables.len();
    if variables > max_columns {
        return Ok(Err(format!(
            "the file has {variables} variables; the limit is {max_columns} (ingest.max_columns)"
        )));
    }
    let headers: Vec<String> = dictionary
        .variables
        .iter()
        .map(|variable| variable.name.clone())
        .collect();
    let name = relative.file_name().unwrap_or_default().to_string_lossy();
    let mut mapping = match mapping::by_header(contract, &headers, period, &name) {
        Ok(mapping) => mapping,
        Err(reason) => return Ok(Err(reason)),
    };
    let labels = match lists(contract, &dictionary, &mapping) {
        Ok(labels) => labels,
        Err(reason) => return Ok(Err(reason)),
    };
    mapping.notes.extend(notes(&dictionary, &mapping, encoding));
    let cells = cells(contract, &mut mapping);
    let sheet = Sheet::new(&dictionary, input.order, cells);
    let at = input.at;
    let lines = Lines::new(input, &dictionary, sheet).map_err(|error| error.of(relative, at))?;
    Ok(Ok(Spss {
        text: Box::new(lines),
        mapping,
        encoding: dictionary.encoding,
        labels,
    }))
}

/// Takes the places of variables in a mapping for those of the cells that are made of them.
fn cells(contract: &Contract, mapping: &mut Mapping) -> Vec<(usize, Cell)> {
    let mut cells = Vec::new();
    for (column, feed) in contract.columns.iter().zip(&mut mapping.feeds) {
        let cell = match &column.origin {
            Origin::Reason(of) => Cell::Reason {
                marks: contract.columns[*of].missing.clone(),
                of_labels: contract.columns[*of].labels,
            },
            _ if column.labels => Cell::Label,
            _ if matches!(column.kind, Kind::Date(_)) => Cell::Day,
            _ => Cell::Value,
        };
        let mut take = |place: &mut usize| {
            cells.push((*place, cell.clone()));
            *place = cells.len() - 1;
        };
        match feed {
            Feed::Field(place) => take(place),
            Feed::Groups(places) => places.iter_mut().flatten().for_each(take),
            _ => {}
        }
    }
    mapping.width = cells.len();
    mapping.packed = packed(contract, &mut mapping.feeds);
    cells
}

/// What is worth saying of a file.
fn notes(dictionary: &Dictionary, mapping: &Mapping, encoding: Option<Encoding>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(weight) = dictionary.weight
        && !mapping.feeds.iter().any(|feed| places(feed).contains(&weight))
    {
        let name = printable(&dictionary.variables[weight].name);
        notes.push(format!(
            "the file is weighted by `{name}`, which the contract does not name: it is dropped"
        ));
    }
    if let Some(other) = encoding.filter(|encoding| *encoding != dictionary.encoding) {
        let (own, other) = (dictionary.encoding.name(), other.name());
        notes.push(format!(
            "the file declares that it is {own}; the contract's {other} is for files that declare nothing"
        ));
    }
    notes
}

/// The fields that a column is fed from.
fn places(feed: &Feed) -> Vec<usize> {
    match feed {
        Feed::Field(place) => vec![*place],
        Feed::Groups(places) => places.iter().flatten().copied().collect(),
        _ => Vec::new(),
    }
}

/// The value labels of each stored column that is in the file; never those of a person key.
fn lists(contract: &Contract, dictionary: &Dictionary, mapping: &Mapping) -> Result<Lists, String> {
    let (mut lists, mut bytes) = (Lists::new(), 0);
    for (column, feed) in contract.columns.iter().zip(&mapping.feeds) {
        if !column.has_labels() {
            continue;
        }
        let (mut list, mut codes) = (Vec::new(), HashSet::new());
        for place in places(feed) {
            let variable = &dictionary.variables[place];
            let found = labels(column, variable, dictionary.encoding)?;
            list.extend(found.into_iter().filter(|label| codes.insert(label.code.clone())));
        }
        bytes += list
            .iter()
            .map(|label| label.code.len() + label.label.len())
            .sum::<usize>();
        if bytes > value_labels::MOST {
            return Err(format!(
                "the value labels of the stored columns take more than {} bytes; columns with `store = false` keep none",
                value_labels::MOST
            ));
        }
        lists.insert(column.name.clone(), Arc::new(list));
    }
    Ok(lists)
}

fn labels(column: &Column, variable: &Variable, encoding: Encoding) -> Result<Vec<Label>, String> {
    let mut found = Vec::new();
    for (place, (code, label)) in variable.labels.iter().flat_map(|labels| labels.iter()).enumerate() {
        let text = |written: &[u8]| {
            let mut text = Vec::new();
            match decode(encoding, written, &mut text) {
                Ok(()) => Ok(String::from_utf8_lossy(&text).into_owned()),
                Err(fault) => Err(format!(
                    "value label {} of `{}` is not {}: {}",
                    place + 1,
                    printable(&variable.name),
                    encoding.name(),
                    fault.rule()
                )),
            }
        };
        let (written, missing) = match code {
            Code::Number(number) => {
                let mut written = Vec::new();
                variable.display.write(*number, &mut written);
                (written, variable.missing.has_number(*number))
            }
            Code::Text(text) => (text.clone(), variable.missing.has_text(text)),
        };
        let code = text(&written)?.trim().to_owned();
        let label = text(label)?.trim().to_owned();
        // a code that could be a person key is no code that may be kept
        if like_a_key(&code) {
            continue;
        }
        let staged = if column.labels { &label } else { &code };
        let missing = missing || column.missing.iter().any(|mark| mark == staged.as_bytes());
        // a label that could be a person key says nothing that may be kept
        let label = unlike_a_key(&label).to_owned();
        found.push(Label { code, label, missing });
    }
    Ok(found)
}
