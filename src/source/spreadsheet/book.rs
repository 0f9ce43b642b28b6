//! A workbook of any of the three kinds: its sheets, their merged cells and their rows.
use std::fs::File;
use std::io::{BufReader, Seek};
use std::ops::ControlFlow;

use calamine::{Data, DataRef, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use super::container::Container;
use super::header::Region;
use super::ods;
use super::value::Value;
use crate::contract::sheet::{MOST_COLUMNS, MOST_ROWS, SheetChoice};
use crate::pseudonym::unlike_a_key;

/// Sheets that a message names at most.
const NAMED: usize = 20;

/// A row of a sheet: its number from 1, and what stands in its columns, which count from 0 and come in order.
#[derive(Debug, Default)]
pub struct Row {
    /// The number.
    pub number: u32,
    /// Cells that are not blank.
    pub cells: Vec<(u32, Value)>,
}

/// An open workbook.
pub enum Book {
    /// Office Open XML, read row by row.
    Xlsx(Box<Xlsx<BufReader<File>>>),
    /// OpenDocument, held as a whole; and the file, for what the reader leaves out.
    Ods(Box<Ods<BufReader<File>>>, File),
    /// Excel 97 to 2003, held as a whole.
    Xls(Box<Xls<BufReader<File>>>),
}

impl Book {
    /// Opens a file that [was found](super::container::check) to be of a kind.
    ///
    /// # Errors
    /// A sentence without any value of the file.
    pub fn open(mut file: File, kind: Container) -> Result<Self, String> {
        file.rewind().map_err(|error| error.to_string())?;
        let reader = || file.try_clone().map(BufReader::new).map_err(|error| error.to_string());
        let book = match kind {
            Container::Xlsx => Self::Xlsx(Box::new(Xlsx::new(reader()?).map_err(xlsx)?)),
            Container::Xls => Self::Xls(Box::new(Xls::new(reader()?).map_err(xls)?)),
            Container::Ods => {
                let book = Ods::new(reader()?).map_err(ods_error)?;
                Self::Ods(Box::new(book), file)
            }
        };
        let macros = |sheet: &calamine::Sheet| matches!(sheet.typ, SheetType::MacroSheet | SheetType::Vba);
        if book.sheets().iter().any(macros) {
            return Err("it holds macros; ask for a workbook without them".to_owned());
        }
        Ok(book)
    }

    fn sheets(&self) -> &[calamine::Sheet] {
        match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Ods(book, _) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
        }
    }

    /// The names of the visible sheets that hold cells.
    pub fn visible(&self) -> Vec<String> {
        let table =
            |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
        self.sheets()
            .iter()
            .filter(table)
            .map(|sheet| sheet.name.clone())
            .collect()
    }

    /// The name of the sheet that is meant.
    ///
    /// # Errors
    /// The sheets there are.
    pub fn choose(&self, choice: &SheetChoice) -> Result<String, String> {
        let tables = self.sheets().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let names: Vec<String> = tables.map(|sheet| sheet.name.clone()).collect();
        let visible = self.visible();
        let folded = |name: &str| crate::contract::header::fold(name);
        match choice {
            SheetChoice::Only => match &visible[..] {
                [only] => Ok(only.clone()),
                [] => Err(format!("no sheet of it is visible; its sheets are {}", listed(&names))),
                _ => Err(format!(
                    "it has {} sheets and the contract does not say which (format.sheet): {}",
                    visible.len(),
                    listed(&visible)
                )),
            },
            SheetChoice::Name(wanted) => {
                let exact = names.iter().find(|name| *name == wanted);
                let like = || names.iter().find(|name| folded(name) == folded(wanted));
                exact.or_else(like).cloned().ok_or_else(|| {
                    let wanted = crate::diagnostic::printable(wanted);
                    format!("it has no sheet `{wanted}`; its sheets are {}", listed(&names))
                })
            }
            SheetChoice::Number(number) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX) - 1;
                let name = names.get(place).cloned();
                name.ok_or_else(|| format!("it has no sheet {number}; its sheets are {}", listed(&names)))
            }
        }
    }

    /// The cells of a sheet that are merged, of which the first stands in these rows (from 0).
    ///
    /// # Errors
    /// When the sheet cannot be read.
    pub fn merged(&mut self, sheet: &str, rows: std::ops::RangeInclusive<u32>) -> Result<Vec<Region>, String> {
        let mut regions: Vec<Region> = match self {
            Self::Ods(book, file) => {
                let place = book.sheets_metadata().iter().position(|one| one.name == sheet);
                ods::merged(file, place.unwrap_or(usize::MAX), *rows.end())?
            }
            Self::Xlsx(book) => regions(book.merge_cells_by_sheet_name(sheet).map_err(xlsx)?),
            Self::Xls(book) => regions(book.merge_cells_by_sheet_name(sheet).map_err(xls)?),
        };
        regions.retain(|region| rows.contains(&region.first.0));
        Ok(regions)
    }

    /// Goes through the rows of a sheet, from top to bottom, until told to stop; rows without any cell are left out.
    ///
    /// # Errors
    /// When the sheet cannot be read, or what `visit` says.
    pub fn rows(
        &mut self,
        sheet: &str,
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, String>,
    ) -> Result<(), String> {
        match self {
            Self::Xlsx(book) => streamed(book, sheet, visit),
            Self::Ods(book, _) => held(&book.worksheet_range(sheet).map_err(ods_error)?, visit),
            Self::Xls(book) => held(&book.worksheet_range(sheet).map_err(xls)?, visit),
        }
    }
}

/// Reads the cells of a sheet as they come.
fn streamed(
    book: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, String>,
) -> Result<(), String> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(xlsx)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(xlsx)? {
        let (at, column) = cell.pos;
        let number = at.saturating_add(1);
        if number > MOST_ROWS || column >= MOST_COLUMNS {
            return Err("a cell of it stands outside of any sheet".to_owned());
        }
        if number < row.number {
            return Err(format!("row {number} stands behind row {}", row.number));
        }
        if number > row.number {
            let done = std::mem::replace(
                &mut row,
                Row {
                    number,
                    cells: Vec::new(),
                },
            );
            if !done.cells.is_empty() && visit(in_order(done)?)?.is_break() {
                return Ok(());
            }
        }
        let value = match cell.value {
            // what a formula comes to was not saved with it
            DataRef::Empty if cell.formula.is_some() => Value::Error("formula without a result".to_owned()),
            value => Value::from(value),
        };
        if !value.is_blank() {
            row.cells.push((column, value));
        }
    }
    if row.cells.is_empty() {
        return Ok(());
    }
    visit(in_order(row)?).map(|_| ())
}

/// The cells of a row by column.
fn in_order(mut row: Row) -> Result<Row, String> {
    row.cells.sort_by_key(|(column, _)| *column);
    if row.cells.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("a cell of row {} stands twice", row.number));
    }
    Ok(row)
}

/// Goes through a sheet that is in memory.
fn held(range: &Range<Data>, visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, String>) -> Result<(), String> {
    let Some((first_row, first_column)) = range.start() else {
        return Ok(());
    };
    for (number, cells) in (first_row.saturating_add(1)..).zip(range.rows()) {
        let cells = (first_column..).zip(cells.iter().map(Value::from));
        let cells: Vec<_> = cells.filter(|(_, value)| !value.is_blank()).collect();
        if !cells.is_empty() && visit(Row { number, cells })?.is_break() {
            break;
        }
    }
    Ok(())
}

fn regions(found: Vec<calamine::Dimensions>) -> Vec<Region> {
    let region = |area: calamine::Dimensions| Region {
        first: area.start,
        last: area.end,
    };
    found.into_iter().map(region).collect()
}

fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(NAMED)
        .map(|name| format!("`{}`", crate::diagnostic::printable(unlike_a_key(name))));
    let more = names.len().saturating_sub(NAMED);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.collect::<Vec<_>>().join(", ") + &tail
}

// What the readers say may hold values of the file: only the kind of trouble is told.

const ENCRYPTED: &str = "it is encrypted; ask for a workbook without a password";

fn xlsx(error: XlsxError) -> String {
    match error {
        XlsxError::Password => ENCRYPTED,
        XlsxError::FileNotFound(_) | XlsxError::WorksheetNotFound(_) => "a part of the workbook is missing",
        XlsxError::NotAWorksheet(_) => "the sheet holds no cells",
        XlsxError::CellError(_) => "a cell holds an error that is not known",
        _ => "a part of the workbook cannot be read",
    }
    .to_owned()
}

fn ods_error(error: OdsError) -> String {
    match error {
        OdsError::Password => ENCRYPTED,
        OdsError::FileNotFound(_) => "a part of the workbook is missing",
        OdsError::CellLimitExceeded { .. } => "a sheet has more cells than can be held",
        _ => "a part of the workbook cannot be read",
    }
    .to_owned()
}

fn xls(error: XlsError) -> String {
    match error {
        XlsError::Password => ENCRYPTED,
        _ => "the workbook cannot be read",
    }
    .to_owned()
}
