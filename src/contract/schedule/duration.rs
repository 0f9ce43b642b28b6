//! Lengths of time as they are written: `"30 seconds"`, `"5 minutes"`, `"2 hours"`, `"1 day"`.
use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400)];
/// A hundred years: beyond it dates run out before anybody waits that long.
const LONGEST: u64 = 36_525 * 86_400;

/// Reads a length of time.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let fail = || {
        format!(
            "`{text}` is not a length of time; write a whole number above 0 and seconds, minutes, hours or days: \
             \"5 minutes\""
        )
    };
    let (count, unit) = text.trim().split_once(' ').ok_or_else(fail)?;
    let unit = unit.trim();
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(fail)?;
    let count: u64 = count.parse().ok().filter(|&count| count > 0).ok_or_else(fail)?;
    match count.checked_mul(*seconds) {
        Some(length) if length <= LONGEST => Ok(Duration::from_secs(length)),
        _ => Err(format!("`{text}` is longer than a hundred years")),
    }
}

/// A length of time in whole units, as it would be written.
pub fn duration_text(length: Duration) -> String {
    let seconds = length.as_secs();
    let fits = |(_, unit): &&(&str, u64)| seconds >= *unit && seconds.is_multiple_of(*unit);
    let (name, unit) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
