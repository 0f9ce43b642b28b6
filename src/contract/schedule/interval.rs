//! The stretch of time that one scheduled run is about.
use std::str::FromStr;

/// The stretch of time one scheduled run covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: IntervalUnit,
}

/// Units of an [`Interval`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum IntervalUnit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("`{text}` is not an interval; write for instance \"1 day\" or \"3 months\"");
        let (count, unit) = text.trim().split_once(' ').ok_or_else(fail)?;
        let count = count.parse().ok().filter(|&count| count > 0).ok_or_else(fail)?;
        let unit = match unit.trim().trim_end_matches('s') {
            "minute" => IntervalUnit::Minute,
            "hour" => IntervalUnit::Hour,
            "day" => IntervalUnit::Day,
            "week" => IntervalUnit::Week,
            "month" => IntervalUnit::Month,
            "year" => IntervalUnit::Year,
            _ => return Err(fail()),
        };
        Ok(Self { count, unit })
    }
}
