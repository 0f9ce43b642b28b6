//! Making SPSS files: for sample deliveries, and for tests of the reader.
//!
//! ```ignore
//! use sluis::source::spss::write::{Column, Layout, Value, date};
//!
//! let mut layout = Layout::new("Pupils");
//! layout.column(Column::text("RINPERSOON", 9));
//! layout.column(Column::number("geslacht", 1, 0).label("Sex").value(1, "man").value(2, "vrouw").missing(9));
//! layout.column(Column::date("geboren"));
//! layout.column(Column::number("gewicht", 8, 4));
//! layout.weight("gewicht");
//! let mut file = layout.start(std::io::Cursor::new(Vec::new())).unwrap();
//! file.case(&["000000012".into(), 2.into(), date(2007, 3, 1).into(), 1.25.into()]).unwrap();
//! file.case(&["000000024".into(), Value::Missing, Value::Missing, 0.75.into()]).unwrap();
//! let bytes = file.finish().unwrap().into_inner();
//! assert!(bytes.starts_with(b"$FL2"));
//! ```
//!
//! Texts are UTF-8. A text column is as wide as it is declared, in bytes; a longer value is an error, as is a number for a
//! text.

mod column;
mod data;
mod dictionary;

use std::io::{self, Error, Seek, SeekFrom, Write};

pub use column::{Column, Value, date};
use data::Pack;

pub use super::header::Packing;
use super::input::Order;

/// What a file is to hold.
#[derive(Debug, Clone)]
pub struct Layout {
    title: String,
    columns: Vec<Column>,
    weight: Option<String>,
    packing: Packing,
    order: Order,
}

impl Layout {
    /// No columns yet; packed by bytecode.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            columns: Vec::new(),
            weight: None,
            packing: Packing::Bytecode,
            order: Order::Little,
        }
    }

    /// Adds a column.
    pub fn column(&mut self, column: Column) -> &mut Self {
        self.columns.push(column);
        self
    }

    /// Names the column that says how much each case weighs.
    pub fn weight(&mut self, name: &str) -> &mut Self {
        self.weight = Some(name.to_owned());
        self
    }

    /// How cases are packed.
    pub fn packing(&mut self, packing: Packing) -> &mut Self {
        self.packing = packing;
        self
    }

    /// The order of the bytes in a number.
    pub fn order(&mut self, order: Order) -> &mut Self {
        self.order = order;
        self
    }

    /// Writes everything before the cases.
    ///
    /// # Errors
    /// When a column cannot be written that way, or the file cannot be written.
    pub fn start<W: Write + Seek>(&self, mut out: W) -> io::Result<File<W>> {
        let dictionary = dictionary::bytes(self)?;
        out.write_all(&dictionary)?;
        Ok(File {
            pack: Pack::new(self.packing, self.order, dictionary.len() as u64),
            layout: self.clone(),
            cases: 0,
            out,
        })
    }
}

/// A file that takes cases.
pub struct File<W> {
    layout: Layout,
    pack: Pack,
    cases: u32,
    out: W,
}

impl<W: Write + Seek> File<W> {
    /// Writes a case: a value for each column.
    ///
    /// # Errors
    /// When values do not fit their columns, or the file cannot be written.
    pub fn case(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        if values.len() != self.layout.columns.len() {
            let (given, wanted) = (values.len(), self.layout.columns.len());
            return Err(invalid(format!("a case of {given} values for {wanted} columns")));
        }
        for (column, value) in self.layout.columns.iter().zip(values) {
            column.elements(value, self.layout.order, &mut |element, text| {
                self.pack.add(element, text)
            })?;
        }
        self.cases = self.cases.checked_add(1).ok_or_else(|| invalid("too many cases"))?;
        self.pack.drain(&mut self.out)
    }

    /// Writes the end, and the number of cases into the header.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.pack.finish(&mut self.out)?;
        self.out.seek(SeekFrom::Start(dictionary::CASES))?;
        let cases = i32::try_from(self.cases).unwrap_or(-1);
        self.out.write_all(&data::whole(self.layout.order, cases))?;
        self.out.seek(SeekFrom::End(0))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn invalid(what: impl Into<String>) -> Error {
    Error::new(io::ErrorKind::InvalidInput, what.into())
}
