//! Finding the tables in a layout text.
use std::sync::LazyLock;

use regex::Regex;

use super::{Field, Layout, Section, fields};
use crate::contract::format::Encoding;
use crate::source::encoding::decode;

/// A title, then two numbers at the end of the line with perhaps a remark that begins with no digit
static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*(?<title>\S.*?)\s+(?<start>\d{1,6})\s+(?<width>\d{1,6})(?:\s+(?<remark>[^\d\s].*?))?\s*$").ok()
});
static FILE_NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?<name>[^\s/\\]+\.(?:asc|txt|dat|csv|ASC|TXT|DAT|CSV))\b").ok());

/// The text of a layout: UTF-8 if it is that, else windows-1252, with what has no meaning replaced
pub fn decoded(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.trim_start_matches('\u{feff}').to_owned();
    }
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    for byte in bytes {
        if byte.is_ascii() {
            text.push(*byte);
        } else if decode(Encoding::Windows1252, &[*byte], &mut text).is_err() {
            text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

pub fn parse(text: &str, stem: &str) -> Layout {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut layout = Layout {
        sections: Vec::new(),
        described: fields::described(&lines),
        findings: Vec::new(),
    };
    let mut titles = Titles::default();
    let mut at = 0;
    while at < lines.len() {
        if let Some(title) = underlined(&lines, at) {
            titles.take(title);
            at += 2;
        } else if is_table_header(lines[at]) {
            let (fields, behind) = table(&lines, at + 1, &mut layout.findings);
            if fields.is_empty() {
                layout
                    .findings
                    .push((at + 1, "a table header without fields under it".to_owned()));
            } else {
                let (file, names_file) = titles.file(stem);
                let remarks = remarks(&lines, behind);
                layout.sections.push(Section {
                    file,
                    names_file,
                    fields,
                    remarks,
                    line: at + 1,
                });
            }
            at = behind;
        } else {
            at += 1;
        }
    }
    layout
}

/// The titles above a table
#[derive(Default)]
struct Titles {
    /// The last that names a file
    file: Option<String>,
    /// The last one
    last: Option<String>,
    /// Tables that took their name from `file`
    used: bool,
}

impl Titles {
    fn take(&mut self, title: &str) {
        if let Some(name) = FILE_NAME.as_ref().and_then(|pattern| pattern.captures(title)) {
            self.file = Some(name["name"].to_owned());
            self.used = false;
        }
        self.last = Some(title.to_owned());
    }

    /// The name of the table under these titles, and whether it is a file's
    fn file(&mut self, stem: &str) -> (String, bool) {
        match (&self.file, &self.last) {
            (Some(file), _) if !self.used => {
                self.used = true;
                (file.clone(), true)
            }
            // a second table under one file's title: another kind of record
            (_, Some(last)) if !last.is_empty() => (last.clone(), false),
            _ => (stem.to_owned(), false),
        }
    }
}

/// The title at a line that the next line underlines
fn underlined<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    let (title, rule) = (lines[at].trim(), lines.get(at + 1)?.trim());
    let is_rule = rule.len() >= 3 && (rule.bytes().all(|byte| byte == b'=') || rule.bytes().all(|byte| byte == b'-'));
    (is_rule && !title.is_empty() && title.chars().any(char::is_alphanumeric)).then_some(title)
}

fn is_table_header(line: &str) -> bool {
    let line = line.to_lowercase();
    line.contains("startpositie") && (line.contains("aantal posities") || line.contains("lengte"))
}

/// The fields from a line on, and the line behind the table. A blank line ends it, unless what follows goes on where
/// the fields before it ended.
fn table(lines: &[&str], mut at: usize, findings: &mut Vec<(usize, String)>) -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = Vec::new();
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() {
            let next = lines[at..]
                .iter()
                .position(|line| !line.trim().is_empty())
                .map(|blank| at + blank);
            let goes_on = next
                .filter(|&next| underlined(lines, next).is_none())
                .and_then(|next| Some((next, field(lines[next], next)?)));
            let end = fields.last().map_or(0, Field::end);
            match goes_on {
                Some((next, found)) if found.start == end + 1 => at = next,
                _ => break,
            }
            continue;
        }
        if underlined(lines, at).is_some() {
            break;
        }
        match field(line, at) {
            Some(found) => fields.push(found),
            None if line.trim().chars().all(|sign| "=-_ ".contains(sign)) => {}
            None => findings.push((
                at + 1,
                "neither a field nor the end of the table: not imported".to_owned(),
            )),
        }
        at += 1;
    }
    (fields, at)
}

fn field(line: &str, at: usize) -> Option<Field> {
    let expanded = line.replace('\t', "    ");
    let found = FIELD.as_ref()?.captures(&expanded)?;
    let number = |name: &str| {
        found
            .name(name)?
            .as_str()
            .parse::<u32>()
            .ok()
            .filter(|number| *number > 0)
    };
    Some(Field {
        title: found
            .name("title")?
            .as_str()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        start: number("start")?,
        width: number("width")?,
        remark: found
            .name("remark")
            .map(|remark| remark.as_str().trim().to_owned())
            .unwrap_or_default(),
        line: at + 1,
    })
}

/// Paragraphs behind a table, until the next title
fn remarks(lines: &[&str], from: usize) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for at in from..lines.len() {
        let line = lines[at].trim();
        if underlined(lines, at).is_some() || is_table_header(line) {
            break;
        }
        if line.is_empty() && !paragraph.is_empty() {
            remarks.push(paragraph.join("\n"));
            paragraph.clear();
        } else if !line.is_empty() {
            paragraph.push(line);
        }
    }
    if !paragraph.is_empty() {
        remarks.push(paragraph.join("\n"));
    }
    remarks
}
