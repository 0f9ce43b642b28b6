//! Date formats of digits and literals: `%Y%m%d`, `%d-%m-%Y` and the like.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Literal(u8),
}

/// A date format, checked to hold a year, a month and a day once each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    parts: Vec<Part>,
    compact: bool,
}

impl DateFormat {
    /// Reads a format of `%Y`, `%m`, `%d` and ASCII literals.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            parts.push(match byte {
                b'%' => match bytes.next()? {
                    b'Y' => Part::Year,
                    b'm' => Part::Month,
                    b'd' => Part::Day,
                    _ => return None,
                },
                literal if literal.is_ascii() => Part::Literal(literal),
                _ => return None,
            });
        }
        let once = |part| parts.iter().filter(|&&other| other == part).count() == 1;
        let compact = parts == [Part::Year, Part::Month, Part::Day];
        (once(Part::Year) && once(Part::Month) && once(Part::Day)).then(|| Self {
            text: text.to_owned(),
            parts,
            compact,
        })
    }

    /// The format as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Days since 1970-01-01 of a date in this format; `None` when it is not one.
    pub fn days(&self, field: &[u8]) -> Option<i32> {
        if self.compact && field.len() == 8 {
            let (year, month, day) = (digits(&field[..4])?, digits(&field[4..6])?, digits(&field[6..])?);
            return days_from_civil(year, month, day);
        }
        let (mut year, mut month, mut day, mut rest) = (0, 0, 0, field);
        for part in &self.parts {
            let width = match part {
                Part::Year => 4,
                Part::Month | Part::Day => 2,
                Part::Literal(_) => 1,
            };
            let (head, tail) = rest.split_at_checked(width)?;
            match part {
                Part::Year => year = digits(head)?,
                Part::Month => month = digits(head)?,
                Part::Day => day = digits(head)?,
                Part::Literal(byte) if head[0] == *byte => {}
                Part::Literal(_) => return None,
            }
            rest = tail;
        }
        if rest.is_empty() {
            days_from_civil(year, month, day)
        } else {
            None
        }
    }
}

fn digits(field: &[u8]) -> Option<i32> {
    field.iter().try_fold(0i32, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + i32::from(digit))
    })
}

const MONTH_LENGTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Days since 1970-01-01 of a Gregorian date, for years 1 to 9999 (H. Hinnant's `days_from_civil`).
pub fn days_from_civil(year: i32, month: i32, day: i32) -> Option<i32> {
    let length = *MONTH_LENGTHS.get(usize::try_from(month - 1).ok()?)?;
    let leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if year < 1 || day < 1 || day > length + i32::from(leap) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted / 400;
    let of_era = shifted - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_checked_against_the_calendar() {
        let compact = DateFormat::parse("%Y%m%d").unwrap();
        assert_eq!(compact.days(b"19700101"), Some(0));
        assert_eq!(compact.days(b"20000229"), Some(11_016));
        assert_eq!(compact.days(b"19000229"), None);
        assert_eq!(compact.days(b"99999999"), None);
        let dutch = DateFormat::parse("%d-%m-%Y").unwrap();
        assert_eq!(dutch.days(b"02-01-1970"), Some(1));
        assert_eq!(dutch.days(b"02-01-19700"), None);
        assert!(DateFormat::parse("%Y-%m").is_none());
    }

    #[test]
    fn days_agree_with_chrono() {
        use chrono::{Datelike, NaiveDate};
        let mut date = NaiveDate::from_ymd_opt(1895, 1, 1).unwrap();
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        while date.year() < 2105 {
            let (month, day) = (date.month().cast_signed(), date.day().cast_signed());
            let days = i32::try_from((date - epoch).num_days()).unwrap();
            assert_eq!(days_from_civil(date.year(), month, day), Some(days));
            date = date.succ_opt().unwrap();
        }
    }
}
