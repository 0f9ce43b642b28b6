//! Results as a table for people: bounded in rows and width, whatever the query gives.
use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::diagnostic::printable;

/// Columns of a terminal that one value may take
const WIDEST: usize = 80;

/// A table that holds the first rows and counts the others.
pub struct Table {
    names: Vec<String>,
    numbers: Vec<bool>,
    rows: Vec<Vec<String>>,
    /// Rows it may hold.
    most: usize,
    null: &'static str,
    all: u64,
    cut: bool,
    /// Whether each value has a line of its own.
    pub upright: bool,
}

impl Table {
    /// An empty table that shows at most `most` rows, and nulls as `null`.
    pub fn new(schema: &SchemaRef, most: usize, null: &'static str) -> Self {
        let fields = schema.fields().iter();
        Self {
            names: fields
                .clone()
                .map(|field| printable(field.name()).into_owned())
                .collect(),
            numbers: fields.map(|field| is_number(field.data_type())).collect(),
            rows: Vec::new(),
            most,
            null,
            all: 0,
            cut: false,
            upright: false,
        }
    }

    /// Takes the rows of a batch, as far as there is room.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.all += batch.num_rows() as u64;
        let room = batch.num_rows().min(self.most - self.rows.len());
        if room == 0 {
            return Ok(());
        }
        let options = FormatOptions::default().with_null(self.null);
        let columns = batch.columns().iter();
        let columns = columns.map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for row in 0..room {
            let cells = columns.iter().map(|column| column.value(row).try_to_string());
            let cells = cells.map(|cell| cell.map(|text| self.shown(&text)));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            self.rows.push(cells);
        }
        Ok(())
    }

    fn shown(&mut self, text: &str) -> String {
        // no more of a huge value than can be shown
        let head = text
            .char_indices()
            .nth(WIDEST * 4)
            .map_or(text, |(end, _)| &text[..end]);
        let whole = head.len() == text.len();
        let text = printable(head);
        if whole && text.width() <= WIDEST {
            return text.into_owned();
        }
        self.cut = true;
        let mut width = 0;
        let fits = text.chars().take_while(|c| {
            width += c.width().unwrap_or(0);
            width < WIDEST
        });
        fits.chain(['…']).collect()
    }

    /// Writes the table, and how many rows there were.
    pub fn finish(self, to: &mut impl Write) -> io::Result<u64> {
        if self.upright {
            self.write_records(to)?;
        } else {
            self.write_rows(to)?;
        }
        let shown = self.rows.len() as u64;
        match self.all {
            1 => writeln!(to, "(1 row)")?,
            all if all == shown => writeln!(to, "({all} rows)")?,
            all => writeln!(
                to,
                "({all} rows, of which the first {shown} are shown and {} left out; --rows shows more, --format csv all)",
                all - shown
            )?,
        }
        if self.cut {
            writeln!(
                to,
                "(values wider than {WIDEST} characters end in …; --format csv shows them whole)"
            )?;
        }
        Ok(self.all)
    }

    fn write_rows(&self, to: &mut impl Write) -> io::Result<()> {
        let widths = self.names.iter().enumerate().map(|(column, name)| {
            let cells = self.rows.iter().map(|row| row[column].width());
            cells.fold(name.width(), usize::max)
        });
        let widths: Vec<usize> = widths.collect();
        if !widths.is_empty() {
            let header = self.names.iter().zip(&widths);
            let header: Vec<String> = header.map(|(name, width)| pad(name, *width, false)).collect();
            writeln!(to, " {}", header.join(" | ").trim_end())?;
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            writeln!(to, "{}", lines.join("+"))?;
        }
        for row in &self.rows {
            let cells = row.iter().zip(&widths).zip(&self.numbers);
            let cells: Vec<String> = cells
                .map(|((cell, width), number)| pad(cell, *width, *number))
                .collect();
            writeln!(to, " {}", cells.join(" | ").trim_end())?;
        }
        Ok(())
    }

    fn write_records(&self, to: &mut impl Write) -> io::Result<()> {
        let width = self.names.iter().map(|name| name.width()).fold(0, usize::max);
        for (number, row) in self.rows.iter().enumerate() {
            let title = format!("-[ {} ]", number + 1);
            writeln!(to, "{title:-<0$}", width + 3)?;
            for (name, cell) in self.names.iter().zip(row) {
                writeln!(to, "{} | {cell}", pad(name, width, false))?;
            }
        }
        Ok(())
    }
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let room = " ".repeat(width.saturating_sub(text.width()));
    if right { room + text } else { text.to_owned() + &room }
}

fn is_number(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_number(value),
        kind => kind.is_numeric(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, Int32Array, StringArray};

    use super::*;

    fn text_of(batch: &RecordBatch, most: usize) -> String {
        let mut table = Table::new(&batch.schema(), most, "NULL");
        table.write(batch).unwrap();
        table.write(batch).unwrap();
        let mut out = Vec::new();
        table.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn aligned_escaped_and_cut() {
        let long = "lang ".repeat(40);
        let names = StringArray::from(vec![Some("Curaçao 日本"), None, Some("\u{1b}[31mrood\n"), Some(&long)]);
        let counts = Int32Array::from(vec![1, -12_345, 0, 7]);
        let hours = Decimal128Array::from(vec![Some(1250), None, Some(5), Some(-1)])
            .with_precision_and_scale(8, 2)
            .unwrap();
        let columns = [
            ("aantal", Arc::new(counts) as ArrayRef),
            ("uren", Arc::new(hours) as ArrayRef),
            ("naam", Arc::new(names) as ArrayRef),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap();
        insta::assert_snapshot!(text_of(&batch, 5));
    }

    #[test]
    fn one_value_a_line() {
        let names = StringArray::from(vec![Some("Ede"), None]);
        let counts = Int32Array::from(vec![1, 20]);
        let columns = [
            ("plaats", Arc::new(names) as ArrayRef),
            ("leerlingen", Arc::new(counts) as ArrayRef),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap();
        let mut table = Table::new(&batch.schema(), 5, "NULL");
        table.upright = true;
        table.write(&batch).unwrap();
        let mut out = Vec::new();
        table.finish(&mut out).unwrap();
        let lines = [
            "-[ 1 ]-------",
            "plaats     | Ede",
            "leerlingen | 1",
            "-[ 2 ]-------",
            "plaats     | NULL",
        ];
        assert!(String::from_utf8(out).unwrap().starts_with(&lines.join("\n")));
    }

    #[test]
    fn no_rows_and_no_columns() {
        let empty = RecordBatch::try_from_iter([("a", Arc::new(Int32Array::from(vec![0; 0])) as ArrayRef)]).unwrap();
        assert_eq!(text_of(&empty, 5), " a\n---\n(0 rows)\n");
    }
}
