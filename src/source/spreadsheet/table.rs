//! The table in a sheet, written as lines of text.
use std::io::Write;
use std::ops::ControlFlow;

use super::book::{Book, Row};
use super::header::{Header, Region};
use super::line;
use super::value::Value;
use crate::contract::header::fold;
use crate::contract::sheet::{DataEnd, Spreadsheet};

/// Writes the table of a workbook: the names of its columns on the line that is the last row of the header, each row of
/// the data on the line of its number, and the other lines empty.
///
/// Without a header the table has `width` columns.
///
/// # Errors
/// When the workbook cannot be read, the table is not where it should be, or the lines cannot be written.
pub fn write(book: &mut Book, layout: &Spreadsheet, width: u32, out: &mut impl Write) -> Result<(), String> {
    let sheet = book.choose(&layout.sheet)?;
    let regions = match layout.header {
        Some((first, last)) if last > first => book.merged(&sheet, first - 1..=last - 1)?,
        _ => Vec::new(),
    };
    let mut writer = Writer::new(layout, regions, width, out);
    book.rows(&sheet, &mut |row| writer.row(row))?;
    writer.end()
}

/// Columns of a table, from 0; the last one belongs to it.
#[derive(Debug, Clone, Copy)]
struct Columns {
    first: u32,
    last: u32,
}

struct Writer<'a, W> {
    layout: &'a Spreadsheet,
    regions: Vec<Region>,
    header: Header,
    columns: Option<Columns>,
    /// The line the next byte goes to.
    line: u32,
    /// The last row of the data that was written.
    last: u32,
    /// The beginning of the row behind the data, folded, until it is found.
    marker: Option<String>,
    buffer: Vec<u8>,
    out: W,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(layout: &'a Spreadsheet, regions: Vec<Region>, width: u32, out: W) -> Self {
        let first = layout.first_column.unwrap_or(0);
        let columns = Columns {
            first,
            last: layout.last_column.unwrap_or(first + width.max(1) - 1),
        };
        Self {
            layout,
            regions,
            header: Header::default(),
            columns: layout.header.is_none().then_some(columns),
            line: 1,
            last: 0,
            marker: match &layout.end {
                DataEnd::Text(text) => Some(fold(text)),
                _ => None,
            },
            buffer: Vec::new(),
            out,
        }
    }

    fn row(&mut self, row: Row) -> Result<ControlFlow<()>, String> {
        let layout = self.layout;
        if let Some((first, last)) = layout.header.filter(|(_, last)| row.number <= *last) {
            if (first..=last).contains(&row.number) {
                for (column, value) in row.cells.iter().filter(|(column, _)| layout.may_have(*column)) {
                    self.header.add(row.number - 1, *column, value);
                }
            }
            return Ok(ControlFlow::Continue(()));
        }
        let columns = self.columns()?;
        if row.number < self.layout.first_row {
            return Ok(ControlFlow::Continue(()));
        }
        if self.behind_data(&row, columns) {
            return Ok(ControlFlow::Break(()));
        }
        self.data(&row, columns)?;
        Ok(ControlFlow::Continue(()))
    }

    /// The columns of the table; their names are written when they are first asked for.
    fn columns(&mut self) -> Result<Columns, String> {
        if let Some(columns) = self.columns {
            return Ok(columns);
        }
        let (first, last) = self.layout.header.unwrap_or((1, 1));
        self.header.fill(&self.regions, self.layout.fill);
        let extent = self.header.extent();
        let Some((from, to)) = extent else {
            let rows = if first == last {
                format!("row {last}")
            } else {
                format!("rows {first} to {last}")
            };
            return Err(format!("no header stands in {rows} of the sheet"));
        };
        let columns = Columns {
            first: self.layout.first_column.unwrap_or(from),
            last: self.layout.last_column.unwrap_or(to),
        };
        self.buffer.clear();
        for column in columns.first..=columns.last {
            if column > columns.first {
                self.buffer.push(Spreadsheet::DELIMITER);
            }
            let name = self.header.name(column, &self.layout.separator);
            line::push(&mut self.buffer, &Value::Text(name));
        }
        self.columns = Some(columns);
        self.flush(last)?;
        Ok(columns)
    }

    /// Whether a row stands behind the data.
    fn behind_data(&mut self, row: &Row, columns: Columns) -> bool {
        match &self.layout.end {
            DataEnd::Sheet => false,
            DataEnd::Row(last) => row.number > *last,
            DataEnd::Blank => {
                let written = |(column, _): &(u32, Value)| (columns.first..=columns.last).contains(column);
                self.last > 0 && (row.number > self.last + 1 || !row.cells.iter().any(written))
            }
            DataEnd::Text(_) => {
                let mut cells = row.cells.iter().filter(|(column, _)| self.layout.may_have(*column));
                let first = cells.next().map(|(_, value)| fold(value.shown()));
                let found = self
                    .marker
                    .as_ref()
                    .zip(first)
                    .is_some_and(|(marker, first)| first.starts_with(marker));
                if found {
                    self.marker = None;
                }
                found
            }
        }
    }

    /// Writes a row of the data. Cells beside the table make the row one of too many fields: they are not lost silently.
    fn data(&mut self, row: &Row, columns: Columns) -> Result<(), String> {
        let (layout, mut column, mut beside) = (self.layout, columns.first, false);
        self.buffer.clear();
        for (at, value) in row.cells.iter().filter(|(column, _)| layout.may_have(*column)) {
            if !(columns.first..=columns.last).contains(at) {
                beside = true;
                continue;
            }
            (column..*at).for_each(|_| self.buffer.push(Spreadsheet::DELIMITER));
            column = *at;
            line::push(&mut self.buffer, value);
        }
        if self.buffer.is_empty() && !beside {
            return Ok(());
        }
        let missing = columns.last - column + u32::from(beside);
        (0..missing).for_each(|_| self.buffer.push(Spreadsheet::DELIMITER));
        self.last = row.number;
        self.flush(row.number)
    }

    /// Puts what is in the buffer on this line.
    fn flush(&mut self, number: u32) -> Result<(), String> {
        let failed = |_| "nobody reads the lines".to_owned();
        for _ in self.line..number {
            self.out.write_all(b"\n").map_err(failed)?;
        }
        self.buffer.push(b'\n');
        self.out.write_all(&self.buffer).map_err(failed)?;
        self.line = number + 1;
        Ok(())
    }

    fn end(mut self) -> Result<(), String> {
        self.columns()?;
        if let (Some(_), DataEnd::Text(text)) = (&self.marker, &self.layout.end) {
            let text = crate::diagnostic::printable(text);
            return Err(format!("no row behind the data begins with `{text}` (format.until)"));
        }
        self.out.flush().map_err(|_| "nobody reads the lines".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[(u32, &str)]) -> Vec<Row> {
        let cells = |text: &str| {
            let cells = (0..).zip(text.split('|'));
            let cells = cells.filter(|(_, cell)| !cell.is_empty());
            cells
                .map(|(column, cell)| (column, Value::Text(cell.to_owned())))
                .collect()
        };
        rows.iter()
            .map(|&(number, text)| Row {
                number,
                cells: cells(text),
            })
            .collect()
    }

    fn lines(layout: &Spreadsheet, rows: &[(u32, &str)]) -> Result<String, String> {
        let mut out = Vec::new();
        let mut writer = Writer::new(layout, Vec::new(), 2, &mut out);
        for row in sheet(rows) {
            if writer.row(row)?.is_break() {
                break;
            }
        }
        writer.end()?;
        Ok(String::from_utf8(out).unwrap().replace('\u{1f}', ";"))
    }

    const ROWS: [(u32, &str); 6] = [
        (1, "Title"),
        (3, "|A|B"),
        (4, "|x1|%"),
        (5, "|1|2"),
        (7, "|3"),
        (9, "Bron: CBS"),
    ];

    fn layout(end: DataEnd) -> Spreadsheet {
        Spreadsheet {
            header: Some((3, 3)),
            first_row: 5,
            end,
            ..Spreadsheet::default()
        }
    }

    #[test]
    fn lines_are_rows_and_what_is_beside_the_table_is_told() {
        // the note below stands beside the table: a row with a field too many
        assert_eq!(
            lines(&layout(DataEnd::Sheet), &ROWS).unwrap(),
            "\n\nA;B\n\n1;2\n\n3;\n\n;;\n"
        );
        assert_eq!(
            lines(&layout(DataEnd::Row(7)), &ROWS).unwrap(),
            "\n\nA;B\n\n1;2\n\n3;\n"
        );
        assert_eq!(lines(&layout(DataEnd::Blank), &ROWS).unwrap(), "\n\nA;B\n\n1;2\n");
        let text = |text: &str| layout(DataEnd::Text(text.to_owned()));
        assert_eq!(lines(&text("bron:"), &ROWS).unwrap(), "\n\nA;B\n\n1;2\n\n3;\n");
        assert!(lines(&text("Noot"), &ROWS).unwrap_err().contains("`Noot`"));
        let given = Spreadsheet {
            first_column: Some(1),
            last_column: Some(1),
            ..layout(DataEnd::Sheet)
        };
        assert_eq!(lines(&given, &ROWS).unwrap(), "\n\nA\n\n1\n\n3\n");
    }

    #[test]
    fn a_table_without_a_header_has_as_many_columns_as_it_should() {
        let layout = Spreadsheet {
            header: None,
            first_row: 1,
            ..Spreadsheet::default()
        };
        assert_eq!(
            lines(&layout, &[(1, "a|b"), (2, "c"), (4, "d|e|f")]).unwrap(),
            "a;b\nc;\n\nd;e;\n"
        );
    }

    #[test]
    fn a_header_that_is_not_there_is_told() {
        let error = lines(&layout(DataEnd::Sheet), &[(1, "Title"), (5, "1|2")]).unwrap_err();
        assert_eq!(error, "no header stands in row 3 of the sheet");
        assert!(lines(&layout(DataEnd::Sheet), &[]).is_err());
    }
}
