//! Workbooks as offices send them: a title, a header of two rows with merged cells, the rows, a note below.
use std::fs;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::SampleError;
use super::part::Part;

/// The sheet of a workbook. Its title stands in row 1, the header in rows 2 and 3, the data from row 4 on, and the note a
/// blank row below them.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The name of the sheet.
    pub name: &'a str,
    /// The title above the table.
    pub title: &'a str,
    /// The header: each text of its first row over those of its second, merged across them. A text over a single blank one
    /// is merged downwards.
    pub header: &'a [(&'a str, &'a [&'a str])],
    /// What stands below the table; nothing when blank.
    pub note: &'a str,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Blank,
    /// A text: leading zeros stay.
    Text(String),
    /// A number.
    Number(f64),
}

/// Writes the workbook `name` into `folder`, under its name only when complete; the number of bytes.
///
/// The same sheet and rows give the same bytes.
///
/// # Errors
/// When a file of that name is there already, or it cannot be written.
pub fn write(
    folder: &Path,
    name: &str,
    sheet: &Sheet<'_>,
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Result<u64, SampleError> {
    let part = Part::new(folder, name)?;
    let bytes = workbook(sheet, rows).map_err(|error| part.failed(std::io::Error::other(error)))?;
    fs::write(part.part(), &bytes).map_err(|error| part.failed(error))?;
    part.complete()
}

fn workbook(sheet: &Sheet<'_>, rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // the clock would make other bytes of the same rows
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let page = book.add_worksheet();
    page.set_name(sheet.name)?;
    page.write(0, 0, sheet.title)?;
    header(page, sheet)?;
    let mut row = 3;
    for cells in rows {
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Blank => {}
                Cell::Text(text) => {
                    page.write(row, column, text)?;
                }
                Cell::Number(number) => {
                    page.write(row, column, number)?;
                }
            }
        }
        row += 1;
    }
    if !sheet.note.is_empty() {
        page.write(row + 1, 0, sheet.note)?;
    }
    book.save_to_buffer()
}

fn header(page: &mut Worksheet, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let middle = Format::new().set_align(FormatAlign::Center);
    let mut column = 0u16;
    for (group, names) in sheet.header {
        let width = u16::try_from(names.len()).unwrap_or(u16::MAX);
        match names {
            [""] => {
                page.merge_range(1, column, 2, column, group, &middle)?;
            }
            [name] => {
                page.write(1, column, *group)?;
                page.write(2, column, *name)?;
            }
            names => {
                page.merge_range(1, column, 1, column + width - 1, group, &middle)?;
                for (at, name) in (column..).zip(names.iter()) {
                    page.write(2, at, *name)?;
                }
            }
        }
        column += width;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_give_the_same_bytes_once() {
        let sheet = Sheet {
            name: "STO-regio's",
            title: "Regio's",
            header: &[("Vestiging", &["BRIN", "Nummer"]), ("Regio", &[""]), ("Jaar", &["van"])],
            note: "Bron: niemand",
        };
        let rows = || {
            (0..3).map(|row| {
                vec![
                    Cell::Text(format!("{row:02}AB")),
                    Cell::Blank,
                    Cell::Number(f64::from(row)),
                ]
            })
        };
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["een.xlsx", "twee.xlsx"].map(|name| {
            let bytes = write(folder.path(), name, &sheet, rows()).unwrap();
            let found = fs::read(folder.path().join(name)).unwrap();
            assert_eq!(found.len() as u64, bytes);
            found
        });
        assert_eq!(one, other);
        assert!(matches!(
            write(folder.path(), "een.xlsx", &sheet, rows()),
            Err(SampleError::Exists { .. })
        ));
    }
}
