//! Which deliveries a stretch of time is about.
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// A stretch of time, its end not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The beginning.
    pub from: DateTime<Utc>,
    /// The end.
    pub to: DateTime<Utc>,
}

impl Stretch {
    /// Whether it is about a delivery: one whose period begins in it; of a delivery whose name tells no period that can be
    /// placed in time, the moment at which its file was last written counts.
    pub fn is_about(&self, period: Option<&str>, modified: u64) -> bool {
        let written = || {
            i64::try_from(modified)
                .ok()
                .and_then(|at| DateTime::from_timestamp(at, 0))
        };
        let at = period.and_then(begin).or_else(written);
        at.is_some_and(|at| self.from <= at && at < self.to)
    }
}

/// When a period begins: that of a school year on 1 August; a year, month or day is written as in ISO 8601.
fn begin(period: &str) -> Option<DateTime<Utc>> {
    let parts: Vec<&str> = period.split('-').collect();
    let number = |at: usize, digits: usize| {
        let part = parts.get(at).filter(|part| part.len() == digits)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())?
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let (month, day) = match parts.len() {
        1 => (1, 1),
        2 if number(1, 4) == u32::try_from(year + 1).ok() => (8, 1),
        2 => (number(1, 2)?, 1),
        3 => (number(1, 2)?, number(2, 2)?),
        _ => return None,
    };
    Some(
        NaiveDate::from_ymd_opt(year, month, day)?
            .and_time(NaiveTime::MIN)
            .and_utc(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn a_period_lies_where_it_begins() {
        let stretch = Stretch {
            from: at("2019-01-01"),
            to: at("2020-01-01"),
        };
        for (period, is) in [
            ("2019-2020", true),
            ("2018-2019", false),
            ("2019", true),
            ("2020", false),
            ("2019-12", true),
            ("2018-12-31", false),
            ("2019-06-30", true),
        ] {
            assert_eq!(stretch.is_about(Some(period), 0), is, "{period}");
        }
        let written = u64::try_from(at("2019-03-04").timestamp()).unwrap();
        assert!(stretch.is_about(None, written) && stretch.is_about(Some("voorjaar"), written));
        assert!(!stretch.is_about(None, 0));
    }
}
