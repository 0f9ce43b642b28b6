//! Drafts a contract from an SPSS file, whose dictionary tells most of it; the cases tell the rest.
use std::path::Path;

use super::decide::{Named, decide};
use super::draft::{ColumnDraft, Draft, Setting, TO_FILL_IN, grouped};
use super::names::About;
use super::profile::Profile;
use super::{InferError, abouts, names, suggest, table, value};
use crate::contract::format::Encoding;
use crate::diagnostic::printable;
use crate::pseudonym::unlike_a_key;
use crate::source::blocks::BlockReader;
use crate::source::cells::Records;
use crate::source::delimited::Position;
use crate::source::spss::input::Input;
use crate::source::spss::{Cell, Code, Declared, Dictionary, Display, Lines, Sheet, Variable, cells};

const BLOCK: usize = 1 << 20;
const LONGEST_LINE: usize = 64 << 20;
/// Cases looked at together
const BATCH: usize = 1024;
/// Value labels that a description holds
const MOST_LABELS: usize = 12;
/// Decimals that are still a decimal number and not one that was computed
const MOST_DECIMALS: usize = 6;

/// Drafts a contract named `name` from the SPSS file at `path`
pub fn infer(path: &Path, name: &str) -> Result<Draft, InferError> {
    let mut input = Input::new(table::open(path)?);
    // a guess, for files that do not declare theirs
    let read = Dictionary::read(&mut input, Some(Encoding::Windows1252));
    let dictionary = read.map_err(|error| error.of(path, input.at))?;
    let (profiles, cases) = profiles(path, input, &dictionary)?;
    let variables = &dictionary.variables;
    let names = names::distinct(variables.iter().map(|variable| names::snake_case(&variable.name)));
    let abouts = abouts(&names, &profiles);
    let personal = names::personal(&abouts, &names);
    let columns = variables.iter().enumerate().map(|(place, variable)| {
        let named = Named {
            name: &names[place],
            header: Some(&variable.name),
            about: abouts[place],
            personal: personal[place],
        };
        column(&named, variable, &profiles[place], &dictionary, place)
    });
    let columns = columns.collect();
    let mut notes = vec![format!(
        "Drafted from {}: {} cases, {} variables. Read it, fill in what is marked, and take out these remarks.",
        path.file_name().unwrap_or_default().to_string_lossy(),
        grouped(cases),
        variables.len()
    )];
    if !dictionary.title.is_empty() {
        notes.push(format!(
            "The file is called: {}",
            printable(unlike_a_key(&dictionary.title))
        ));
    }
    let mut format = vec![Setting::new("type", "spss")];
    match &dictionary.declared {
        Declared::Nothing => {
            format.push(Setting::new("encoding", dictionary.encoding.name()).note("a guess: the file does not say"));
        }
        _ => notes.push(format!("encoding: the file declares {}", dictionary.encoding.name())),
    }
    if let Some(weight) = dictionary.weight {
        notes.push(format!(
            "The file is weighted by {}.",
            printable(&variables[weight].name)
        ));
    }
    Ok(Draft {
        name: name.to_owned(),
        notes,
        top: vec![
            Setting::new("description", TO_FILL_IN),
            Setting::new("owner", TO_FILL_IN),
            Setting::new("source", TO_FILL_IN),
            Setting::new("max_rejected", "0.1%")
                .suggested()
                .note("default: any rejected row refuses the delivery"),
        ],
        files: suggest::files(path),
        format,
        columns,
        closing: Vec::new(),
    })
}

/// What the variables hold, and how many cases there are
fn profiles(path: &Path, input: Input, dictionary: &Dictionary) -> Result<(Vec<Profile>, u64), InferError> {
    let width = dictionary.variables.len();
    let sheet = Sheet::new(dictionary, input.order, (0..width).map(|place| (place, Cell::Value)));
    let at = input.at;
    let lines = Lines::new(input, dictionary, sheet).map_err(|error| error.of(path, at))?;
    let mut reader = BlockReader::new(Box::new(lines), path.to_owned(), BLOCK, LONGEST_LINE, None);
    let mut profiles: Vec<Profile> = (0..width).map(|_| Profile::default()).collect();
    let (mut cases, mut records, mut text, mut buffer) = (0, Records::new(width), Vec::new(), Vec::new());
    while let Some(block) = reader.next(buffer)? {
        let mut position = Position::default();
        while position.at < block.bytes.len() {
            cells::records(&block.bytes, &mut position, BATCH, &mut text, &mut records);
            for case in records.cells.chunks_exact(width) {
                cases += 1;
                for (cell, profile) in case.iter().zip(&mut profiles) {
                    profile.add(cell.trimmed(&text).get(&text));
                }
            }
            records.clear();
            text.clear();
        }
        buffer = block.bytes;
    }
    Ok((profiles, cases))
}

fn column(
    named: &Named<'_>,
    variable: &Variable,
    profile: &Profile,
    dictionary: &Dictionary,
    place: usize,
) -> ColumnDraft {
    let number = matches!(
        named.about,
        About::Bsn | About::Onderwijsnummer | About::Rin | About::OtherNumber
    );
    let mut draft = match variable.display {
        _ if number => decide(named, profile, dictionary.encoding).draft,
        Display::Text => {
            let mut draft = decide(named, profile, dictionary.encoding).draft;
            // what was kept as text is text: its zeros count
            draft.text_for_numbers();
            draft
        }
        Display::Date | Display::DateTime => simple(named, profile, "date"),
        Display::Time => simple(named, profile, "text"),
        Display::Number(decimals) => numbers(named, profile, dictionary.encoding, usize::from(decimals)),
    };
    if dictionary.weight == Some(place) {
        draft.remark("The weight of a case.");
    }
    if !variable.missing.is_empty() && !number {
        draft.settings.push(
            Setting::new("missing_reason", true)
                .suggested()
                .note("the file declares values that are missing; this keeps why"),
        );
    }
    let values = if number || named.personal {
        String::new()
    } else {
        labels(variable)
    };
    let label = variable.label.clone().unwrap_or_default();
    let label = unlike_a_key(&label).to_owned();
    let description: Vec<String> = [label, values].into_iter().filter(|text| !text.is_empty()).collect();
    if !description.is_empty() {
        draft.set("description", printable(&description.join(": ")).into_owned());
    }
    draft
}

/// A column whose type the dictionary tells
fn simple(named: &Named<'_>, profile: &Profile, kind: &str) -> ColumnDraft {
    let mut draft = ColumnDraft::new(named.name);
    if let Some(header) = named.header.filter(|header| *header != named.name) {
        draft.set("header", vec![header.to_owned()]);
    }
    draft.set("type", kind);
    if profile.blank > 0 {
        draft.set("nullable", true);
    }
    if named.personal {
        draft.set("tag", "personal");
    }
    draft
}

fn numbers(named: &Named<'_>, profile: &Profile, encoding: Encoding, decimals: usize) -> ColumnDraft {
    let present = profile.present();
    if present > 0 && profile.count_of(value::INTEGER) == present {
        return decide(named, profile, encoding).draft;
    }
    let (whole, fraction) = (profile.digits.whole, profile.digits.fraction);
    if present == 0 || fraction > decimals.min(MOST_DECIMALS) || whole > 12 || profile.odd > 0 {
        return simple(named, profile, "double");
    }
    let mut draft = simple(named, profile, "decimal");
    let number = |digits: usize| i64::try_from(digits).unwrap_or(0);
    draft
        .set("precision", if whole + decimals < 9 { 9 } else { 18 })
        .set("scale", number(decimals.min(MOST_DECIMALS)));
    draft
}

/// What values stand for, the first few
fn labels(variable: &Variable) -> String {
    let Some(labels) = &variable.labels else {
        return String::new();
    };
    let (mut texts, mut count) = (Vec::new(), 0);
    for (code, label) in labels.iter() {
        count += 1;
        if texts.len() == MOST_LABELS {
            continue;
        }
        let (code, missing) = match code {
            Code::Number(number) => {
                let mut text = Vec::new();
                variable.display.write(*number, &mut text);
                (text, variable.missing.has_number(*number))
            }
            Code::Text(text) => (text.clone(), variable.missing.has_text(text)),
        };
        let missing = if missing { " (missing)" } else { "" };
        texts.push(format!(
            "{} = {}{missing}",
            unlike_a_key(&String::from_utf8_lossy(&code)),
            unlike_a_key(&String::from_utf8_lossy(label))
        ));
    }
    let more = count - texts.len();
    if more > 0 {
        texts.push(format!("and {} more", grouped(more as u64)));
    }
    texts.join(", ")
}
