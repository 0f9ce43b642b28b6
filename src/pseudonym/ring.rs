//! The key ring: every key version, oldest first, one of them active.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::error::KeyError;
use super::file::Hold;
use super::mac::derive;
use super::source::KeySource;
use super::{file, harden, ring_text};

/// 32 bytes from the operating system
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct RootSecret(Box<[u8; 32]>);

impl RootSecret {
    pub(super) fn random() -> Result<Self, KeyError> {
        let mut secret = RootSecret(Box::new([0; 32]));
        getrandom::fill(secret.0.as_mut_slice()).map_err(|e| KeyError::Random { reason: e.to_string() })?;
        Ok(secret)
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let mut secret = RootSecret(Box::new([0; 32]));
        let pairs = text.as_bytes().chunks_exact(2);
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in secret.0.iter_mut().zip(pairs) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(secret)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// First 8 bytes of a derived value, in hex: tells keys apart and says nothing about them
    fn fingerprint(&self) -> Result<String, KeyError> {
        let derived = derive(self.bytes(), b"", &[b"sluis/fingerprint/v1"])?;
        Ok(derived[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Where a key version stands
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// Earlier in the chain; still needed to compute it
    Retired,
    /// The newest version that pseudonyms are made with
    Active,
    /// A rotation to it was begun and not finished
    Pending,
}

impl KeyStatus {
    /// The word in the ring's text
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyStatus::Retired => "retired",
            KeyStatus::Active => "active",
            KeyStatus::Pending => "pending",
        }
    }
}

/// What may be shown of a key version
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// Counted from 1
    pub version: u32,
    /// Where it stands
    pub status: KeyStatus,
    /// When it was made
    pub created_at: DateTime<Utc>,
    /// 16 hex digits that tell keys apart
    pub fingerprint: String,
}

pub(super) struct Entry {
    pub(super) version: u32,
    pub(super) status: KeyStatus,
    pub(super) created_at: DateTime<Utc>,
    pub(super) root: RootSecret,
}

/// Every key version, oldest first. Cannot be printed.
pub struct KeyRing {
    entries: Vec<Entry>,
    origin: String,
    /// Locked as long as the ring lives: shared to make pseudonyms, alone to rotate
    held: Option<File>,
}

impl KeyRing {
    /// Reads the ring the settings point at. There is no default key: no ring is an error. As long as the ring lives, no
    /// other process can begin a rotation.
    pub fn load(source: &KeySource) -> Result<Self, KeyError> {
        Self::read(source, Hold::Shared)
    }

    /// Reads the ring to show what may be shown of it, even while it is being rotated
    pub fn peek(source: &KeySource) -> Result<Self, KeyError> {
        Self::read(source, Hold::No)
    }

    fn read(source: &KeySource, hold: Hold) -> Result<Self, KeyError> {
        harden::no_core_dumps();
        let (text, file) = source.read(hold)?;
        Ok(KeyRing {
            held: file,
            ..Self::parse(&text, &source.to_string())?
        })
    }

    /// Makes a ring with one new key; never replaces one that is there
    pub fn init(path: &Path, now: DateTime<Utc>) -> Result<Self, KeyError> {
        harden::no_core_dumps();
        let entry = Entry {
            version: 1,
            status: KeyStatus::Active,
            created_at: now,
            root: RootSecret::random()?,
        };
        let ring = KeyRing {
            entries: vec![entry],
            origin: format!("file:{}", path.display()),
            held: None,
        };
        Ok(KeyRing {
            held: Some(file::create(path, &ring.text())?),
            ..ring
        })
    }

    /// Adds a pending key version, or goes on with the one a broken-off rotation left; the ring on disk has it
    /// before any table is rewritten. As long as the ring lives, no other process can make pseudonyms.
    pub fn begin_rotation(source: &KeySource, now: DateTime<Utc>) -> Result<Self, KeyError> {
        let path = source.path().ok_or_else(|| KeyError::ReadOnly {
            origin: source.to_string(),
        })?;
        let mut ring = Self::read(source, Hold::Alone)?;
        if ring.pending().is_none() {
            let version = ring.active() + 1;
            let root = RootSecret::random()?;
            ring.entries.push(Entry {
                version,
                status: KeyStatus::Pending,
                created_at: now,
                root,
            });
            ring.held = Some(file::replace(path, &ring.text(), Hold::Alone)?);
        }
        Ok(ring)
    }

    /// Makes the pending version the active one; call when no table holds the version before it
    pub fn finish_rotation(mut self, source: &KeySource) -> Result<Self, KeyError> {
        let path = source.path().ok_or_else(|| KeyError::ReadOnly {
            origin: source.to_string(),
        })?;
        if self.pending().is_none() {
            return Err(KeyError::NoRotation);
        }
        for entry in &mut self.entries {
            entry.status = match entry.status {
                KeyStatus::Pending => KeyStatus::Active,
                KeyStatus::Active | KeyStatus::Retired => KeyStatus::Retired,
            };
        }
        self.held = Some(file::replace(path, &self.text(), Hold::Shared)?);
        Ok(self)
    }

    /// What may be shown: versions, status, age, fingerprints
    pub fn versions(&self) -> Result<Vec<KeyVersion>, KeyError> {
        let shown = |entry: &Entry| {
            Ok(KeyVersion {
                version: entry.version,
                status: entry.status,
                created_at: entry.created_at,
                fingerprint: entry.root.fingerprint()?,
            })
        };
        self.entries.iter().map(shown).collect()
    }

    /// The active key version
    pub fn active(&self) -> u32 {
        let active = self.entries.iter().find(|entry| entry.status == KeyStatus::Active);
        active.map_or(0, |entry| entry.version)
    }

    /// The version an unfinished rotation goes to
    pub fn pending(&self) -> Option<u32> {
        self.entries
            .iter()
            .find(|entry| entry.status == KeyStatus::Pending)
            .map(|entry| entry.version)
    }

    /// Where the ring came from
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn parse(text: &str, origin: &str) -> Result<Self, KeyError> {
        let entries = ring_text::parse(text, origin)?;
        let ring = KeyRing {
            entries,
            origin: origin.to_owned(),
            held: None,
        };
        match ring.broken_rule() {
            None => Ok(ring),
            Some(reason) => Err(KeyError::Invalid {
                origin: origin.to_owned(),
                reason,
            }),
        }
    }

    fn text(&self) -> Zeroizing<String> {
        // room for everything up front: growing would leave copies of the keys behind
        let mut text = Zeroizing::new(String::with_capacity(512 + 256 * self.entries.len()));
        text.push_str(ring_text::HEADER);
        for entry in &self.entries {
            let created = entry.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            text.push_str("\n[[keys]]\nversion = ");
            text.push_str(&entry.version.to_string());
            text.push_str("\nstatus = \"");
            text.push_str(entry.status.as_str());
            text.push_str("\"\ncreated_at = \"");
            text.push_str(&created);
            text.push_str("\"\nroot = \"");
            for byte in entry.root.bytes() {
                for half in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
                }
            }
            text.push_str("\"\n");
        }
        text
    }

    fn broken_rule(&self) -> Option<String> {
        let last = self.entries.len().checked_sub(1);
        let Some(last) = last else {
            return Some("it holds no key".to_owned());
        };
        let active = self
            .entries
            .iter()
            .filter(|entry| entry.status == KeyStatus::Active)
            .count();
        if active != 1 {
            return Some(format!("{active} keys are active, it must be one"));
        }
        let active_at = self.entries.iter().position(|entry| entry.status == KeyStatus::Active);
        for (at, entry) in self.entries.iter().enumerate() {
            let version = entry.version;
            if usize::try_from(version).ok() != Some(at + 1) {
                return Some(format!(
                    "key {} has version {version}; versions count from 1, oldest first",
                    at + 1
                ));
            }
            let fits = match entry.status {
                KeyStatus::Retired => Some(at) < active_at,
                KeyStatus::Active => true,
                KeyStatus::Pending => at == last,
            };
            if !fits {
                return Some(format!(
                    "key version {version} cannot be {} at its place",
                    entry.status.as_str()
                ));
            }
            if entry.root.bytes().iter().all(|byte| *byte == entry.root.bytes()[0]) {
                return Some(format!("the root of key version {version} is not random"));
            }
            if self.entries[..at]
                .iter()
                .any(|other| other.root.bytes() == entry.root.bytes())
            {
                return Some(format!("key version {version} repeats an older key"));
            }
        }
        None
    }
}
