//! The two primitives: HKDF-SHA-256 for subkeys, HMAC-SHA-256 cut to 16 bytes for pseudonyms.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::KeyError;

/// A keyed HMAC state; cloning it saves the two compressions that set up the key
#[derive(Clone)]
pub(super) struct KeyedMac(Hmac<Sha256>);

impl KeyedMac {
    pub(super) fn new(key: &[u8]) -> Result<Self, KeyError> {
        Hmac::<Sha256>::new_from_slice(key)
            .map(KeyedMac)
            .map_err(|_| KeyError::Derivation)
    }

    /// HMAC-SHA-256 of the message, its first 16 bytes (RFC 2104 truncation)
    pub(super) fn tag(&self, message: &[u8]) -> [u8; 16] {
        let mut state = self.0.clone();
        state.update(message);
        let full = state.finalize().into_bytes();
        let mut tag = [0; 16];
        tag.copy_from_slice(&full[..16]);
        tag
    }
}

/// HKDF-SHA-256 (RFC 5869), 32 bytes out
pub(super) fn derive(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(info, out.as_mut_slice())
        .map_err(|_| KeyError::Derivation)?;
    Ok(out)
}
