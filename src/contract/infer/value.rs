//! What one field could be.
use std::sync::LazyLock;

use crate::contract::date::DateFormat;

/// Kinds a text can have, more than one at a time
pub type Kinds = u16;

/// A whole number without leading zeros
pub const INTEGER: Kinds = 1;
/// A number, decimal comma
pub const COMMA: Kinds = 1 << 1;
/// A number, decimal point
pub const POINT: Kinds = 1 << 2;
/// A number, decimal comma, points between thousands
pub const COMMA_GROUPED: Kinds = 1 << 3;
/// A number, decimal point, commas between thousands
pub const POINT_GROUPED: Kinds = 1 << 4;
/// A school year, 2019-2020
pub const SCHOOL_YEAR: Kinds = 1 << 5;
/// Digits with a leading zero: a code
pub const ZERO_LED: Kinds = 1 << 6;
/// The first of the date formats
const FIRST_DATE: u32 = 7;

/// Date formats that are recognised, in the order they are preferred
pub const DATES: [&str; 7] = [
    "%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%m/%d/%Y", "%d.%m.%Y",
];

/// The kind of a date format
pub fn date_kind(place: usize) -> Kinds {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1u16.checked_shl(FIRST_DATE + place))
        .unwrap_or(0)
}

static FORMATS: LazyLock<Vec<DateFormat>> =
    LazyLock::new(|| DATES.iter().filter_map(|text| DateFormat::parse(text)).collect());
/// 1 January 1850 to 31 December 2150, in days since 1970: an eight-digit number is a date when it lies here
const PLAUSIBLE_DAYS: std::ops::Range<i32> = -43_829..66_109;

/// Digits before and behind the decimal sign
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digits {
    /// Before it
    pub whole: usize,
    /// Behind it
    pub fraction: usize,
}

/// Every kind a trimmed, non-empty field has
pub fn kinds(field: &[u8]) -> (Kinds, Digits) {
    let mut kinds = 0;
    let mut digits = Digits::default();
    let first = field[0];
    if !(first.is_ascii_digit() || first == b'-') || field.len() > 40 {
        return (0, digits);
    }
    let unsigned = field.strip_prefix(b"-").unwrap_or(field);
    if unsigned.iter().all(u8::is_ascii_digit) && !unsigned.is_empty() {
        digits.whole = unsigned.len();
        if unsigned[0] == b'0' && unsigned.len() > 1 {
            kinds |= ZERO_LED;
        } else {
            kinds |= INTEGER | COMMA | POINT | COMMA_GROUPED | POINT_GROUPED;
        }
    } else {
        for (decimal, grouping, plain, grouped) in
            [(b',', b'.', COMMA, COMMA_GROUPED), (b'.', b',', POINT, POINT_GROUPED)]
        {
            if let Some((found, in_groups)) = number(unsigned, decimal, grouping) {
                digits = Digits {
                    whole: digits.whole.max(found.whole),
                    fraction: digits.fraction.max(found.fraction),
                };
                kinds |= grouped | if in_groups { 0 } else { plain };
            }
        }
    }
    if (8..=10).contains(&field.len()) && first != b'-' {
        if field.len() == 9 && field[4] == b'-' && school_year(field) {
            kinds |= SCHOOL_YEAR;
        }
        for (place, format) in FORMATS.iter().enumerate() {
            if format.days(field).is_some_and(|days| PLAUSIBLE_DAYS.contains(&days)) {
                kinds |= date_kind(place);
            }
        }
    }
    (kinds, digits)
}

/// The digits of a number with this decimal sign, and whether its thousands are grouped
fn number(text: &[u8], decimal: u8, grouping: u8) -> Option<(Digits, bool)> {
    let sign = text.iter().position(|&byte| byte == decimal);
    let (whole, fraction) = match sign {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    if fraction.is_some_and(|fraction| fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let mut parts = whole.split(|&byte| byte == grouping);
    let head = parts.next()?;
    let rest: Vec<&[u8]> = parts.collect();
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !all_digits(head) || rest.iter().any(|part| part.len() != 3 || !all_digits(part)) {
        return None;
    }
    if !rest.is_empty() && head.len() > 3 {
        return None;
    }
    let whole = head.len() + 3 * rest.len();
    Some((
        Digits {
            whole,
            fraction: fraction.map_or(0, <[u8]>::len),
        },
        !rest.is_empty(),
    ))
}

fn school_year(field: &[u8]) -> bool {
    let year = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
    match (year(&field[..4]), year(&field[5..])) {
        (Some(first), Some(last)) => last == first + 1 && (1850..2150).contains(&first),
        _ => false,
    }
}

/// Texts that often mean "missing", in lower case
const MISSING: [&str; 22] = [
    "-", "--", "---", ".", "..", "?", "null", "na", "n/a", "#n/a", "#n/b", "nan", "none", "nil", "n.v.t.", "n.v.t",
    "nvt", "nvt.", "n.b.", "onbekend", "leeg", "geen",
];
/// Texts that often mean "suppressed"
const SUPPRESSED: [&str; 5] = ["*", "**", "x", "X", "geheim"];

/// Whether a mark is a plain word or letter, which among texts may well be a value
pub fn is_word(mark: &str) -> bool {
    [
        "none", "nil", "onbekend", "leeg", "geen", "geheim", "x", "*", "**", "?", "na",
    ]
    .contains(&mark.to_lowercase().as_str())
}

/// A text that stands for a value that is not there
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not known or not applicable
    Missing,
    /// Known and withheld
    Suppressed,
}

/// Whether a field looks like such a text
pub fn mark(field: &[u8]) -> Option<Mark> {
    if field.len() > 10 {
        return None;
    }
    let text = std::str::from_utf8(field).ok()?;
    let limit = text
        .strip_prefix(['<', '≤'])
        .map(|rest| rest.trim_start_matches(['=', ' ']));
    if limit.is_some_and(|limit| !limit.is_empty() && limit.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(Mark::Suppressed);
    }
    if SUPPRESSED.contains(&text) {
        return Some(Mark::Suppressed);
    }
    MISSING
        .contains(&text.to_ascii_lowercase().as_str())
        .then_some(Mark::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kinds {
        kinds(text.as_bytes()).0
    }

    #[test]
    fn numbers_and_their_signs() {
        assert_eq!(of("12"), INTEGER | COMMA | POINT | COMMA_GROUPED | POINT_GROUPED);
        assert_eq!(of("-7") & INTEGER, INTEGER);
        assert_eq!(of("0106"), ZERO_LED);
        assert_eq!(of("6,4"), COMMA | COMMA_GROUPED);
        assert_eq!(of("6.4"), POINT | POINT_GROUPED);
        assert_eq!(of("1.234,50"), COMMA_GROUPED);
        assert_eq!(of("1,234.50"), POINT_GROUPED);
        assert_eq!(of("1.234"), POINT | POINT_GROUPED | COMMA_GROUPED, "could be either");
        for text in [
            "1.2.3",
            "1,2,3",
            "1e5",
            "+5",
            "5,",
            ",5",
            "-",
            "--5",
            "1.23,4x",
            "12a",
            "1234.567,8",
        ] {
            assert_eq!(of(text), 0, "{text}");
        }
        assert_eq!(kinds(b"123,45").1, Digits { whole: 3, fraction: 2 });
        assert_eq!(kinds(b"1.234.567,8").1, Digits { whole: 7, fraction: 1 });
    }

    #[test]
    fn dates_and_school_years() {
        let date = |text: &str| {
            DATES
                .iter()
                .enumerate()
                .filter(|(place, _)| of(text) & date_kind(*place) != 0)
                .map(|(_, format)| *format)
                .collect::<Vec<_>>()
        };
        assert_eq!(date("20191001"), ["%Y%m%d"]);
        assert_eq!(date("2019-10-01"), ["%Y-%m-%d"]);
        assert_eq!(date("31-12-2019"), ["%d-%m-%Y"]);
        assert_eq!(date("03/04/2019"), ["%d/%m/%Y", "%m/%d/%Y"]);
        assert!(date("20191301").is_empty() && date("12345678").is_empty() && date("99999999").is_empty());
        assert_eq!(of("2019-2020") & SCHOOL_YEAR, SCHOOL_YEAR);
        assert_eq!(of("2019-2021"), 0);
    }

    #[test]
    fn marks() {
        assert_eq!(
            [mark(b"<5"), mark(b"*"), mark("≤ 10".as_bytes())],
            [Some(Mark::Suppressed); 3]
        );
        assert_eq!([mark(b"N.v.t."), mark(b"NULL"), mark(b".")], [Some(Mark::Missing); 3]);
        assert_eq!([mark(b"Jansen"), mark(b"<"), mark(b"5")], [None; 3]);
    }
}
