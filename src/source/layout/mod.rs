//! Layout texts as DUO delivers them beside its fixed-width files, and the contracts that follow from them.
//!
//! A layout is plain text for people: underlined titles, a table under the words `Startpositie  Aantal posities` with
//! braces and remarks behind the numbers, and, for large files, a description of each field.

mod contract;
mod data;
mod fields;
mod text;

#[cfg(test)]
mod tests;

pub use contract::{Imported, drafts};
pub use data::Measured;
pub use fields::Described;

use std::path::{Path, PathBuf};

/// One field of a record
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As the layout writes it
    pub title: String,
    /// First byte, from 1
    pub start: u32,
    /// Bytes
    pub width: u32,
    /// What stands behind the numbers
    pub remark: String,
    /// Line in the layout, from 1
    pub line: usize,
}

impl Field {
    /// The last byte, from 1
    pub fn end(&self) -> u32 {
        self.start + self.width - 1
    }
}

/// One table of a layout: the records of one file
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The file it describes, as `Dec_landcode.asc`; the title when it names no file
    pub file: String,
    /// Whether `file` is a file's name
    pub names_file: bool,
    /// Fields in the order of the layout
    pub fields: Vec<Field>,
    /// Explanation behind the table, a paragraph each
    pub remarks: Vec<String>,
    /// Line of the table's header, from 1
    pub line: usize,
}

impl Section {
    /// Bytes of a whole record
    pub fn length(&self) -> u32 {
        self.fields.iter().map(Field::end).max().unwrap_or(0)
    }
}

/// A layout text, read
#[derive(Debug, Clone)]
pub struct Layout {
    /// Its tables
    pub sections: Vec<Section>,
    /// Descriptions of fields, by title
    pub described: Vec<Described>,
    /// What could not be read: line, from 1, and what it is about
    pub findings: Vec<(usize, String)>,
}

/// Why a layout cannot be imported
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The system refused
    #[error("cannot read {}", path.display())]
    Io {
        /// The path
        path: PathBuf,
        /// Its reason
        source: std::io::Error,
    },
    /// Too large or binary: no layout
    #[error("{} is not a layout text: {reason}", path.display())]
    NotText {
        /// The path
        path: PathBuf,
        /// Why not
        reason: &'static str,
    },
    /// No table was found
    #[error("{} holds no table with the header `Startpositie  Aantal posities`; is it a layout text?", path.display())]
    NoTable {
        /// The path
        path: PathBuf,
    },
}

/// No layout for people is longer
const LONGEST: u64 = 16 << 20;

impl Layout {
    /// Reads a layout file: UTF-8, else windows-1252
    pub fn load(path: &Path) -> Result<Self, LayoutError> {
        let io = |source| LayoutError::Io {
            path: path.to_owned(),
            source,
        };
        let not_text = |reason| LayoutError::NotText {
            path: path.to_owned(),
            reason,
        };
        let about = std::fs::metadata(path).map_err(io)?;
        if !about.is_file() {
            return Err(not_text("it is not a regular file"));
        }
        if about.len() > LONGEST {
            return Err(not_text("it is larger than 16 MiB"));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        if bytes.contains(&0) {
            return Err(not_text("it holds NUL bytes"));
        }
        let layout = Self::parse(
            &text::decoded(&bytes),
            &path.file_stem().unwrap_or_default().to_string_lossy(),
        );
        if layout.sections.is_empty() {
            return Err(LayoutError::NoTable { path: path.to_owned() });
        }
        Ok(layout)
    }

    /// Reads a layout's text; `stem` names a table that names no file itself
    pub fn parse(text: &str, stem: &str) -> Self {
        text::parse(text, stem)
    }
}
