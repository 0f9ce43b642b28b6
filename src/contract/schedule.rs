//! Schedules and intervals: validated here, used by the scheduler.
use std::str::FromStr;

use super::raw::RawSchedule;

/// When a contract's pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// A cron expression of five or six fields in a time zone.
    Cron {
        /// The expression.
        cron: String,
        /// The zone.
        zone: chrono_tz::Tz,
    },
    /// When a file has arrived.
    Delivery,
    /// After other pipelines.
    After(Vec<String>),
}

impl Schedule {
    /// Checks a schedule as written.
    pub(super) fn parse(raw: &RawSchedule) -> Result<Self, String> {
        match (&raw.cron, raw.on.as_deref(), raw.after.as_slice()) {
            (Some(cron), None, []) => {
                croner::Cron::from_str(cron).map_err(|error| format!("`{cron}` is not a cron expression: {error}"))?;
                let zone = raw.zone.as_deref().unwrap_or("Europe/Amsterdam");
                let zone = zone
                    .parse()
                    .map_err(|_| format!("`{zone}` is not a time zone of the IANA database"))?;
                Ok(Self::Cron {
                    cron: cron.clone(),
                    zone,
                })
            }
            (None, Some("delivery"), []) => Ok(Self::Delivery),
            (None, Some(other), []) => Err(format!("`on` is \"delivery\", not \"{other}\"")),
            (None, None, after @ [_, ..]) => Ok(Self::After(after.to_vec())),
            _ => Err("a schedule has exactly one of `cron`, `on` and `after`".to_owned()),
        }
    }
}

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
