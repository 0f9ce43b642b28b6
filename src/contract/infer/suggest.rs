//! Suggestions from names: which files a contract takes, and headers that carry a school year.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::draft::{Setting, grouped};
use super::table::Table;
use crate::contract::format::Encoding;

static YEARS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:19|20)\d{2}[-_]?(?:19|20)\d{2}").ok());
static YEAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:19|20)\d{2}").ok());
static SCHOOL_YEAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:19|20)\d{2}[-/](?:19|20)\d{2}").ok());

/// How the file is written
pub fn format(table: &Table, encoding: Encoding) -> Vec<Setting> {
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

/// The file by its name, and how other periods of it may be named
pub fn files(path: &Path) -> Vec<Setting> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut settings = vec![Setting::new("glob", literal(&name)).note("under landing/; `*` for what changes")];
    let found = [(&*YEARS, "schooljaar"), (&*YEAR, "schooljaar_begin")]
        .into_iter()
        .find_map(|(pattern, kind)| {
            let place = pattern.as_ref()?.find(&name)?;
            Some((place.range(), kind))
        });
    if let Some((range, kind)) = found {
        let glob = format!("{}*{}", literal(&name[..range.start]), literal(&name[range.end..]));
        let digits = if kind == "schooljaar" {
            r"(\d{4}[-_]?\d{4})"
        } else {
            r"(\d{4})"
        };
        let pattern = format!(
            "{}{digits}{}$",
            regex::escape(&name[..range.start]),
            regex::escape(&name[range.end..])
        );
        let period = toml::Table::from_iter([
            ("pattern".to_owned(), toml::Value::from(pattern)),
            ("as".to_owned(), toml::Value::from(kind)),
        ]);
        settings.push(Setting::new("glob", glob).suggested());
        settings.push(
            Setting::new("period", period)
                .suggested()
                .note("or jaar, schooljaar_einde"),
        );
    }
    settings
}

/// The name with the signs of a glob taken literally
fn literal(name: &str) -> String {
    name.chars()
        .flat_map(|letter| match letter {
            '*' | '?' | '[' | ']' | '{' | '}' => vec!['[', letter, ']'],
            plain => vec![plain],
        })
        .collect()
}

/// Headers that differ only in a school year will be other headers next year
pub fn unpivot(headers: &[Option<String>]) -> Vec<String> {
    let Some(year) = &*SCHOOL_YEAR else { return Vec::new() };
    let mut patterns: BTreeMap<String, usize> = BTreeMap::new();
    for header in headers.iter().flatten().filter(|header| year.is_match(header)) {
        *patterns
            .entry(year.replace_all(header, "{schooljaar}").into_owned())
            .or_insert(0) += 1;
    }
    let columns: usize = patterns.values().sum();
    if columns < 2 {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "{} headers hold a school year, so next year's will differ. Instead of these columns, consider one row per school",
        grouped(columns as u64)
    )];
    lines.push(
        "year: declare `schooljaar` and one column for each value, and let other words that vary be parts too:"
            .to_owned(),
    );
    lines.push("[unpivot.values]".to_owned());
    for pattern in patterns.keys().take(20) {
        let column = super::names::snake_case(&pattern.replace("{schooljaar}", ""));
        lines.push(format!("{column} = {}", toml::Value::from(pattern.as_str())));
    }
    lines
}
