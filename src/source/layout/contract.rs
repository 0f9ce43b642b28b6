//! From a layout's tables to drafted contracts.
use std::path::Path;

use super::{Described, Field, Layout, Measured, Section, data};
use crate::contract::infer::draft::{ColumnDraft, Draft, Setting, TO_FILL_IN, grouped};
use crate::contract::infer::names::{self, About};

/// A drafted contract and what a human should look at
#[derive(Debug)]
pub struct Imported {
    /// The contract
    pub draft: Draft,
    /// Overlaps, gaps, records that are longer than the layout; also in the draft's comments
    pub findings: Vec<String>,
}

/// Longest description that is taken over
const DESCRIPTION: usize = 240;

/// One contract for each table. `data` is the folder where the described files may lie: their records are measured.
pub fn drafts(layout: &Layout, data: Option<&Path>) -> Vec<Imported> {
    let names = names::distinct(layout.sections.iter().map(|section| contract_name(&section.file)));
    layout
        .sections
        .iter()
        .zip(names)
        .map(|(section, name)| {
            let file = data
                .map(|folder| folder.join(&section.file))
                .filter(|file| section.names_file && file.is_file());
            let measured = file.and_then(|file| data::measure(&file, section.length() as usize).ok());
            import(layout, section, name, measured)
        })
        .collect()
}

/// `Dec_landcode.asc` is `dec_landcode`
fn contract_name(file: &str) -> String {
    let stem = file
        .rsplit_once('.')
        .map_or(file, |(stem, ending)| if ending.len() <= 4 { stem } else { file });
    let name = names::snake_case(stem);
    match name.strip_prefix("k_") {
        Some(rest) if !stem.starts_with(['k', 'K']) => format!("duo_{rest}"),
        _ => name,
    }
}

fn import(layout: &Layout, section: &Section, name: String, measured: Option<Measured>) -> Imported {
    let mut findings = places(&section.fields);
    let mut length = section.length() as usize;
    if let Some(measured) = measured.filter(|measured| measured.longest > length) {
        findings.push(format!(
            "{} of {} records of {} go on behind byte {length}, up to byte {}: the layout does not say what stands there, \
             and it is not stored",
            grouped(measured.beyond),
            grouped(measured.records),
            section.file,
            measured.longest
        ));
        length = measured.longest;
    }
    let columns = names::distinct(section.fields.iter().map(|field| names::snake_case(&field.title)));
    let abouts: Vec<About> = columns.iter().map(|name| names::about(name)).collect();
    let personal = names::personal(&abouts, &columns);
    let drafts = section.fields.iter().enumerate().map(|(place, field)| {
        let described = layout.described.iter().find(|described| described.title == field.title);
        column(field, &columns[place], abouts[place], personal[place], described)
    });

    let mut notes = vec![format!(
        "Imported from a layout (line {}): {} fields. A layout does not say which fields may be blank: all may. Fill in what",
        section.line,
        section.fields.len()
    )];
    notes.push("is marked, and take out these remarks.".to_owned());
    notes.extend(findings.iter().map(|finding| format!("Finding: {finding}")));
    for (group, fields) in groups(&section.fields) {
        let names: Vec<&str> = fields.iter().map(|&place| columns[place].as_str()).collect();
        notes.push(format!(
            "The layout takes {} together as \"{group}\".",
            names.join(" and ")
        ));
        if group.to_lowercase().contains("sleutel") {
            let key = toml::Value::from(vec![toml::Value::from(
                names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            )]);
            notes.push(format!("unique = {key}"));
        }
    }
    notes.extend(section.remarks.iter().cloned());
    let file = if section.names_file {
        section.file.clone()
    } else {
        format!("{name}*.asc")
    };
    let mut glob = Setting::new("glob", file);
    if !section.names_file {
        glob = glob.note("the layout names no file");
    }
    let draft = Draft {
        name,
        notes,
        top: vec![
            Setting::new("description", format!("{} ({TO_FILL_IN})", section.file)),
            Setting::new("owner", TO_FILL_IN),
            Setting::new("source", "duo"),
            Setting::new("max_rejected", "0.1%")
                .suggested()
                .note("default: any rejected row refuses the delivery"),
        ],
        files: vec![glob.note_unless_noted("under landing/; `*` for what changes")],
        format: vec![
            Setting::new("type", "fixed"),
            Setting::new("record_length", i64::try_from(length).unwrap_or(i64::MAX)),
            Setting::new("encoding", "windows-1252")
                .note("reads every character of ISO 8859-1, and real files hold more"),
        ],
        columns: drafts.collect(),
        closing: Vec::new(),
    };
    Imported { draft, findings }
}

/// Gaps and overlaps, from the first byte on
fn places(fields: &[Field]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut order: Vec<&Field> = fields.iter().collect();
    order.sort_by_key(|field| (field.start, field.end()));
    if order
        .iter()
        .zip(fields)
        .any(|(sorted, written)| sorted.line != written.line)
    {
        findings.push("the fields do not stand in the order of their bytes".to_owned());
    }
    let mut end = 0;
    for field in order {
        let (title, line) = (&field.title, field.line);
        if field.start > end + 1 {
            findings.push(format!(
                "bytes {} to {} before \"{title}\" (line {line}) are not described",
                end + 1,
                field.start - 1
            ));
        } else if field.start <= end {
            findings.push(format!(
                "\"{title}\" (line {line}) overlaps the field before it at byte {}",
                field.start
            ));
        }
        end = end.max(field.end());
    }
    findings
}

/// Fields that braces take together: `} Vestigingscode` and the `}` under it
fn groups(fields: &[Field]) -> Vec<(String, Vec<usize>)> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    let mut open = false;
    for (place, field) in fields.iter().enumerate() {
        let Some(title) = field.remark.strip_prefix('}').map(str::trim) else {
            open = false;
            continue;
        };
        match groups
            .last_mut()
            .filter(|(name, _)| open && (title.is_empty() || name.is_empty()))
        {
            Some((name, places)) => {
                places.push(place);
                name.push_str(title);
            }
            None => groups.push((title.to_owned(), vec![place])),
        }
        open = true;
    }
    groups.retain(|(_, places)| places.len() > 1);
    groups
}

fn column(field: &Field, name: &str, about: About, personal: bool, described: Option<&Described>) -> ColumnDraft {
    let mut draft = ColumnDraft::new(name);
    draft
        .set("start", i64::from(field.start))
        .set("width", i64::from(field.width));
    let remark = field.remark.trim_start_matches('}').trim();
    if !remark.is_empty() && !field.remark.starts_with('}') && !is_date(field) {
        draft.remark(format!("The layout remarks: {remark}"));
    }
    match about {
        About::Bsn | About::Onderwijsnummer if field.width == 9 => {
            draft.remark(
                "Identifies a person: say why it may be here (legal basis, purpose) before the first delivery.",
            );
            draft
                .set("type", "person_key")
                .set("key", if about == About::Bsn { "bsn" } else { "onderwijsnummer" });
            draft
                .set("nullable", true)
                .set("legal_basis", TO_FILL_IN)
                .set("purpose", vec![TO_FILL_IN.to_owned()]);
        }
        about if about.is_number() => {
            draft.remark(
                "A number of a person that sluis has no rule for: not stored. If it is a bsn, onderwijsnummer or rin,",
            );
            draft.remark("make it a person_key.");
            draft.set("type", "text").set("nullable", true).set("store", false);
        }
        _ if is_date(field) => {
            draft.set("type", "date").set("format", "%Y%m%d").set("nullable", true);
        }
        _ => {
            draft.set("type", "text").set("nullable", true);
        }
    }
    if personal {
        draft.set("tag", "personal");
    }
    if let Some(described) = described {
        let codes: Vec<String> = described
            .codes
            .iter()
            .filter(|code| code.len() <= field.width as usize)
            .cloned()
            .collect();
        if codes.len() == described.codes.len() && codes.len() > 1 && !about.is_number() {
            draft.settings.push(
                Setting::new("codes", codes)
                    .suggested()
                    .note("with type = \"code\": the layout's list"),
            );
        }
        if !described.text.is_empty() {
            draft.set("description", shortened(&described.text));
        }
    }
    if !draft.settings.iter().any(|setting| setting.is("description")) {
        draft.set("description", field.title.clone());
    }
    draft
}

fn is_date(field: &Field) -> bool {
    field.width == 8
        && (field.remark.to_uppercase().contains("JJMMDD") || field.title.to_lowercase().starts_with("datum"))
}

/// The text up to the end of a sentence, or of a word
fn shortened(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION {
        return text.to_owned();
    }
    let start: String = text.chars().take(DESCRIPTION).collect();
    match start.rfind(". ") {
        Some(end) => start[..=end].to_owned(),
        None => format!(
            "{} ...",
            start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words)
        ),
    }
}
