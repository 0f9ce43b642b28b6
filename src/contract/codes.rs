//! Code lists: the CSV files of `config/reference`, small and trusted.
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// Why a code list cannot be used.
#[derive(Debug, Error)]
pub enum CodeListError {
    /// The file cannot be read or is not rectangular CSV.
    #[error("code list {}: {source}; it must be UTF-8, comma separated, with a header line", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the CSV reader says.
        source: csv::Error,
    },
    /// The folder cannot be listed.
    #[error("cannot list the code lists in {}: {source}", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
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
    fn read(path: &Path) -> Result<Self, CodeListError> {
        let fail = |source| CodeListError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::read(path).map_err(|source| fail(csv::Error::from(source)))?;
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(bytes.as_slice());
        let columns = reader
            .headers()
            .map_err(fail)?
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        let rows = reader
            .records()
            .map(|record| record.map(|record| record.iter().map(|field| field.trim().to_owned()).collect()))
            .collect::<Result<_, _>>()
            .map_err(fail)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            name,
            columns,
            rows,
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

/// All code lists of a project, by name.
#[derive(Debug, Clone, Default)]
pub struct CodeLists {
    lists: BTreeMap<String, Arc<CodeList>>,
}

impl CodeLists {
    /// Reads every `*.csv` of a folder; an absent folder holds no lists.
    ///
    /// # Errors
    /// When the folder cannot be listed or a file is not readable CSV.
    pub fn load(folder: &Path) -> Result<Self, CodeListError> {
        let fail = |source| CodeListError::List {
            path: folder.to_owned(),
            source,
        };
        let mut lists = BTreeMap::new();
        if !folder.is_dir() {
            return Ok(Self { lists });
        }
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.extension().is_some_and(|ending| ending == "csv") {
                let list = CodeList::read(&path)?;
                lists.insert(list.name.clone(), Arc::new(list));
            }
        }
        Ok(Self { lists })
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
