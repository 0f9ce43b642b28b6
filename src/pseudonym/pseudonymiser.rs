//! From a person key to its pseudonym, and from a pseudonym to its successor.

use super::IdType;
use super::canonical::RawKey;
use super::error::KeyError;
use super::mac::{KeyedMac, derive};
use super::ring::{KeyRing, RootSecret};

const INFO: &[u8] = b"sluis/pseudonym/v1";

/// Makes the pseudonyms of one id type in one domain. Cheap to clone, safe to share between threads.
#[derive(Clone)]
pub struct Pseudonymiser {
    first: KeyedMac,
    rotations: Vec<KeyedMac>,
    version: u32,
    id: IdType,
}

impl Pseudonymiser {
    /// From every key up to the active one. Fails while a rotation is unfinished: tables would hold two versions.
    pub fn new(ring: &KeyRing, id: IdType, domain: &str) -> Result<Self, KeyError> {
        if let Some(pending) = ring.pending() {
            return Err(KeyError::RotationPending { version: pending });
        }
        let mut chain = Vec::with_capacity(ring.entries().len());
        for entry in ring.entries() {
            chain.push(subkey(&entry.root, id, domain)?);
        }
        let mut chain = chain.into_iter();
        let first = chain.next().ok_or(KeyError::Derivation)?;
        Ok(Pseudonymiser {
            first,
            rotations: chain.collect(),
            version: ring.active(),
            id,
        })
    }

    /// The pseudonym of a key. No allocation.
    #[inline]
    pub fn of(&self, key: &RawKey) -> [u8; 16] {
        let mut tag = self.first.tag(key.bytes());
        for rotation in &self.rotations {
            tag = rotation.tag(&tag);
        }
        tag
    }

    /// The newest key version in the chain
    pub fn version(&self) -> u32 {
        self.version
    }

    /// How many nested MACs a pseudonym goes through
    pub fn chain(&self) -> usize {
        1 + self.rotations.len()
    }

    /// The id type it was made for
    pub fn id_type(&self) -> IdType {
        self.id
    }
}

/// Takes pseudonyms of an older key version to the pending one
#[derive(Clone)]
pub struct Rotator {
    steps: Vec<KeyedMac>,
    from: u32,
    to: u32,
}

impl Rotator {
    /// From the active key version to the pending one
    pub fn new(ring: &KeyRing, id: IdType, domain: &str) -> Result<Self, KeyError> {
        Self::from_version(ring, id, domain, ring.active())
    }

    /// From any older key version to the pending one: a rollback can bring old pseudonyms back
    pub fn from_version(ring: &KeyRing, id: IdType, domain: &str, from: u32) -> Result<Self, KeyError> {
        let to = ring.pending().ok_or(KeyError::NoRotation)?;
        let later = ring.entries().iter().filter(|entry| entry.version > from);
        let steps = later
            .map(|entry| subkey(&entry.root, id, domain))
            .collect::<Result<_, _>>()?;
        Ok(Rotator { steps, from, to })
    }

    /// The successor of a pseudonym
    #[inline]
    pub fn next(&self, old: &[u8; 16]) -> [u8; 16] {
        self.steps.iter().fold(*old, |tag, step| step.tag(&tag))
    }

    /// The version it takes pseudonyms from
    pub fn from(&self) -> u32 {
        self.from
    }

    /// The version it takes pseudonyms to
    pub fn to(&self) -> u32 {
        self.to
    }
}

fn subkey(root: &RootSecret, id: IdType, domain: &str) -> Result<KeyedMac, KeyError> {
    let named = (1..=64).contains(&domain.len())
        && domain
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if !named {
        return Err(KeyError::Domain);
    }
    let info: [&[u8]; 5] = [INFO, &[0], id.as_str().as_bytes(), &[0], domain.as_bytes()];
    KeyedMac::new(derive(root.bytes(), b"", &info)?.as_slice())
}
