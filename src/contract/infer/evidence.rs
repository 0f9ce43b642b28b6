//! Which single-byte encoding makes letters stand where letters stand in words.
use crate::contract::format::Encoding;
use crate::source::encoding::decode;

/// The single-byte encodings that are weighed
pub const CANDIDATES: [Encoding; 3] = [Encoding::Windows1252, Encoding::Iso8859_1, Encoding::Cp850];

/// How one encoding reads the high bytes of a file
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Bytes that become a letter of a word, or a sign in its usual place
    pub plausible: u64,
    /// Bytes that have no meaning
    pub undefined: u64,
    /// Points for and against
    pub points: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Blank,
    Sign,
    Drawing,
    Undefined,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    class: Class,
    /// Occurs in Dutch, or in names in the Netherlands
    usual: bool,
    /// Stands for an apostrophe or belongs to numbers and text: ’ “ € ² ° –
    textual: bool,
}

/// Weighs each byte with the ones before and behind it
#[derive(Debug)]
pub struct Scores {
    readings: Box<[[Reading; 256]; CANDIDATES.len()]>,
    before: u8,
    current: u8,
    /// Points so far, one for each candidate
    pub totals: [Score; CANDIDATES.len()],
}

impl Default for Scores {
    fn default() -> Self {
        let reading = |encoding| std::array::from_fn(|byte| reading(encoding, u8::try_from(byte).unwrap_or(0)));
        let readings = Box::new(CANDIDATES.map(reading));
        Self {
            readings,
            before: b'\n',
            current: b'\n',
            totals: Default::default(),
        }
    }
}

impl Scores {
    /// The next byte of the file
    #[inline]
    pub fn take(&mut self, next: u8) {
        if self.current >= 0x80 {
            self.weigh(next);
        }
        (self.before, self.current) = (self.current, next);
    }

    /// The next bytes, all of them ASCII
    pub fn skip(&mut self, plain: &[u8]) {
        match *plain {
            [] => {}
            [one] => self.take(one),
            [first, .., before, last] => {
                self.take(first);
                (self.before, self.current) = (before, last);
            }
            [first, last] => {
                self.take(first);
                self.take(last);
            }
        }
    }

    /// The end of the file
    pub fn end(&mut self) {
        self.take(b'\n');
    }

    fn weigh(&mut self, next: u8) {
        for (readings, total) in self.readings.iter().zip(&mut self.totals) {
            let [before, here, behind] = [self.before, self.current, next].map(|byte| readings[usize::from(byte)]);
            let points = points(before.class, here, behind.class);
            total.points += points;
            total.plausible += u64::from(points > 0);
            total.undefined += u64::from(here.class == Class::Undefined);
        }
    }
}

fn points(before: Class, here: Reading, behind: Class) -> i64 {
    let letter = |class| matches!(class, Class::Lower | Class::Upper);
    let in_word = letter(before) && letter(behind);
    let at_word = letter(before) || letter(behind);
    let usual = i64::from(here.usual);
    match here.class {
        Class::Undefined => -20,
        Class::Drawing => -3,
        // a small letter among capitals, or a capital behind a small letter: misread
        Class::Lower if before == Class::Upper && behind == Class::Upper => -2,
        Class::Upper if before == Class::Lower => -2,
        Class::Lower | Class::Upper if at_word => 1 + usual,
        Class::Lower | Class::Upper => 0,
        _ if here.textual && (at_word || before == Class::Digit || before == Class::Blank) => 1,
        _ if in_word => -2,
        _ => 0,
    }
}

fn reading(encoding: Encoding, byte: u8) -> Reading {
    let mut text = Vec::new();
    let letter = match decode(encoding, &[byte], &mut text) {
        Ok(()) => std::str::from_utf8(&text).ok().and_then(|text| text.chars().next()),
        Err(_) if byte < 0x80 => Some(' '),
        Err(_) => None,
    };
    let class = match letter {
        None => Class::Undefined,
        Some(letter) if letter.is_lowercase() => Class::Lower,
        Some(letter) if letter.is_uppercase() => Class::Upper,
        Some(letter) if letter.is_ascii_digit() => Class::Digit,
        Some(letter) if letter.is_whitespace() => Class::Blank,
        Some('\u{2500}'..='\u{25ff}') => Class::Drawing,
        Some(_) => Class::Sign,
    };
    let is = |signs: &str| letter.is_some_and(|letter| signs.contains(letter));
    Reading {
        class,
        usual: is("éèëïöüêáàâçñóíîôûäúÉÈËÏÖÜÊÁÇÓ"),
        textual: is("‘’“”–—€²³°½´…§£"),
    }
}
