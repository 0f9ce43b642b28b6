//! The one form of a person key that is hashed.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::IdType;
use super::eleven::{ELEVEN_BSN, ELEVEN_ONDERWIJSNUMMER, passes_eleven};

/// Longest canonical form: that of a BEID; a RIN is a register, a separator and nine characters
const LONGEST: usize = 20;

/// A person key in canonical form. It cannot be printed, copied or compared by value outside this module's hash.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RawKey {
    bytes: [u8; LONGEST],
    length: u8,
}

impl RawKey {
    fn new(parts: &[&[u8]]) -> Option<Self> {
        let mut key = RawKey {
            bytes: [0; LONGEST],
            length: 0,
        };
        let mut at = 0;
        for part in parts {
            key.bytes.get_mut(at..at + part.len())?.copy_from_slice(part);
            at += part.len();
        }
        key.length = u8::try_from(at).ok()?;
        Some(key)
    }

    /// The bytes that are hashed
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// A check value under a secret that lives as long as one delivery's ingest: equal for equal keys, and of no use
    /// to anyone without the secret.
    pub fn check_value(&self, secret: &std::hash::RandomState) -> u64 {
        use std::hash::BuildHasher;
        secret.hash_one(self.bytes())
    }

    /// Whether two keys are of the same person, so that a run of equal keys is hashed once
    pub fn same(&self, other: &RawKey) -> bool {
        self.bytes() == other.bytes()
    }
}

/// Which damage of spreadsheets a contract lets us undo
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repairs {
    /// Eight digits are a number whose leading zero was eaten
    pub leading_zero: bool,
    /// `123456782.0` (or with a comma) is a number that was read as a decimal
    pub trailing_decimal: bool,
}

/// What makes a field a valid person key
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Repairs the contract allows
    pub repairs: Repairs,
    /// Remainder of the eleven-test of an onderwijsnummer (setting `keys.onderwijsnummer_remainder`)
    pub onderwijsnummer_remainder: u8,
    /// The only register a RIN may come from; `None` takes any
    pub register: Option<u8>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            repairs: Repairs::default(),
            onderwijsnummer_remainder: ELEVEN_ONDERWIJSNUMMER,
            register: Some(b'R'),
        }
    }
}

impl From<Repairs> for Rules {
    fn from(repairs: Repairs) -> Self {
        Rules {
            repairs,
            ..Rules::default()
        }
    }
}

/// What was repaired in a key, to be counted and reported
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repair {
    /// A leading zero was put back
    LeadingZero,
    /// A trailing `.0` was taken off
    TrailingDecimal,
    /// Both
    LeadingZeroAndTrailingDecimal,
}

impl Repair {
    /// The name in reports
    pub const fn as_str(self) -> &'static str {
        match self {
            Repair::LeadingZero => "leading_zero",
            Repair::TrailingDecimal => "trailing_decimal",
            Repair::LeadingZeroAndTrailingDecimal => "leading_zero+trailing_decimal",
        }
    }
}

/// The rule a field breaks; never says the field
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum KeyFault {
    /// Nothing but blanks
    #[error("the person key is blank")]
    Blank,
    /// Something else than digits, or a decimal number the contract does not allow to repair
    #[error("the person key is not made of digits")]
    NotDigits,
    /// Not the number of characters of its kind
    #[error("the person key does not have nine characters")]
    Length,
    /// The weighted sum is wrong
    #[error("the person key fails its eleven-test")]
    ElevenTest,
    /// 000000000
    #[error("the person key is all zeros")]
    Zeros,
    /// A BEID that is longer than any, or has other signs than ASCII letters and digits
    #[error("the key is not one to twenty letters and digits")]
    NotAlphanumeric,
    /// The register of a RIN is blank, not one character, or not the one that identifies persons
    #[error("the person key is not from the register that identifies persons")]
    Register,
}

impl KeyFault {
    /// The rule's name in quarantine
    pub const fn rule(self) -> &'static str {
        match self {
            KeyFault::Blank => "key_blank",
            KeyFault::NotDigits => "key_not_digits",
            KeyFault::Length => "key_length",
            KeyFault::ElevenTest => "key_eleven_test",
            KeyFault::Zeros => "key_zeros",
            KeyFault::NotAlphanumeric => "key_not_alphanumeric",
            KeyFault::Register => "key_register",
        }
    }
}

/// The canonical form of a field (UTF-8).
///
/// - A BSN or an onderwijsnummer: nine ASCII digits that pass the eleven-test. Blanks and no-break spaces around it and
///   `.`, `-` and blanks in it are dropped.
/// - A BEID: the field without blanks around it, 1 to 20 ASCII letters and digits. Zeros and case count.
/// - A RIN needs its register and is refused here, see [`canonical_rin`].
pub fn canonical(id: IdType, field: &[u8], rules: impl Into<Rules>) -> Result<(RawKey, Option<Repair>), KeyFault> {
    let rules = rules.into();
    let remainder = match id {
        IdType::Bsn => ELEVEN_BSN,
        IdType::Onderwijsnummer => rules.onderwijsnummer_remainder,
        IdType::Rin => return Err(KeyFault::Register),
        IdType::Beid => return canonical_beid(field).map(|key| (key, None)),
    };
    let field = trim(field);
    if field.is_empty() {
        return Err(KeyFault::Blank);
    }
    let (field, decimal) = match whole_part(field) {
        Some(whole) if rules.repairs.trailing_decimal => (whole, true),
        // dropping the dot of `11122233.0` would make nine digits of another person
        Some(_) => return Err(KeyFault::NotDigits),
        None => (field, false),
    };

    let mut digits = [0u8; 9];
    let mut count = 0usize;
    let mut rest = field;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match byte {
            b'0'..=b'9' => {
                if let Some(place) = digits.get_mut(count) {
                    *place = byte;
                }
                count += 1;
                tail
            }
            b'.' | b'-' | b' ' | b'\t' => tail,
            0xC2 if tail.first() == Some(&0xA0) => &tail[1..],
            _ => {
                digits.zeroize();
                return Err(KeyFault::NotDigits);
            }
        };
    }
    let padded = count == 8 && rules.repairs.leading_zero;
    if padded {
        digits.copy_within(0..8, 1);
        digits[0] = b'0';
    }
    let checked = match count {
        0 => Err(KeyFault::NotDigits),
        8 if padded => Ok(()),
        9 => Ok(()),
        _ => Err(KeyFault::Length),
    }
    .and_then(|()| {
        if digits == [b'0'; 9] {
            Err(KeyFault::Zeros)
        } else {
            Ok(())
        }
    })
    .and_then(|()| {
        if passes_eleven(&digits, remainder) {
            Ok(())
        } else {
            Err(KeyFault::ElevenTest)
        }
    })
    .and_then(|()| RawKey::new(&[&digits]).ok_or(KeyFault::Length));
    digits.zeroize();
    let repair = match (padded, decimal) {
        (true, true) => Some(Repair::LeadingZeroAndTrailingDecimal),
        (true, false) => Some(Repair::LeadingZero),
        (false, true) => Some(Repair::TrailingDecimal),
        (false, false) => None,
    };
    checked.map(|key| (key, repair))
}

/// The canonical form of CBS's pair (RINPERSOONS, RINPERSOON), both as text: the register, one character, and nine
/// letters or digits whose zeros count. There is no test.
pub fn canonical_rin(register: &[u8], number: &[u8], rules: impl Into<Rules>) -> Result<RawKey, KeyFault> {
    let rules = rules.into();
    let number = trim(number);
    if number.is_empty() {
        return Err(KeyFault::Blank);
    }
    let register = match trim(register) {
        [one] if one.is_ascii_alphanumeric() && rules.register.is_none_or(|only| only == *one) => *one,
        _ => return Err(KeyFault::Register),
    };
    if !number.iter().all(u8::is_ascii_alphanumeric) {
        return Err(KeyFault::NotDigits);
    }
    if number.len() != 9 {
        return Err(KeyFault::Length);
    }
    if number == [b'0'; 9] {
        return Err(KeyFault::Zeros);
    }
    RawKey::new(&[&[register, 0], number]).ok_or(KeyFault::Length)
}

/// Whether a RIN's register is a register, but not the one that identifies persons.
pub fn of_other_register(register: &[u8], rules: Rules) -> bool {
    match trim(register) {
        [one] => one.is_ascii_alphanumeric() && rules.register.is_some_and(|only| only != *one),
        _ => false,
    }
}

/// The canonical form of a BEID: nothing in it is known to be without meaning.
fn canonical_beid(field: &[u8]) -> Result<RawKey, KeyFault> {
    let field = trim(field);
    if field.is_empty() {
        return Err(KeyFault::Blank);
    }
    if !field.iter().all(u8::is_ascii_alphanumeric) {
        return Err(KeyFault::NotAlphanumeric);
    }
    RawKey::new(&[field]).ok_or(KeyFault::NotAlphanumeric)
}

/// Without blanks, tabs and no-break spaces at both ends
fn trim(mut field: &[u8]) -> &[u8] {
    loop {
        field = match field {
            [b' ' | b'\t', rest @ ..] | [0xC2, 0xA0, rest @ ..] => rest,
            [rest @ .., b' ' | b'\t'] | [rest @ .., 0xC2, 0xA0] => rest,
            _ => return field,
        };
    }
}

/// The digits before the sign of a number written as a decimal without fraction, `123456782.0`
fn whole_part(field: &[u8]) -> Option<&[u8]> {
    let sign = field.iter().position(|byte| matches!(byte, b'.' | b','))?;
    let (whole, fraction) = (&field[..sign], &field[sign + 1..]);
    let decimal = !whole.is_empty()
        && !fraction.is_empty()
        && whole.iter().all(u8::is_ascii_digit)
        && fraction.iter().all(|byte| *byte == b'0');
    decimal.then_some(whole)
}
