//! The keys of `[format]` that belong to spreadsheets.
use std::ops::Range;

use toml::Spanned;

use super::build::Findings;
use super::raw::{RawColumnMark, RawContract, RawFormat, RawSheet};
use super::sheet::{DataEnd, HeaderFill, LAST_HEADER_ROW, MOST_ROWS, SheetChoice, Spreadsheet, column_place};

/// The word that means the first blank row.
const BLANK: &str = "blank";

/// Where the table stands, as the contract says.
pub fn spreadsheet(raw: &RawFormat, findings: &mut Findings<'_>) -> Spreadsheet {
    let text_only = [
        ("delimiter", raw.delimiter.as_ref().map(Spanned::span)),
        ("quote", raw.quote.as_ref().map(Spanned::span)),
        ("escape", raw.escape.as_ref().map(Spanned::span)),
        ("encoding", raw.encoding.as_ref().map(Spanned::span)),
    ];
    for (name, span) in text_only {
        if let Some(span) = span {
            findings.add(span, "format", format!("`{name}` does not belong to a spreadsheet"));
            findings.hint("a spreadsheet tells it itself: leave it out");
        }
    }
    let header = header(raw, findings);
    let behind = behind_header(raw, header, findings);
    let first_row = match &raw.first_row {
        Some(row) if *row.get_ref() < behind || *row.get_ref() > MOST_ROWS => {
            findings
                .add(
                    row.span(),
                    "value",
                    "the data cannot begin above the rows of header and units",
                )
                .hint(format!(
                    "at least {behind}, which is where they begin without `first_row`"
                ));
            behind
        }
        Some(row) => *row.get_ref(),
        None => behind,
    };
    let (first_column, last_column) = columns(raw, findings);
    Spreadsheet {
        sheet: match raw.sheet.as_ref().map(Spanned::get_ref) {
            None => SheetChoice::Only,
            Some(RawSheet::Name(name)) => SheetChoice::Name(name.clone()),
            Some(RawSheet::Number(0)) => {
                let span = raw.sheet.as_ref().map_or(0..0, Spanned::span);
                findings.add(span, "value", "sheets count from 1");
                SheetChoice::Only
            }
            Some(RawSheet::Number(number)) => SheetChoice::Number(*number),
        },
        header,
        separator: raw
            .header_separator
            .as_ref()
            .map_or_else(|| " - ".to_owned(), |separator| separator.get_ref().clone()),
        fill: match raw
            .header_fill
            .as_ref()
            .map(|fill| (fill.get_ref().as_str(), fill.span()))
        {
            None | Some(("merged", _)) => HeaderFill::Merged,
            Some(("right", _)) => HeaderFill::Right,
            Some((other, span)) => {
                findings.unknown(span, "value", "a way to fill a header", other, &["merged", "right"]);
                HeaderFill::Merged
            }
        },
        first_row,
        end: end(raw, first_row, findings),
        first_column,
        last_column,
    }
}

/// Notes encodings of files that are spreadsheets.
pub fn files(raw: &RawContract, findings: &mut Findings<'_>) {
    for encoding in raw.files.iter().filter_map(|files| files.get_ref().encoding.as_ref()) {
        findings.add(encoding.span(), "format", "`encoding` does not belong to a spreadsheet");
        findings.hint("a spreadsheet tells it itself: leave it out");
    }
}

/// Notes keys of spreadsheets in another format.
pub fn no_spreadsheet(raw: &RawFormat, findings: &mut Findings<'_>) {
    let span = |key: &Option<Spanned<u32>>| key.as_ref().map(Spanned::span);
    let text = |key: &Option<Spanned<String>>| key.as_ref().map(Spanned::span);
    let keys: [(&str, Option<Range<usize>>); 11] = [
        ("sheet", raw.sheet.as_ref().map(Spanned::span)),
        ("header_row", span(&raw.header_row)),
        ("header_rows", raw.header_rows.as_ref().map(Spanned::span)),
        ("header_separator", text(&raw.header_separator)),
        ("header_fill", text(&raw.header_fill)),
        ("units_row", span(&raw.units_row)),
        ("first_row", span(&raw.first_row)),
        ("last_row", span(&raw.last_row)),
        ("until", text(&raw.until)),
        ("first_column", raw.first_column.as_ref().map(Spanned::span)),
        ("columns", text(&raw.columns)),
    ];
    for (name, span) in keys {
        if let Some(span) = span {
            findings.add(
                span,
                "format",
                format!("`{name}` belongs to the format \"spreadsheet\""),
            );
        }
    }
}

/// First and last row of the header.
fn header(raw: &RawFormat, findings: &mut Findings<'_>) -> Option<(u32, u32)> {
    let given = raw
        .header_row
        .as_ref()
        .map(Spanned::span)
        .or_else(|| raw.header_rows.as_ref().map(Spanned::span));
    if raw.header == Some(false) {
        if let Some(span) = given {
            findings.add(span, "value", "there is no header: `header = false`");
        }
        return None;
    }
    if let (Some(row), Some(_)) = (&raw.header_row, &raw.header_rows) {
        findings
            .add(row.span(), "value", "both `header_row` and `header_rows`")
            .hint("header_rows = [first, last] for a header of several rows");
    }
    let rows = match (&raw.header_rows, &raw.header_row) {
        (Some(rows), _) => match rows.get_ref()[..] {
            [first, last] => (first, last),
            _ => {
                findings
                    .add(rows.span(), "value", "not two rows")
                    .hint("header_rows = [first, last]");
                (1, 1)
            }
        },
        (None, Some(row)) => (*row.get_ref(), *row.get_ref()),
        (None, None) => (1, 1),
    };
    if rows.0 == 0 || rows.0 > rows.1 || rows.1 > LAST_HEADER_ROW {
        findings
            .add(given.unwrap_or(0..0), "value", "these cannot be rows of a header")
            .hint(format!(
                "rows count from 1; a header stands within {LAST_HEADER_ROW} rows"
            ));
        return Some((1, 1));
    }
    Some(rows)
}

/// The first row behind header and units.
fn behind_header(raw: &RawFormat, header: Option<(u32, u32)>, findings: &mut Findings<'_>) -> u32 {
    let last = header.map_or(0, |(_, last)| last);
    match &raw.units_row {
        Some(units) if *units.get_ref() <= last || *units.get_ref() > LAST_HEADER_ROW => {
            findings.add(
                units.span(),
                "value",
                "the row of units does not stand under the header",
            );
            last + 1
        }
        Some(units) => units.get_ref() + 1,
        None => last + 1,
    }
}

fn end(raw: &RawFormat, first_row: u32, findings: &mut Findings<'_>) -> DataEnd {
    match (&raw.last_row, &raw.until) {
        (Some(row), Some(_)) => {
            findings
                .add(row.span(), "value", "both `last_row` and `until`")
                .hint("one of them says where the data end");
            DataEnd::Sheet
        }
        (Some(row), None) if *row.get_ref() < first_row => {
            findings.add(row.span(), "value", "the data end before they begin");
            DataEnd::Sheet
        }
        (Some(row), None) => DataEnd::Row(*row.get_ref()),
        (None, Some(until)) if until.get_ref().trim().is_empty() => {
            findings
                .add(until.span(), "value", "no text to look for")
                .hint("\"blank\" for the first blank row, or how the first row behind the data begins");
            DataEnd::Sheet
        }
        (None, Some(until)) if until.get_ref() == BLANK => DataEnd::Blank,
        (None, Some(until)) => DataEnd::Text(until.get_ref().clone()),
        (None, None) => DataEnd::Sheet,
    }
}

/// First and last column, from 0.
fn columns(raw: &RawFormat, findings: &mut Findings<'_>) -> (Option<u32>, Option<u32>) {
    let first = raw.first_column.as_ref().map(|first| {
        let text = match first.get_ref() {
            RawColumnMark::Letters(letters) => letters.clone(),
            RawColumnMark::Number(number) => number.to_string(),
        };
        column_place(&text).unwrap_or_else(|| {
            findings
                .add(first.span(), "value", format!("`{text}` is not a column"))
                .hint("a letter as \"B\", or a number from 1");
            0
        })
    });
    let Some(columns) = &raw.columns else {
        return (first, None);
    };
    if first.is_some() {
        findings.add(columns.span(), "value", "both `columns` and `first_column`");
    }
    let range = columns
        .get_ref()
        .split_once(':')
        .and_then(|(first, last)| Some((column_place(first)?, column_place(last)?)))
        .filter(|(first, last)| first <= last);
    match range {
        Some((first, last)) => (Some(first), Some(last)),
        None => {
            findings
                .add(columns.span(), "value", "not a range of columns")
                .hint("first and last, as \"B:F\"");
            (None, None)
        }
    }
}
