//! What one column holds, gathered over the whole file in bounded memory.
use std::collections::BTreeMap;

use super::sample::{Distinct, hash};
use super::value::{self, Digits, Kinds, Mark};
use crate::pseudonym::{eleven_remainder, person_digits};

/// Distinct values that are counted one by one, and their greatest length
const MOST_VALUES: usize = 64;
const LONGEST_VALUE: usize = 64;
/// Distinct person numbers that are tested
const MOST_NUMBERS: usize = 4096;

/// A value of nine digits, or of eight that may have lost a zero
#[derive(Debug, Clone, Copy)]
pub struct PersonNumber {
    /// Of the eleven-test
    pub remainder: u8,
    /// A leading zero was put before it
    pub padded: bool,
}

/// What one column holds
#[derive(Debug)]
pub struct Profile {
    /// Fields seen
    pub rows: u64,
    /// Fields of nothing but blanks
    pub blank: u64,
    counts: [u64; Kinds::BITS as usize],
    /// Fields that are no number, date or school year
    pub odd: u64,
    /// Texts that often stand for a value that is not there
    pub marks: BTreeMap<Vec<u8>, (Mark, u64)>,
    /// Every distinct value, while there are few
    pub values: Option<BTreeMap<Vec<u8>, u64>>,
    /// Most digits before and behind the decimal sign
    pub digits: Digits,
    /// The largest whole number, without its sign
    pub largest: u64,
    /// The longest field in bytes
    pub longest: usize,
    /// Bytes of all fields
    pub length: u64,
    /// Fields with an at sign between other characters
    pub at_signs: u64,
    /// `00000000` and `99999999`, as dates that are not known
    pub no_dates: BTreeMap<&'static str, u64>,
    /// Fields that are eight or nine digits, but for separators
    pub number_rows: u64,
    /// `123456782.0`
    pub decimal_numbers: u64,
    /// A sample of those numbers
    pub numbers: Distinct<PersonNumber>,
    /// Distinct values
    pub distinct: Distinct<()>,
    shape: Shape,
    last: Vec<u8>,
    last_kinds: Kinds,
}

/// The characters at each place, while all fields are equally long
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Nothing,
    Places(Vec<u8>),
    Various,
}

const DIGIT: u8 = 1;
const UPPER: u8 = 2;
const LOWER: u8 = 4;

impl Default for Profile {
    fn default() -> Self {
        Self {
            rows: 0,
            blank: 0,
            counts: [0; Kinds::BITS as usize],
            odd: 0,
            marks: BTreeMap::new(),
            values: Some(BTreeMap::new()),
            digits: Digits::default(),
            largest: 0,
            longest: 0,
            length: 0,
            at_signs: 0,
            no_dates: BTreeMap::new(),
            number_rows: 0,
            decimal_numbers: 0,
            numbers: Distinct::new(MOST_NUMBERS),
            distinct: Distinct::new(128),
            shape: Shape::Nothing,
            last: Vec::new(),
            last_kinds: 0,
        }
    }
}

impl Profile {
    /// Takes the next field, trimmed
    pub fn add(&mut self, field: &[u8]) {
        self.rows += 1;
        if field.is_empty() {
            self.blank += 1;
            return;
        }
        self.length += field.len() as u64;
        let again = self.last == field;
        if !again {
            self.look(field);
        }
        if self.last_kinds == 0 {
            self.odd += 1;
        }
        for (bit, count) in self.counts.iter_mut().enumerate() {
            *count += u64::from(self.last_kinds >> bit & 1);
        }
        self.count(field);
    }

    /// What is the same for every field with this content
    fn look(&mut self, field: &[u8]) {
        let (kinds, digits) = value::kinds(field);
        self.last.clear();
        self.last.extend_from_slice(field);
        self.last_kinds = kinds;
        self.digits.whole = self.digits.whole.max(digits.whole);
        self.digits.fraction = self.digits.fraction.max(digits.fraction);
        self.longest = self.longest.max(field.len());
        if kinds & value::INTEGER != 0 {
            let digits = field.strip_prefix(b"-").unwrap_or(field);
            let number = std::str::from_utf8(digits)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(u64::MAX);
            self.largest = self.largest.max(number);
        }
        self.distinct.add(hash(&[field]), ());
        self.shape.take(field);
        if let Some((digits, padded)) = person_digits(field)
            && let Some(remainder) = eleven_remainder(&digits)
        {
            self.numbers.add(hash(&[&digits]), PersonNumber { remainder, padded });
        }
    }

    /// What is counted for each field
    fn count(&mut self, field: &[u8]) {
        if let Some(mark) = value::mark(field)
            && (self.marks.len() < MOST_VALUES || self.marks.contains_key(field))
        {
            self.marks.entry(field.to_vec()).or_insert((mark, 0)).1 += 1;
        }
        if let Some(values) = &mut self.values {
            if let Some(count) = values.get_mut(field) {
                *count += 1;
            } else if values.len() < MOST_VALUES && field.len() <= LONGEST_VALUE {
                values.insert(field.to_vec(), 1);
            } else {
                self.values = None;
            }
        }
        if field.len() == 8 {
            for date in ["00000000", "99999999"] {
                if field == date.as_bytes() {
                    *self.no_dates.entry(date).or_insert(0) += 1;
                }
            }
        }
        self.at_signs += u64::from(memchr::memchr(b'@', field).is_some_and(|at| at > 0 && at + 1 < field.len()));
        self.number_rows += u64::from(person_digits(field).is_some());
        self.decimal_numbers += u64::from(field.ends_with(b".0") && field.len() >= 10);
    }

    /// Fields that are not blank
    pub fn present(&self) -> u64 {
        self.rows - self.blank
    }

    /// Fields of a kind
    pub fn count_of(&self, kind: Kinds) -> u64 {
        self.counts.get(kind.trailing_zeros() as usize).copied().unwrap_or(0)
    }

    /// Fields that are such texts
    pub fn marked(&self) -> u64 {
        self.marks.values().map(|(_, count)| count).sum()
    }

    /// A pattern that every field follows, when all are equally long and made of ASCII letters and digits
    pub fn pattern(&self) -> Option<String> {
        let Shape::Places(places) = &self.shape else {
            return None;
        };
        if places.len() > 12 || places.contains(&0) {
            return None;
        }
        let mut pattern = "^".to_owned();
        for run in places.chunk_by(|one, other| one == other) {
            pattern.push('[');
            for (class, range) in [(DIGIT, "0-9"), (UPPER, "A-Z"), (LOWER, "a-z")] {
                if run[0] & class != 0 {
                    pattern.push_str(range);
                }
            }
            pattern.push(']');
            if run.len() > 1 {
                pattern.push_str(&format!("{{{}}}", run.len()));
            }
        }
        pattern.push('$');
        Some(pattern)
    }

    /// Whether a text could be one more field of this column, by its shape; `None` when the column has none
    pub fn has_shape_of(&self, text: &[u8]) -> Option<bool> {
        let Shape::Places(places) = &self.shape else {
            return None;
        };
        let class = |byte: u8| match byte {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            _ => 0,
        };
        let fits = |(byte, place): (&u8, &u8)| *place == 0 || class(*byte) & place != 0;
        Some(places.len() == text.len() && text.iter().zip(places).all(fits))
    }
}

impl Shape {
    fn take(&mut self, field: &[u8]) {
        let class = |byte: &u8| match byte {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            _ => 0,
        };
        match self {
            Shape::Nothing if field.len() <= 32 => *self = Shape::Places(field.iter().map(class).collect()),
            Shape::Places(places) if places.len() == field.len() => {
                for (place, byte) in places.iter_mut().zip(field) {
                    let here = class(byte);
                    // a place with a sign stays one
                    *place = if *place == 0 || here == 0 { 0 } else { *place | here };
                }
            }
            _ => *self = Shape::Various,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(fields: &[&str]) -> Profile {
        let mut profile = Profile::default();
        fields.iter().for_each(|field| profile.add(field.as_bytes()));
        profile
    }

    #[test]
    fn counts_what_fields_could_be() {
        let found = profile(&["12", "", "12", "7", "<5", "3000000000"]);
        assert_eq!((found.rows, found.blank, found.odd, found.marked()), (6, 1, 1, 1));
        assert_eq!(found.count_of(value::INTEGER), 4);
        assert_eq!(found.largest, 3_000_000_000);
    }

    #[test]
    fn shapes_become_patterns() {
        assert_eq!(
            profile(&["00AH", "18BR"]).pattern().as_deref(),
            Some("^[0-9]{2}[A-Z]{2}$")
        );
        assert_eq!(profile(&["0A", "A0"]).pattern().as_deref(), Some("^[0-9A-Z]{2}$"));
        assert_eq!(profile(&["a-b"]).pattern(), None);
        assert_eq!(profile(&["a", "ab"]).pattern(), None);
        assert_eq!(profile(&["00AH"]).has_shape_of(b"BRIN"), Some(false));
        assert_eq!(profile(&["00AH"]).has_shape_of(b"18BR"), Some(true));
    }

    #[test]
    fn person_numbers_are_tested_by_distinct_value() {
        let found = profile(&["123456782", "1234.56.782", "12345672", "123456789", "x"]);
        assert_eq!(found.number_rows, 4);
        let remainders: Vec<(u8, bool)> = {
            let mut all: Vec<_> = found.numbers.notes().map(|n| (n.remainder, n.padded)).collect();
            all.sort_unstable();
            all
        };
        assert_eq!(remainders, [(0, false), (0, true), (4, false)]);
    }
}
