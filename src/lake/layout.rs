//! Where everything of a table is.

use super::{LakeError, Result, TableName};
use std::path::{Path, PathBuf};

/// What every unfinished thing starts with: nobody reads it, and without a holder it may go
pub(crate) const UNFINISHED: &str = ".tmp-";

/// The places of a table
#[derive(Debug, Clone)]
pub(crate) struct TableDir {
    /// Folder of the schema
    pub(crate) schema: PathBuf,
    /// Folder of the table
    pub(crate) dir: PathBuf,
    pub(crate) name: TableName,
}

impl TableDir {
    pub(crate) fn new(root: &Path, name: &TableName) -> Self {
        let schema = root.join(&name.schema);
        Self {
            dir: schema.join(&name.table),
            schema,
            name: name.clone(),
        }
    }

    pub(crate) fn manifests(&self) -> PathBuf {
        self.dir.join("_manifests")
    }

    pub(crate) fn manifest(&self, version: u64) -> PathBuf {
        self.manifests().join(format!("{version:020}.json"))
    }

    pub(crate) fn confirmation(&self, version: u64) -> PathBuf {
        self.manifests().join(format!("{version:020}.confirmed"))
    }

    /// Where recovery puts a manifest that cannot be relied on
    pub(crate) fn broken(&self, version: u64) -> PathBuf {
        self.manifests().join(format!("{version:020}.broken"))
    }

    /// What a manifest is called once its table was taken back
    pub(crate) fn withdrawn(&self, version: u64) -> PathBuf {
        self.manifests().join(format!("{version:020}.withdrawn"))
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.dir.join("v")
    }

    pub(crate) fn version_dir(&self, version: u64) -> PathBuf {
        self.dir.join(version_path(version))
    }

    pub(crate) fn latest(&self) -> PathBuf {
        self.dir.join("latest.json")
    }

    pub(crate) fn current(&self) -> PathBuf {
        self.dir.join("current")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join(".publish.lock")
    }

    pub(crate) fn single_file(&self) -> PathBuf {
        self.schema.join(format!("{}.parquet", self.name.table))
    }

    /// Beside the single file, so that it can be renamed over it
    pub(crate) fn unfinished_single_file(&self, id: &str) -> PathBuf {
        self.schema
            .join(format!("{UNFINISHED}{id}-{}.parquet", self.name.table))
    }

    /// Whether a file in the schema's folder is an unfinished single file of this table
    pub(crate) fn is_unfinished_single_file(&self, file: &str) -> bool {
        let rest = file.strip_prefix(UNFINISHED).and_then(|rest| rest.split_once('-'));
        rest.is_some_and(|(_, rest)| rest.strip_suffix(".parquet") == Some(&self.name.table))
    }
}

/// Folder of a version, relative to the table
pub(crate) fn version_path(version: u64) -> String {
    format!("v/{version:08}")
}

/// The version in `00000012` or `00000000000000000012.json`
pub(crate) fn version_of(name: &str, suffix: &str) -> Option<u64> {
    let digits = name.strip_suffix(suffix)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

/// A path below the table's folder, as manifests hold it
pub(crate) fn relative(dir: &Path, path: &Path) -> Result<String> {
    let rest = path.strip_prefix(dir).ok().and_then(Path::to_str);
    rest.map(str::to_owned)
        .ok_or_else(|| LakeError::data(path, "its name is not below the table's folder"))
}
