//! What is withheld of each mart, as its newest manifest says.
use chrono::{DateTime, Utc};

use crate::lake::{Lake, LakeError};

/// What is withheld of a mart. Marts without a rule, made of data that is not about persons, have no numbers.
pub(super) struct Withheld {
    pub mart: String,
    pub version: u64,
    pub published_at: DateTime<Utc>,
    /// Columns that count, each with the fewest that it may show.
    pub minimum: Option<String>,
    /// Rows: each is a cell.
    pub cells: Option<u64>,
    /// Rows in which something is withheld.
    pub withheld: Option<u64>,
    /// The rule, as JSON.
    pub rule: Option<String>,
}

/// Every published mart.
pub(super) fn withheld(lake: &Lake) -> Result<Vec<Withheld>, LakeError> {
    let mut all = Vec::new();
    for name in lake.tables()?.into_iter().filter(|name| name.schema == "mart") {
        let Some(manifest) = lake.current(&name)? else {
            continue;
        };
        let property = |key: &str| manifest.properties.get(key).cloned();
        let number = |key: &str| property(key)?.parse().ok();
        all.push(Withheld {
            mart: name.table.clone(),
            version: manifest.version,
            published_at: manifest.created_at,
            minimum: property("disclosure.minimum"),
            cells: number("disclosure.cells"),
            withheld: number("disclosure.withheld"),
            rule: property("disclosure.rule"),
        });
    }
    Ok(all)
}
