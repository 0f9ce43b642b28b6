//! Names of tables.

use super::{LakeError, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A table in the lake: `schema.table`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName {
    /// `staging`, `core`, `mart` or `ops`
    pub schema: String,
    /// Name within the schema
    pub table: String,
}

impl TableName {
    /// A name from its two parts
    ///
    /// # Errors
    /// [`LakeError::Name`] unless both parts are lower snake case
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Result<Self> {
        let name = Self {
            schema: schema.into(),
            table: table.into(),
        };
        name.check()?;
        Ok(name)
    }

    /// Both parts become folder names, so nothing else is let through
    pub(crate) fn check(&self) -> Result<()> {
        if is_part(&self.schema) && is_part(&self.table) {
            return Ok(());
        }
        Err(LakeError::Name { name: self.to_string() })
    }
}

fn is_part(part: &str) -> bool {
    part.len() <= 100
        && part.starts_with(|c: char| c.is_ascii_lowercase())
        && part
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl FromStr for TableName {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self> {
        let (schema, table) = text
            .split_once('.')
            .ok_or_else(|| LakeError::Name { name: text.to_owned() })?;
        Self::new(schema, table)
    }
}

impl TryFrom<String> for TableName {
    type Error = LakeError;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.to_string()
    }
}
