//! How numbers become text: as they are, or as the dates that a variable's print format makes of them.
use std::io::Write;

use chrono::{DateTime, Datelike, Timelike};

/// Seconds from 14 October 1582, where SPSS begins to count, to 1970.
pub const EPOCH: i64 = 12_219_379_200;

/// What a print format makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// A number, shown with so many decimals.
    Number(u8),
    /// Seconds since 1582 as a date.
    Date,
    /// Seconds since 1582 as a date and a time of day.
    DateTime,
    /// Seconds as a time of day.
    Time,
    /// A text.
    Text,
}

impl Display {
    /// By the print format of a variable: its type in the third byte, its decimals in the first.
    pub fn of(format: i32) -> Self {
        let [decimals, _, kind, _] = format.to_le_bytes();
        match kind {
            1 | 2 => Self::Text,
            // DATE, ADATE, JDATE, MOYR, QYR, WKYR, EDATE, SDATE
            20 | 23 | 24 | 28 | 29 | 30 | 38 | 39 => Self::Date,
            // DATETIME, YMDHMS
            22 | 41 => Self::DateTime,
            21 => Self::Time,
            _ => Self::Number(decimals),
        }
    }

    /// Appends a number as text. What is no date of the years 1 to 9999 stays a number, as does a negative time.
    pub fn write(self, number: f64, out: &mut Vec<u8>) {
        let written = match self {
            Self::Date => moment(number).map(|at| date(at, out)),
            Self::DateTime => moment(number).map(|at| {
                date(at, out);
                let _ = write!(out, " {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
                fraction(number, out);
            }),
            Self::Time => seconds(number).filter(|whole| *whole >= 0).map(|whole| {
                let _ = write!(out, "{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
                fraction(number, out);
            }),
            Self::Number(_) | Self::Text => None,
        };
        if written.is_none() {
            // a zero loses its sign; the shortest digits that read back as the same number
            let _ = write!(out, "{}", number + 0.0);
        }
    }
}

fn date(at: DateTime<chrono::Utc>, out: &mut Vec<u8>) {
    let _ = write!(out, "{:04}-{:02}-{:02}", at.year(), at.month(), at.day());
}

/// The digits behind the point of a number that is not whole.
fn fraction(number: f64, out: &mut Vec<u8>) {
    let part = number - number.floor();
    // SPSS shows no more; beyond that a double of this size has only noise
    let digits = format!("{part:.3}");
    if let Some(digits) = digits.strip_prefix("0").filter(|digits| *digits != ".000") {
        out.extend_from_slice(digits.as_bytes());
    }
}

#[allow(clippy::cast_possible_truncation)] // no part behind the point, and far from the ends of 64 bits
fn seconds(number: f64) -> Option<i64> {
    let whole = number.floor();
    (whole.abs() < 1e15).then_some(whole as i64)
}

fn moment(number: f64) -> Option<DateTime<chrono::Utc>> {
    let at = DateTime::from_timestamp(seconds(number)? - EPOCH, 0)?;
    (1..=9999).contains(&at.year()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(display: Display, number: f64) -> String {
        let mut out = Vec::new();
        display.write(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_become_the_text_that_their_format_means() {
        for (format, number, expected) in [
            (0x05_0802, 12.0, "12"),
            (0x05_0802, -0.0, "0"),
            (0x05_0802, 1000.3, "1000.3"),
            (0x05_0802, 0.1 + 0.2, "0.30000000000000004"),
            (0x05_0802, 1e21, "1000000000000000000000"),
            (0x14_0b00, 13_744_944_000.0, "2018-05-06"),
            (0x26_0a00, 6_825_600.0, "1583-01-01"),
            (0x27_0a00, 0.0, "1582-10-14"),
            (0x16_1400, 13_744_980_610.0, "2018-05-06 10:10:10"),
            (0x16_1402, 13_744_980_610.25, "2018-05-06 10:10:10.250"),
            (0x15_0800, 36_610.0, "10:10:10"),
            (0x15_0800, 90_000.0, "25:00:00"),
            (0x15_0800, -1.0, "-1"),
            (0x14_0b00, 1e18, "1000000000000000000"),
            (0x14_0b00, f64::NAN, "NaN"),
        ] {
            assert_eq!(shown(Display::of(format), number), expected, "{format:x}");
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back_as_they_were(number in proptest::num::f64::NORMAL) {
            prop_assert_eq!(shown(Display::Number(2), number).parse::<f64>().unwrap(), number);
        }
    }
}
