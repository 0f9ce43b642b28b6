//! Roles, and the tables they may see.
use std::fmt;
use std::str::FromStr;

use crate::engine::Allowed;

/// What somebody may see; each sees what those before it see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Marts, and the catalog of them.
    Analyst,
    /// Also deliveries, runs, rows that were set aside without anything of a person, what is withheld, and who read what.
    Steward,
    /// Every table; keys are in none.
    Engineer,
    /// Also tokens.
    Admin,
}

/// Every role, the least first.
pub const ROLES: [Role; 4] = [Role::Analyst, Role::Steward, Role::Engineer, Role::Admin];

/// All tables of a schema.
const ALL: &[Allowed] = &[];
const OPS_OF_STEWARD: &[Allowed] = &[
    ("access", &[]),
    ("deliveries", &[]),
    ("disclosure", &[]),
    ("occurrences", &[]),
    // a row and its pseudonyms are about a person
    ("quarantine", &["keys", "row"]),
    ("runs", &[]),
];
const OPS_OF_ENGINEER: &[Allowed] = &[
    ("access", &[]),
    ("deliveries", &[]),
    ("disclosure", &[]),
    ("occurrences", &[]),
    ("quarantine", &[]),
    ("runs", &[]),
];

impl Role {
    /// What of a schema it may see: nothing, all (an empty list), or the tables listed.
    pub fn may_see(self, schema: &str) -> Option<&'static [Allowed]> {
        match (schema, self) {
            ("mart", _) | ("staging" | "core" | "ref", Role::Engineer | Role::Admin) | ("ops", Role::Admin) => {
                Some(ALL)
            }
            ("ops", Role::Steward) => Some(OPS_OF_STEWARD),
            ("ops", Role::Engineer) => Some(OPS_OF_ENGINEER),
            _ => None,
        }
    }

    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Analyst => "analyst",
            Role::Steward => "steward",
            Role::Engineer => "engineer",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No role has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role; the roles are analyst, steward, engineer and admin")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        ROLES.into_iter().find(|role| role.as_str() == text).ok_or(NoSuchRole)
    }
}
