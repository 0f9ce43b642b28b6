//! Columns of a file that is made, and their values.
use std::io;

use super::invalid;
use crate::contract::date::days_from_civil;
use crate::source::spss::display::EPOCH;
use crate::source::spss::input::Order;
use crate::source::spss::records::ELEMENT;

/// A value of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// No value: the number that means missing, or blanks.
    Missing,
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// A day as SPSS counts it, in seconds; none for what is no day of the years 1 to 9999.
pub fn date(year: i32, month: i32, day: i32) -> Option<f64> {
    let days = days_from_civil(year, month, day)?;
    Some(f64::from(days) * 86_400.0 + seconds(EPOCH))
}

#[allow(clippy::cast_precision_loss)] // twelve digits
fn seconds(whole: i64) -> f64 {
    whole as f64
}

/// A value of a column, kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// A column of a file.
#[derive(Debug, Clone)]
pub struct Column {
    pub(super) name: String,
    pub(super) label: String,
    /// Bytes of a text; 0 is a number.
    pub(super) width: usize,
    /// The print format.
    pub(super) format: i32,
    pub(super) values: Vec<(Kept, String)>,
    pub(super) missing: Vec<Kept>,
    pub(super) range: Option<(f64, f64)>,
}

impl Column {
    fn new(name: &str, width: usize, format: i32) -> Self {
        Self {
            name: name.to_owned(),
            label: String::new(),
            width,
            format,
            values: Vec::new(),
            missing: Vec::new(),
            range: None,
        }
    }

    /// A number, shown in so many positions with so many decimals.
    pub fn number(name: &str, positions: u8, decimals: u8) -> Self {
        Self::new(name, 0, i32::from_le_bytes([decimals, positions, 5, 0]))
    }

    /// A date, shown as `yyyy/mm/dd`.
    pub fn date(name: &str) -> Self {
        Self::new(name, 0, i32::from_le_bytes([0, 10, 39, 0]))
    }

    /// A date with a time of day.
    pub fn moment(name: &str) -> Self {
        Self::new(name, 0, i32::from_le_bytes([0, 20, 22, 0]))
    }

    /// A text of at most so many bytes, up to 32767.
    pub fn text(name: &str, bytes: u16) -> Self {
        let shown = u8::try_from(bytes).unwrap_or(u8::MAX);
        Self::new(name, usize::from(bytes), i32::from_le_bytes([0, shown, 1, 0]))
    }

    /// Says what the column means.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    /// Says what a value stands for.
    #[must_use]
    pub fn value<'a>(mut self, value: impl Into<Value<'a>>, label: &str) -> Self {
        self.values
            .extend(kept(value.into()).map(|value| (value, label.to_owned())));
        self
    }

    /// Declares a value to be missing: three at most, and one beside a range.
    #[must_use]
    pub fn missing<'a>(mut self, value: impl Into<Value<'a>>) -> Self {
        self.missing.extend(kept(value.into()));
        self
    }

    /// Declares the numbers from `low` to `high` to be missing.
    #[must_use]
    pub fn missing_range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// The elements of a value, each with whether it is part of a text.
    pub(super) fn elements(
        &self,
        value: &Value<'_>,
        order: Order,
        give: &mut dyn FnMut([u8; ELEMENT], bool),
    ) -> io::Result<()> {
        match (value, self.width) {
            (Value::Number(number), 0) => give(order.bytes(*number), false),
            (Value::Missing, 0) => give(order.bytes(-f64::MAX), false),
            (Value::Text(text), width @ 1..) if text.len() <= width => self.text_elements(text.as_bytes(), give),
            (Value::Missing, _) => self.text_elements(&[], give),
            _ => return Err(invalid(format!("a value does not fit column `{}`", self.name))),
        }
        Ok(())
    }

    fn text_elements(&self, text: &[u8], give: &mut dyn FnMut([u8; ELEMENT], bool)) {
        let mut rest = text;
        for segment in segments(self.width) {
            let (own, behind) = rest.split_at(rest.len().min(255));
            rest = behind;
            for place in 0..segment.div_ceil(ELEMENT) {
                let mut element = [b' '; ELEMENT];
                let own = own.get(place * ELEMENT..).unwrap_or_default();
                let length = own.len().min(ELEMENT);
                element[..length].copy_from_slice(&own[..length]);
                give(element, true);
            }
        }
    }
}

fn kept(value: Value<'_>) -> Option<Kept> {
    match value {
        Value::Number(number) => Some(Kept::Number(number)),
        Value::Text(text) => Some(Kept::Text(text.to_owned())),
        Value::Missing => None,
    }
}

/// The widths of the variables that a text is kept in.
pub fn segments(width: usize) -> Vec<usize> {
    if width <= 255 {
        return vec![width];
    }
    let count = width.div_ceil(252);
    let mut segments = vec![255; count - 1];
    segments.push(width - 252 * (count - 1));
    segments
}
