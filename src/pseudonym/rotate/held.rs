//! Which tables hold pseudonyms, and of which key versions.
use std::collections::BTreeSet;

use super::RotateError;
use super::columns::TableColumns;
use crate::lake::{Lake, TableName};
use crate::pseudonym::IdType;

/// A column of pseudonyms as it is published
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Its table
    pub table: TableName,
    /// Its name
    pub column: String,
    /// Of which identifier; `None` when it does not say
    pub id: Option<IdType>,
    /// In which domain
    pub domain: Option<String>,
    /// Key versions in its files; more than one after a rotation that was broken off
    pub versions: BTreeSet<u32>,
}

/// Every column of the lake's newest versions that holds pseudonyms
///
/// # Errors
/// When a table or one of its files cannot be read
pub fn held(lake: &Lake) -> Result<Vec<Held>, RotateError> {
    let mut held = Vec::new();
    for table in lake.tables()? {
        let Some((manifest, _lease)) = lake.pin(&table)? else {
            continue;
        };
        let found = TableColumns::of(lake, &manifest)?;
        for column in &found.marked {
            let versions = found
                .files
                .iter()
                .filter_map(|file| file.get(&column.name).copied())
                .collect();
            let (id, domain) = (Some(column.id), Some(column.domain.clone()));
            held.push(Held {
                table: table.clone(),
                column: column.name.clone(),
                id,
                domain,
                versions,
            });
        }
        for column in found.unmarked {
            let versions = BTreeSet::new();
            held.push(Held {
                table: table.clone(),
                column,
                id: None,
                domain: None,
                versions,
            });
        }
    }
    Ok(held)
}
