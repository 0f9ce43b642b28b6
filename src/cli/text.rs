//! Text for people: tables, counts, problems. Data never steers the terminal.
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Context;
use crate::diagnostic::{Problem, printable};

/// A table of text, its columns as wide as their widest cell.
#[derive(Debug, Default)]
pub struct Table {
    headers: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headers; one that begins with `>` has its column aligned to the right.
    pub fn new(headers: &[&str]) -> Self {
        Self {
            headers: headers
                .iter()
                .map(|header| header.trim_start_matches('>').to_owned())
                .collect(),
            right: headers.iter().map(|header| header.starts_with('>')).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Cells may be data: whatever could steer a terminal is escaped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| printable(cell.as_ref()).into_owned())
                .collect(),
        );
    }

    /// Leaves a column out when it holds nothing but zeros.
    #[must_use]
    pub fn without_zeros(mut self, header: &str) -> Self {
        let Some(place) = self.headers.iter().position(|one| one == header) else {
            return self;
        };
        if self
            .rows
            .iter()
            .all(|row| row.get(place).is_none_or(|cell| cell == "0"))
        {
            self.headers.remove(place);
            self.right.remove(place);
            self.rows.iter_mut().for_each(|row| drop(row.remove(place)));
        }
        self
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes headers and rows, two blanks between columns.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let lines: Vec<&Vec<String>> = std::iter::once(&self.headers).chain(&self.rows).collect();
        let width = |column: usize| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headers.len()).map(width).collect();
        for line in lines {
            let mut text = String::new();
            for ((cell, width), right) in line.iter().zip(&widths).zip(&self.right) {
                let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
                let (before, after) = if *right {
                    (blanks.as_str(), "")
                } else {
                    ("", blanks.as_str())
                };
                text.extend([before, cell, after, "  "]);
            }
            writeln!(to, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// Rows of a query as a table; numbers are aligned to the right.
pub fn batches(batches: &[RecordBatch]) -> Result<Table, ArrowError> {
    let options = FormatOptions::default();
    let Some(first) = batches.first() else {
        return Ok(Table::default());
    };
    let fields = first.schema();
    let mut table = Table {
        headers: fields
            .fields()
            .iter()
            .map(|field| printable(field.name()).into_owned())
            .collect(),
        right: fields
            .fields()
            .iter()
            .map(|field| field.data_type().is_numeric())
            .collect(),
        rows: Vec::new(),
    };
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            table.row(columns.iter().map(|column| column.value(row).to_string()));
        }
    }
    Ok(table)
}

/// A count with its thousands apart: `956,857`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 row`, `2 rows`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    };
    format!("{} {}", count(number), if number == 1 { noun } else { &plural })
}

/// A size in bytes to three digits: `1.23 GB`.
pub fn bytes(number: u64) -> String {
    let units = [("GB", 1_000_000_000u64), ("MB", 1_000_000), ("kB", 1_000)];
    let Some((name, unit)) = units.into_iter().find(|(_, unit)| number >= *unit) else {
        return format!("{number} B");
    };
    let hundredths = u128::from(number) * 100 / u128::from(unit);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match whole {
        0..10 => format!("{whole}.{part:02} {name}"),
        10..100 => format!("{whole}.{} {name}", part / 10),
        _ => format!("{whole} {name}"),
    }
}

/// How long something took: `350 ms`, `12.3 s`, `4 min 5 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// A moment, to the second, in UTC.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A path as the user would type it: from the working directory where it is below it.
pub fn short(path: &Path, cwd: &Path) -> PathBuf {
    match path.strip_prefix(cwd) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Ok(below) => below.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
}

/// A word as a shell takes it: quoted when it holds more than letters, digits and harmless marks.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", printable(&word.replace('\'', "'\\''")))
}

/// Writes a value as indented JSON. What could steer a terminal can only stand inside its texts, and is escaped.
pub fn write_json(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    let mut safe = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c != '\n' && printable(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8() {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    writeln!(to, "{safe}")
}

/// Writes problems: with the offending line marked on a terminal, else one line (and hint) each. Paths are shown from
/// the working directory where they are below it.
pub fn write_problems(to: &mut impl Write, problems: Vec<Problem>, cwd: &Path, terminal: bool) -> io::Result<()> {
    let handler = miette::GraphicalReportHandler::new();
    for mut problem in problems {
        problem.file = short(&problem.file, cwd);
        let mut shown = String::new();
        if !terminal || handler.render_report(&mut shown, &problem.clone().marked()).is_err() {
            shown = problem.to_string();
        }
        writeln!(to, "{}", shown.trim_end())?;
    }
    Ok(())
}

/// Tells problems beside what a command does: on standard error, or in the log. The service has told warnings already, so
/// that its runs only say why they fail.
pub(super) fn tell_problems(context: &Context, problems: Vec<Problem>) -> io::Result<()> {
    if context.is_run_of_service() || context.json_logs() {
        let told = |problem: &&Problem| problem.is_error() || !context.is_run_of_service();
        problems.iter().filter(told).for_each(Problem::log);
        return Ok(());
    }
    let stderr = &mut io::stderr().lock();
    write_problems(stderr, problems, context.cwd(), context.stderr_is_terminal())
}

/// A moment as typed: a year, month or day (its beginning, in UTC), or in full as in RFC 3339.
pub(super) fn moment_typed(text: &str) -> Result<DateTime<Utc>, String> {
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    let parsed = DateTime::parse_from_rfc3339(&full);
    parsed.map(|at| at.with_timezone(&Utc)).map_err(|_| {
        "write a year, month or day as in 2026, 2026-10 or 2026-10-01, or a moment as in 2026-10-01T06:00:00Z"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_align_and_escape() {
        let mut table = Table::new(&["naam", ">rijen"]);
        table.row(["één", "1"]);
        table.row(["lang\u{1b}[2J", "1,000"]);
        let mut text = Vec::new();
        table.write(&mut text).unwrap();
        let expected = "naam           rijen\néén                1\nlang\\u{1b}[2J  1,000\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(2, "delivery"), "2 deliveries");
        assert_eq!(counted(7, "day"), "7 days");
        assert_eq!(
            [7, 1_234, 45_678_901, 999_000_000].map(bytes),
            ["7 B", "1.23 kB", "45.6 MB", "999 MB"]
        );
        assert_eq!([5, 12_345, 245_000].map(duration), ["5 ms", "12.3 s", "4 min 5 s"]);
    }

    #[test]
    fn json_cannot_steer_the_terminal() {
        let mut text = Vec::new();
        write_json(&mut text, &["a\u{9b}b\u{202e}"]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "[\n  \"a\\u009bb\\u202e\"\n]\n");
        assert_eq!(
            serde_json::from_str::<Vec<String>>(&text).unwrap(),
            ["a\u{9b}b\u{202e}"]
        );
    }
}
