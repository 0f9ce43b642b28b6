//! Code lists: the CSV files of `config/reference`, small and trusted.
//!
//! `<name>.csv` is the code list `<name>` of contracts and the SQL table `ref.<name>`: UTF-8, comma or semicolon, a header
//! line with the column names. Lines that begin with `#` are comments. Names are in lower case, as SQL has them, and
//! blanks around a cell do not count.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::diagnostic::Problem;

/// A code list that cannot be used.
#[derive(Debug, Error)]
#[error("{}: {fault}", path.display())]
pub struct CodeListError {
    /// The file, or the folder that cannot be listed.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub fault: CodeListFault,
}

/// What is wrong with a code list, and what to do.
#[derive(Debug, Error)]
pub enum CodeListFault {
    /// It cannot be read at all.
    #[error("cannot be read: {0}; check that it is there and may be read")]
    Read(#[from] io::Error),
    /// Not UTF-8 from this byte on.
    #[error("is not UTF-8 at byte {0}; save the code list as UTF-8")]
    Encoding(usize),
    /// A column without a name, or with the name of another.
    #[error("the header has an empty or repeated column name ({0:?}); name each column")]
    Header(String),
    /// A line that does not have a field for each column.
    #[error("line {line} has {fields} fields, and the header {columns}; give each line as many")]
    Ragged {
        /// The line, from 1.
        line: u64,
        /// Its fields.
        fields: u64,
        /// The columns of the header.
        columns: u64,
    },
    /// Anything else that is not CSV.
    #[error("is not CSV: {0}; write it as comma separated text with a header line")]
    Csv(csv::Error),
}

impl From<csv::Error> for CodeListFault {
    fn from(error: csv::Error) -> Self {
        match error.kind() {
            csv::ErrorKind::UnequalLengths {
                pos: Some(place),
                expected_len,
                len,
            } => Self::Ragged {
                line: place.line(),
                fields: *len,
                columns: *expected_len,
            },
            _ => Self::Csv(error),
        }
    }
}

impl CodeListError {
    /// Whether the list `name` cannot be used because of it: its file is wrong, or no list can be found at all.
    pub fn is_about(&self, name: &str) -> bool {
        name_of(&self.path) == name || self.path.extension().is_none()
    }

    /// As a problem of the file.
    pub fn problem(&self) -> Problem {
        Problem::error(&self.path, "code-list", self.fault.to_string())
    }
}

/// One code list: a table of text.
#[derive(Debug, Clone)]
pub struct CodeList {
    /// The file's stem: the list is the SQL table `ref.<name>`.
    pub name: String,
    /// Column names, in order.
    pub columns: Vec<String>,
    /// Rows of as many values as there are columns.
    pub rows: Vec<Vec<String>>,
    /// BLAKE3 of the file, part of the fingerprint of whatever uses the list.
    pub digest: String,
}

impl CodeList {
    /// Reads the code list at `path`.
    ///
    /// # Errors
    /// When it is not a rectangular table of UTF-8 with a name for each column.
    pub fn read(path: &Path) -> Result<Self, CodeListError> {
        Self::parse(path).map_err(|fault| CodeListError {
            path: path.to_owned(),
            fault,
        })
    }

    fn parse(path: &Path) -> Result<Self, CodeListFault> {
        let bytes = std::fs::read(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| CodeListFault::Encoding(error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let headers = reader.headers()?.iter();
        let columns: Vec<String> = headers.map(|name| name.trim().to_lowercase()).collect();
        let mut seen = BTreeSet::new();
        if let Some(name) = columns.iter().find(|name| name.is_empty() || !seen.insert(*name)) {
            return Err(CodeListFault::Header(name.clone()));
        }
        let cells = |record: csv::StringRecord| record.iter().map(|cell| cell.trim().to_owned()).collect();
        let rows = reader.records().map(|record| Ok(cells(record?)));
        Ok(Self {
            name: name_of(path),
            rows: rows.collect::<Result<_, csv::Error>>()?,
            columns,
            digest: blake3::hash(&bytes).to_hex().to_string(),
        })
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// From the values of one column to their first row.
    pub fn index(&self, column: usize) -> HashMap<Vec<u8>, u32> {
        let mut index = HashMap::with_capacity(self.rows.len());
        for (number, row) in (0u32..).zip(&self.rows) {
            index.entry(row[column].clone().into_bytes()).or_insert(number);
        }
        index
    }
}

/// The sign that the header has between its columns.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    match header.contains(';') && !header.contains(',') {
        true => b';',
        false => b',',
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The code lists in a folder by name, unread; an absent folder holds none.
///
/// # Errors
/// When the folder cannot be listed.
pub fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, CodeListError> {
    let fail = |error: io::Error| CodeListError {
        path: folder.to_owned(),
        fault: error.into(),
    };
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|ending| ending == "csv") {
            files.insert(name_of(&path), path);
        }
    }
    Ok(files)
}

/// All code lists of a project, by name.
#[derive(Debug, Clone, Default)]
pub struct CodeLists {
    lists: BTreeMap<String, Arc<CodeList>>,
}

impl CodeLists {
    /// Reads every `*.csv` of a folder; an absent folder holds no lists.
    ///
    /// # Errors
    /// The first list that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, CodeListError> {
        let (lists, errors) = Self::read(folder);
        errors.into_iter().next().map_or(Ok(lists), Err)
    }

    /// Reads what can be read of a folder, and says what is wrong with the rest.
    pub fn read(folder: &Path) -> (Self, Vec<CodeListError>) {
        let files = match files(folder) {
            Ok(files) => files,
            Err(error) => return (Self::default(), vec![error]),
        };
        let (mut lists, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, path) in files {
            match CodeList::read(&path) {
                Ok(list) => drop(lists.insert(name, Arc::new(list))),
                Err(error) => errors.push(error),
            }
        }
        (Self { lists }, errors)
    }

    /// The list of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<CodeList>> {
        self.lists.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// The lists, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<CodeList>> {
        self.lists.values()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_code_list_that_cannot_be_read_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fout.csv");
        for (text, said) in [
            (&b"code,naam\n\xe9,x\n"[..], "not UTF-8 at byte 10"),
            (b"code,Code\n", "repeated column name"),
            (b"code,naam\na,b,c\n", "line 2 has 3 fields, and the header 2"),
        ] {
            fs::write(&path, text).unwrap();
            let error = CodeList::read(&path).unwrap_err().to_string();
            assert!(error.contains("fout.csv") && error.contains(said), "{error}");
        }
    }

    #[test]
    fn comments_blanks_and_either_sign_are_read_and_one_bad_list_leaves_the_others() {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in [
            (
                "A.csv",
                "\u{feff}# codes, made by hand\nCode;Naam\n01; een \n# two was taken out\n03;\n",
            ),
            ("fout.csv", "code\na,b\n"),
        ] {
            fs::write(dir.path().join(file), text).unwrap();
        }
        let (lists, errors) = CodeLists::read(dir.path());
        let list = lists.get("a").unwrap();
        assert_eq!(list.columns, ["code", "naam"]);
        assert_eq!(list.rows, [["01", "een"], ["03", ""]]);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].problem().to_string().contains("fout.csv"));
    }
}
