//! Pseudonyms for people and for exchange: `p1.k03.<26 characters><check>`.

use std::fmt;

use super::SCHEME;

/// Crockford's Base32 in lower case, and the five signs only a check character may be
const SIGNS: &[u8; 37] = b"0123456789abcdefghjkmnpqrstvwxyz*~$=u";

/// The 16 bytes that stand for a person in one domain
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub [u8; 16]);

/// Why a text is not a pseudonym
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Not `p1.k<version>.<27 characters>`
    #[error("not a pseudonym: it looks like p1.k01. and 27 characters")]
    Form,
    /// A scheme of another version of sluis
    #[error("a pseudonym of a scheme this version does not know")]
    Scheme,
    /// A character was mistyped or swapped
    #[error("the check character does not fit: a character was mistyped")]
    Check,
}

impl Pseudonym {
    /// The text form: scheme, key version, the 128-bit number in Base32 (26 characters) and its remainder modulo 37
    pub fn text(&self, key_version: u32) -> String {
        use fmt::Write as _;
        let number = u128::from_be_bytes(self.0);
        let mut text = String::with_capacity(SCHEME.len() + 36);
        text.push_str(SCHEME);
        let _ = write!(text, ".k{key_version:02}.");
        for place in (0..26).rev() {
            text.push(sign((number >> (5 * place)) & 31));
        }
        text.push(sign(number % 37));
        text
    }

    /// From the text form, in either case, with `i l` read as 1 and `o` as 0; gives the key version too
    pub fn parse(text: &str) -> Result<(Pseudonym, u32), TextFault> {
        let (scheme, rest) = text.split_once('.').ok_or(TextFault::Form)?;
        let (key, body) = rest.split_once('.').ok_or(TextFault::Form)?;
        let version = key.strip_prefix(['k', 'K']).ok_or(TextFault::Form)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(TextFault::Scheme);
        }
        if version.len() < 2 || !version.bytes().all(|byte| byte.is_ascii_digit()) || body.len() != 27 {
            return Err(TextFault::Form);
        }
        let version = version.parse().map_err(|_| TextFault::Form)?;
        let mut number = 0u128;
        for (at, byte) in body.bytes().take(26).enumerate() {
            let value = value(byte).filter(|value| *value < 32).ok_or(TextFault::Form)?;
            // 26 characters are 130 bits: the first holds three
            if at == 0 && value > 7 {
                return Err(TextFault::Form);
            }
            number = (number << 5) | value;
        }
        let check = body.bytes().last().and_then(value).ok_or(TextFault::Form)?;
        if number % 37 != check {
            return Err(TextFault::Check);
        }
        Ok((Pseudonym(number.to_be_bytes()), version))
    }
}

fn sign(value: u128) -> char {
    usize::try_from(value)
        .ok()
        .and_then(|at| SIGNS.get(at))
        .map_or('?', |sign| char::from(*sign))
}

fn value(byte: u8) -> Option<u128> {
    let byte = match byte.to_ascii_lowercase() {
        b'i' | b'l' => b'1',
        b'o' => b'0',
        other => other,
    };
    SIGNS
        .iter()
        .position(|sign| *sign == byte)
        .and_then(|at| u128::try_from(at).ok())
}
