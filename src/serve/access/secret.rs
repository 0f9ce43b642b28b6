//! API tokens as people hold them: `sluis_` and 52 characters of which nothing can be guessed.
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How every token begins, so that scanners for leaked secrets can know one.
const PREFIX: &str = "sluis_";
/// Lower-case letters and digits that cannot be taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new token: 256 bits of the operating system's randomness.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new() -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(bytes.as_mut())?;
    let mut token = Zeroizing::new(String::with_capacity(PREFIX.len() + 52));
    token.push_str(PREFIX);
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in bytes.iter() {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            token.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    token.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    Ok(token)
}

/// What is stored of a token. It is too random to be searched for, so one plain hash is enough.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.trim().as_bytes()).into()
}

/// Whether it is shaped like a token of ours, and not like one of an identity provider.
pub fn is_one(token: &str) -> bool {
    token.trim().starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_long() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_ne!(*one, *other);
        assert_eq!(one.len(), PREFIX.len() + 52);
        assert!(is_one(&one) && one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        assert_eq!(hash(&one), hash(&format!(" {}\n", *one)));
        assert_ne!(hash(&one), hash(&other));
    }
}
