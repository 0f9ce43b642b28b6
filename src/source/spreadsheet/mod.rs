//! Spreadsheets: XLSX, XLS and ODS.
//!
//! [`lines`] gives the table in a sheet as delimited text, line for line the rows of the sheet; ingest goes on with it as
//! with any other text, but for the marks that [`line::restore`] undoes. A child process does the reading: [`container`]
//! looks at the file before anything of it is unpacked, [`book`] opens it, [`table`] finds the table.

mod book;
mod compound;
mod container;
mod header;
pub mod line;
mod markup;
mod ods;
mod outline;
mod process;
mod table;
mod value;

pub use container::Limits;
pub use header::Region;
pub use outline::{Kind, Outline, Spot};
pub use process::{CHILD, child, lines, outline};

/// Whether a file of this name is a spreadsheet.
pub fn is_named(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".xlsx", ".xlsm", ".xls", ".ods"]
        .iter()
        .any(|ending| lower.ends_with(ending))
}
