//! Cells of a sheet as the text that is cast.
use calamine::{Data, DataRef, ExcelDateTime};

/// The cells that calculation left without a result, as people see them.
const ERRORS: [&str; 14] = [
    "#N/A", "#N/B", "#DIV/0!", "#DEEL/0!", "#REF!", "#VERW!", "#VALUE!", "#WAARDE!", "#NAME?", "#NAAM?", "#NUM!",
    "#GETAL!", "#NULL!", "#LEEG!",
];
/// Days from where the calendar of spreadsheets begins to the end of the year 9999.
const LAST_DAY: f64 = 2_958_466.0;
/// Digits that a number in a spreadsheet holds for certain.
const DIGITS: usize = 15;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or only blanks.
    Blank,
    /// Text, a date or time (ISO), `true` or `false`.
    Text(String),
    /// A number, with a point as its decimal sign.
    Number(String),
    /// An error.
    Error(String),
}

impl Value {
    /// Whether nothing stands there.
    pub fn is_blank(&self) -> bool {
        *self == Self::Blank
    }

    /// What stands there, for people.
    pub fn shown(&self) -> &str {
        match self {
            Self::Blank => "",
            Self::Text(text) | Self::Number(text) | Self::Error(text) => text,
        }
    }
}

impl From<&Data> for Value {
    fn from(data: &Data) -> Self {
        match data {
            Data::Empty => Self::Blank,
            Data::String(words) => text(words),
            Data::Int(number) => Self::Number(number.to_string()),
            Data::Float(number) => numeric(*number),
            Data::Bool(truth) => Self::Text(truth.to_string()),
            Data::DateTime(time) => moment(time),
            Data::DateTimeIso(time) => Self::Text(without_midnight(time).to_owned()),
            Data::DurationIso(time) => Self::Text(clock(time).unwrap_or_else(|| time.clone())),
            Data::Error(error) => Self::Error(error.to_string()),
        }
    }
}

impl From<DataRef<'_>> for Value {
    fn from(data: DataRef<'_>) -> Self {
        match data {
            DataRef::SharedString(words) => text(words),
            other => Self::from(&Data::from(other)),
        }
    }
}

/// A text; an error that was written as one is still an error.
fn text(words: &str) -> Value {
    let trimmed = words.trim();
    if trimmed.is_empty() {
        Value::Blank
    } else if ERRORS.contains(&trimmed) || trimmed.strip_prefix("Err:").is_some_and(digits) {
        Value::Error(trimmed.to_owned())
    } else {
        Value::Text(words.to_owned())
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn numeric(number: f64) -> Value {
    if number.is_finite() {
        Value::Number(shortest(number))
    } else {
        Value::Error("#NUM!".to_owned())
    }
}

/// The shortest text of a number. Digits beyond the fifteenth of a fraction are noise of calculation: no spreadsheet
/// shows them.
fn shortest(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let text = number.to_string();
    let digits = text.trim_start_matches(['-', '0', '.']).bytes();
    if number.fract() == 0.0 || digits.filter(u8::is_ascii_digit).count() <= DIGITS {
        return text;
    }
    match format!("{number:.*e}", DIGITS - 1).parse::<f64>() {
        Ok(rounded) => rounded.to_string(),
        Err(_) => text,
    }
}

/// A date, a moment, a time of day or a duration. What lies outside the calendar stays a number.
fn moment(time: &ExcelDateTime) -> Value {
    let days = time.as_f64();
    if !(0.0..LAST_DAY).contains(&days) {
        return numeric(days);
    }
    if time.is_duration() || days < 1.0 {
        return Value::Text(hours((days * 86_400.0).round()));
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) != (0, 0, 0, 0) {
        text.push_str(&format!("T{hour:02}:{minute:02}:{second:02}"));
    }
    if milli > 0 {
        text.push_str(&format!(".{milli:03}"));
    }
    Value::Text(text)
}

/// Seconds as `hh:mm:ss`.
fn hours(seconds: f64) -> String {
    let whole = (seconds / 3600.0).floor();
    let rest = seconds - whole * 3600.0;
    let minutes = (rest / 60.0).floor();
    format!("{whole:02.0}:{minutes:02.0}:{:02.0}", rest - minutes * 60.0)
}

/// An ISO moment without its time, when that is midnight.
fn without_midnight(moment: &str) -> &str {
    match moment.split_once('T') {
        Some((date, time)) if time.trim_end_matches('Z').bytes().all(|byte| b"0:.".contains(&byte)) => date,
        _ => moment,
    }
}

/// An ISO duration of hours, minutes and seconds as `hh:mm:ss`.
fn clock(duration: &str) -> Option<String> {
    let (hour, rest) = duration.strip_prefix("PT")?.split_once('H')?;
    let (minute, rest) = rest.split_once('M')?;
    let second = rest.strip_suffix('S')?;
    let second = second.split(['.', ',']).next()?;
    if ![hour, minute, second].into_iter().all(digits) {
        return None;
    }
    Some(format!("{hour:0>2}:{minute:0>2}:{second:0>2}"))
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    fn number(number: f64) -> String {
        Value::from(&Data::Float(number)).shown().to_owned()
    }

    #[test]
    fn numbers_are_their_shortest_text() {
        for (given, text) in [
            (10010.0, "10010"),
            (-99997.0, "-99997"),
            (1.5, "1.5"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (8.2 - f64::EPSILON * 8.0, "8.2"),
            (123_456_782.0, "123456782"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (0.000_000_1, "0.0000001"),
        ] {
            assert_eq!(number(given), text);
        }
        assert_eq!(Value::from(&Data::Float(f64::NAN)), Value::Error("#NUM!".to_owned()));
    }

    #[test]
    fn dates_times_and_truths_are_texts() {
        let at = |days, kind| {
            Value::from(&Data::DateTime(ExcelDateTime::new(days, kind, false)))
                .shown()
                .to_owned()
        };
        let (date, span) = (ExcelDateTimeType::DateTime, ExcelDateTimeType::TimeDelta);
        assert_eq!(at(45_566.0, date), "2024-10-01");
        assert_eq!(at(45_566.5, date), "2024-10-01T12:00:00");
        assert_eq!(at(0.75, date), "18:00:00");
        assert_eq!(at(1.5, span), "36:00:00");
        assert_eq!(at(-3.0, date), "-3");
        assert_eq!(at(2_958_466.0, date), "2958466");
        let iso = |text: &str| Value::from(&Data::DateTimeIso(text.to_owned())).shown().to_owned();
        assert_eq!(iso("2024-10-01T00:00:00.000"), "2024-10-01");
        assert_eq!(iso("2024-10-01T09:30:00"), "2024-10-01T09:30:00");
        let span = Value::from(&Data::DurationIso("PT36H30M00S".to_owned()));
        assert_eq!(span.shown(), "36:30:00");
        assert_eq!(Value::from(&Data::Bool(true)).shown(), "true");
    }

    #[test]
    fn errors_are_errors_also_as_texts() {
        let error = Value::Error("#N/A".to_owned());
        assert_eq!(Value::from(&Data::Error(CellErrorType::NA)), error);
        assert_eq!(Value::from(&Data::String(" #N/A".to_owned())), error);
        assert!(matches!(
            Value::from(&Data::String("Err:502".to_owned())),
            Value::Error(_)
        ));
        assert_eq!(Value::from(&Data::String("  ".to_owned())), Value::Blank);
        assert_eq!(Value::from(&Data::String("007".to_owned())).shown(), "007");
    }
}
