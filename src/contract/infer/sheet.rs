//! Where in a spreadsheet the table is: a guess, which the draft says it is.
use std::fs::File;
use std::path::Path;

use super::InferError;
use super::draft::Setting;
use super::header::is_value;
use super::table::Table;
use crate::contract::sheet::{DataEnd, HeaderFill, SheetChoice, Spreadsheet};
use crate::pseudonym::unlike_a_key;
use crate::source::spreadsheet::{self, Kind, Limits, Outline, Spot};

/// Rows above the one that names most columns which may be part of the header.
const ABOVE: usize = 3;
/// Rows behind one that tell whether it is data.
const BEHIND: usize = 5;
/// A unit is not longer.
const LONGEST_UNIT: usize = 15;

/// Finds the table in the first visible sheet of a workbook; what was guessed, a line each.
pub fn find(path: &Path, limits: Limits) -> Result<(Table, Vec<String>), InferError> {
    let unsuitable = |what: String| InferError::Unsuitable {
        path: path.to_owned(),
        what,
    };
    let file = File::open(path).map_err(|source| InferError::Io {
        path: path.to_owned(),
        source,
    })?;
    let outline = spreadsheet::outline(file, limits).map_err(unsuitable)?;
    let layout = guess(&outline).ok_or_else(|| InferError::Empty { path: path.to_owned() })?;
    let mut notes = Vec::new();
    if outline.sheets.len() > 1 {
        let names: Vec<String> = outline
            .sheets
            .iter()
            .map(|name| format!("`{}`", unlike_a_key(name)))
            .collect();
        notes.push(format!(
            "sheet: the first of {} is taken, a guess: {}",
            names.len(),
            names.join(", ")
        ));
    }
    notes.push(
        "the rows of header, units and data are guessed from how the sheet looks: look at them beside it".to_owned(),
    );
    let columns = outline.top.iter().flat_map(|(_, cells)| cells).map(|cell| cell.column);
    let width = columns
        .max()
        .and_then(|last| usize::try_from(last).ok())
        .map_or(0, |last| last + 1);
    Ok((Table::of_sheet(path, layout, width, limits), notes))
}

/// The layout as settings of a contract.
pub fn settings(layout: &Spreadsheet) -> Vec<Setting> {
    let mut settings = vec![Setting::new("type", "spreadsheet")];
    if let SheetChoice::Name(name) = &layout.sheet {
        settings.push(Setting::new("sheet", unlike_a_key(name)));
    }
    let behind = match layout.header {
        None => {
            settings.push(Setting::new("header", false).note("a guess"));
            1
        }
        Some((first, last)) if first == last => {
            settings.push(Setting::new("header_row", i64::from(last)).note("a guess"));
            last + 1
        }
        Some((first, last)) => {
            let rows = vec![i64::from(first), i64::from(last)];
            settings.push(Setting::new("header_rows", rows).note("a guess"));
            if layout.fill == HeaderFill::Right {
                settings.push(Setting::new("header_fill", "right").note("no cells of the header are merged"));
            }
            last + 1
        }
    };
    if layout.header.is_some() && layout.first_row == behind + 1 {
        settings.push(Setting::new("units_row", i64::from(behind)).note("a guess"));
    } else if layout.first_row != behind {
        settings.push(Setting::new("first_row", i64::from(layout.first_row)).note("a guess"));
    }
    if layout.end == DataEnd::Blank {
        settings.push(Setting::new("until", "blank").note("a guess: notes stand below"));
    }
    settings
}

/// Where the table seems to be; nothing when the sheet is empty.
fn guess(outline: &Outline) -> Option<Spreadsheet> {
    let rows = &outline.top;
    let widest = rows.iter().map(|(_, cells)| cells.len()).max()?;
    let full = |cells: &[Spot]| cells.len() * 10 >= widest * 6;
    let mut layout = Spreadsheet {
        sheet: SheetChoice::Name(outline.sheet.clone()),
        ..Spreadsheet::default()
    };
    match rows.iter().position(|(_, cells)| full(cells) && names(cells)) {
        None => {
            layout.header = None;
            layout.first_row = rows
                .iter()
                .find(|(_, cells)| full(cells))
                .map_or(1, |(number, _)| *number);
        }
        Some(widely) => {
            let place = lowest(outline, widely, widest, &full);
            let last = rows[place].0;
            let first = rows[place - above(outline, place, widest)].0;
            layout.header = Some((first, last));
            let across = |region: &&spreadsheet::Region| region.last.1 > region.first.1;
            let mut regions = outline.merged.iter().filter(across);
            if first < last && !regions.any(|region| (first..=last).contains(&(region.first.0 + 1))) {
                layout.fill = HeaderFill::Right;
            }
            layout.first_row = last + 1 + u32::from(units(outline, place, &full));
        }
    }
    if notes_below(outline, layout.first_row, widest) {
        layout.end = DataEnd::Blank;
    }
    Some(layout)
}

/// Whether every cell may be the name of a column.
fn names(cells: &[Spot]) -> bool {
    cells
        .iter()
        .all(|cell| cell.kind != Kind::Error && !is_value(cell.text.trim()))
}

/// The last row of the header that begins in this row, or above it: the rows that its cells are merged down to, the one
/// below groups, and one that names more columns.
fn lowest(outline: &Outline, mut place: usize, widest: usize, full: &dyn Fn(&[Spot]) -> bool) -> usize {
    let rows = &outline.top;
    while let (Some((number, cells)), Some((next, below))) = (rows.get(place), rows.get(place + 1)) {
        let down = |region: &spreadsheet::Region| region.first.0 < *number && region.last.0 + 1 > *number;
        let merged = outline
            .merged
            .iter()
            .any(|region| down(region) || groups(region, *number, widest));
        let wider = below.len() > cells.len() && !units(outline, place, full);
        if *next != number + 1 || !names(below) || !(merged || wider) {
            break;
        }
        place += 1;
    }
    place
}

/// Whether merged cells are the name of a group of columns in this row, not a title.
fn groups(region: &spreadsheet::Region, number: u32, widest: usize) -> bool {
    let columns = usize::try_from(region.last.1.saturating_sub(region.first.1)).map_or(usize::MAX, |wide| wide + 1);
    region.first.0 + 1 == number && columns > 1 && columns < widest
}

/// How many rows directly above the one that names most columns belong to the header: rows of groups, not a title.
fn above(outline: &Outline, place: usize, widest: usize) -> usize {
    let rows = &outline.top;
    let grouped = |number: u32, cells: &[Spot]| {
        cells.len() > 1 || outline.merged.iter().any(|region| groups(region, number, widest))
    };
    (1..=ABOVE.min(place))
        .take_while(|up| {
            let (number, cells) = &rows[place - up];
            *number + 1 == rows[place - up + 1].0 && names(cells) && grouped(*number, cells)
        })
        .count()
}

/// Whether the row behind the header holds units: few and short texts, where later rows hold values.
fn units(outline: &Outline, place: usize, full: &dyn Fn(&[Spot]) -> bool) -> bool {
    let rows = &outline.top;
    let Some((number, cells)) = rows.get(place + 1) else {
        return false;
    };
    let mut texts: Vec<&str> = cells.iter().map(|cell| cell.text.trim()).collect();
    let short = texts.iter().all(|text| text.chars().count() <= LONGEST_UNIT);
    texts.sort_unstable();
    texts.dedup();
    let values = rows.iter().skip(place + 2).take(BEHIND);
    *number == rows[place].0 + 1
        && full(cells)
        && cells.iter().all(|cell| cell.kind == Kind::Text)
        && short
        && cells.len() >= 3
        && texts.len() * 2 <= cells.len() + 1
        && values.into_iter().any(|(_, cells)| !names(cells))
}

/// Whether the first blank row behind the first data has only notes below it.
fn notes_below(outline: &Outline, first_row: u32, widest: usize) -> bool {
    let Some(&gap) = outline.gaps.iter().find(|row| **row > first_row) else {
        return false;
    };
    let known = || outline.top.iter().chain(&outline.end);
    let mut below = known().filter(|(number, _)| *number >= gap).peekable();
    let data = known().any(|(number, _)| (first_row..gap).contains(number));
    data && known().any(|(number, _)| *number == gap)
        && below.peek().is_some()
        && below.all(|(_, cells)| cells.len() == 1 || cells.len() * 10 < widest * 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::spreadsheet::Region;

    fn outline(rows: &[(u32, &str)]) -> Outline {
        let spots = |text: &str| {
            let cells = (0..).zip(text.split('|')).filter(|(_, cell)| !cell.is_empty());
            let cells = cells.map(|(column, cell)| Spot {
                column,
                kind: if cell.parse::<f64>().is_ok() {
                    Kind::Number
                } else {
                    Kind::Text
                },
                text: cell.to_owned(),
            });
            cells.collect()
        };
        let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
        let gap = |pair: &[u32]| (pair[1] > pair[0] + 1).then_some(pair[1]);
        Outline {
            sheet: "Blad".to_owned(),
            sheets: vec!["Blad".to_owned()],
            top: rows.iter().map(|(number, text)| (*number, spots(text))).collect(),
            gaps: numbers.windows(2).filter_map(gap).collect(),
            ..Outline::default()
        }
    }

    fn text(layout: &Spreadsheet) -> String {
        let fields = settings(layout).into_iter().map(|setting| format!("{setting:?}"));
        fields.collect()
    }

    #[test]
    fn a_title_groups_units_and_notes_are_told_from_the_table() {
        let sheet = outline(&[
            (1, "Kerncijfers per postcode"),
            (3, "|Inwoners|||Woning"),
            (4, "|Totaal|Geslacht||Totaal"),
            (5, "Postcode|Totaal|Man|Vrouw|Totaal"),
            (6, "Code|x1|x1|x1|x1"),
            (7, "1011|10|5|5|3"),
            (8, "1012|20|9|11|4"),
            (10, "Bron: CBS"),
        ]);
        let found = guess(&sheet).unwrap();
        assert_eq!((found.header, found.first_row), (Some((3, 5)), 7));
        assert_eq!((found.fill, &found.end), (HeaderFill::Right, &DataEnd::Blank));
        assert!(text(&found).contains("units_row"));
    }

    #[test]
    fn a_merged_group_is_part_of_the_header_and_a_merged_title_is_not() {
        let mut sheet = outline(&[
            (1, "Regio's"),
            (2, "Vestiging"),
            (3, "BRIN|Nummer|Naam|Regio"),
            (4, "00AB|00|De Sluis|Midden"),
        ]);
        let across = |row: u32, columns: u32| Region {
            first: (row, 0),
            last: (row, columns - 1),
        };
        sheet.merged = vec![across(0, 4), across(1, 3)];
        let found = guess(&sheet).unwrap();
        assert_eq!((found.header, found.fill), (Some((2, 3)), HeaderFill::Merged));
        assert_eq!((found.first_row, found.end), (4, DataEnd::Sheet));
        let found = guess(&outline(&[
            (1, "naam|plaats"),
            (2, "De Sluis|Assen"),
            (3, "De Brug|Ede"),
        ]))
        .unwrap();
        assert_eq!((found.header, found.first_row), (Some((1, 1)), 2));
        assert_eq!(guess(&outline(&[(1, "1|2"), (2, "3|4")])).unwrap().header, None);
        assert_eq!(guess(&outline(&[])), None);
    }
}
