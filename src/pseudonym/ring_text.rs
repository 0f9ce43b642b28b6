//! The key ring as text (TOML).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::error::KeyError;
use super::ring::{Entry, KeyStatus, RootSecret};

/// What a ring's file begins with
pub(super) const HEADER: &str = "\
# Key ring of sluis. With this file every pseudonym can be traced to its person, and without it no new delivery fits
# the old ones: keep it readable for the owner only (0600), and keep a copy away from the lake.
format = 1
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    format: u32,
    #[serde(default)]
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    version: u32,
    status: Status,
    created_at: DateTime<Utc>,
    root: Root,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Retired,
    Active,
    Pending,
}

/// Decoded straight from the text, so that no copy of the hex digits is left behind
struct Root(RootSecret);

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Root;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Root, E> {
                RootSecret::from_hex(text)
                    .map(Root)
                    .ok_or_else(|| E::custom("not 64 hexadecimal digits"))
            }
        }
        from.deserialize_str(Hex)
    }
}

/// The keys in the order of the text. The parser's message is dropped: it quotes the line, and the line may be a key.
pub(super) fn parse(text: &str, origin: &str) -> Result<Vec<Entry>, KeyError> {
    let ring: Ring = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.bytes().filter(|byte| *byte == b'\n').count() + 1);
        KeyError::Syntax {
            origin: origin.to_owned(),
            line,
        }
    })?;
    if ring.format != 1 {
        let reason = format!("format {} is not known to this version of sluis", ring.format);
        return Err(KeyError::Invalid {
            origin: origin.to_owned(),
            reason,
        });
    }
    let entry = |key: Key| Entry {
        version: key.version,
        status: match key.status {
            Status::Retired => KeyStatus::Retired,
            Status::Active => KeyStatus::Active,
            Status::Pending => KeyStatus::Pending,
        },
        created_at: key.created_at,
        root: key.root.0,
    };
    Ok(ring.keys.into_iter().map(entry).collect())
}
