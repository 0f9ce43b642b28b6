//! Which register a key comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of a key; each kind has its own subkey, so equal digits of two kinds give unlike pseudonyms
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdType {
    /// Burgerservicenummer: nine digits, eleven-test with remainder 0
    Bsn,
    /// Onderwijsnummer: nine digits, eleven-test with remainder 5 (a setting)
    Onderwijsnummer,
    /// CBS's person number, only meaningful together with its register
    Rin,
    /// CBS's number of an organisation (baaneenheid): no person, but with what is known of its jobs as good as one
    Beid,
}

impl IdType {
    /// Every kind
    pub const ALL: [IdType; 4] = [IdType::Bsn, IdType::Onderwijsnummer, IdType::Rin, IdType::Beid];

    /// The name in contracts, metadata and key derivation; never changes
    pub const fn as_str(self) -> &'static str {
        match self {
            IdType::Bsn => "bsn",
            IdType::Onderwijsnummer => "onderwijsnummer",
            IdType::Rin => "rin",
            IdType::Beid => "beid",
        }
    }
}

impl fmt::Display for IdType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no id type
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of person key; write `bsn`, `onderwijsnummer`, `rin` or `beid`")]
pub struct UnknownIdType;

impl FromStr for IdType {
    type Err = UnknownIdType;

    fn from_str(word: &str) -> Result<Self, UnknownIdType> {
        IdType::ALL
            .into_iter()
            .find(|id| id.as_str() == word)
            .ok_or(UnknownIdType)
    }
}
