//! Numbers, dates and booleans.
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};

use super::field::Value;
use super::{Marks, View, digits, parse};
use crate::contract::column::{Column, Kind};
use crate::contract::date::DateFormat;
use crate::ingest::faults::Faults;

/// Casts an integer, decimal, date or boolean column.
pub fn cast(column: &Column, place: usize, view: View<'_>, faults: &mut Faults) -> Vec<ArrayRef> {
    let rows = view.len();
    let (low, high) = column.range.unwrap_or((i128::MIN, i128::MAX));
    let (array, marks): (ArrayRef, Marks) = match &column.kind {
        Kind::Integer => {
            let (low, high) = (narrow(low), narrow(high));
            let (values, marks) = parse(column, place, view, faults, |field| {
                let value = whole_of(field)?;
                match i32::try_from(value) {
                    Err(_) => Err("integer"),
                    Ok(_) if value < low || value > high => Err("range"),
                    Ok(small) => Ok(small),
                }
            });
            (
                Arc::new(Int32Array::new(ScalarBuffer::from(values), marks.nulls(rows))),
                marks,
            )
        }
        Kind::Date(format) => {
            let (low, high) = (narrow(low), narrow(high));
            let mut recent = Recent::new();
            let (values, marks) = parse(column, place, view, faults, |field| {
                let days = recent.days(format, field).ok_or("date")?;
                if i64::from(days) < low || i64::from(days) > high {
                    Err("range")
                } else {
                    Ok(days)
                }
            });
            (
                Arc::new(Date32Array::new(ScalarBuffer::from(values), marks.nulls(rows))),
                marks,
            )
        }
        Kind::Decimal {
            precision,
            scale,
            sign,
            thousands,
        } => {
            let decimal = Decimal {
                scale: *scale,
                sign: *sign,
                thousands: *thousands,
            };
            let most = 10i128.checked_pow(u32::from(*precision)).unwrap_or(i128::MAX);
            // What is within these is within the precision and the range.
            let (least, greatest) = (narrow(low.max(1 - most)), narrow(high.min(most - 1)));
            let (values, marks) = parse(column, place, view, faults, |field| {
                if let Some(value) = decimal.short(field).filter(|value| (least..=greatest).contains(value)) {
                    return Ok(i128::from(value));
                }
                let value = decimal.scaled(field.text)?;
                match value {
                    _ if value >= most || value <= -most => Err("precision"),
                    _ if value < low || value > high => Err("range"),
                    _ => Ok(value),
                }
            });
            let array = Decimal128Array::new(ScalarBuffer::from(values), marks.nulls(rows));
            (Arc::new(array.with_data_type(column.data_type())), marks)
        }
        Kind::Double { sign, range } => {
            let (low, high) = range.unwrap_or((f64::MIN, f64::MAX));
            let (values, marks) = parse(column, place, view, faults, |field| {
                let value = double(field.text, *sign).ok_or("double")?;
                if value < low || value > high {
                    Err("range")
                } else {
                    Ok(value)
                }
            });
            (
                Arc::new(Float64Array::new(ScalarBuffer::from(values), marks.nulls(rows))),
                marks,
            )
        }
        Kind::Boolean { yes, no } => {
            let (values, marks) = parse(column, place, view, faults, |field| {
                let is = |texts: &[Vec<u8>]| texts.iter().any(|one| one == field.text);
                if is(yes) {
                    Ok(true)
                } else if is(no) {
                    Ok(false)
                } else {
                    Err("boolean")
                }
            });
            (
                Arc::new(BooleanArray::new(BooleanBuffer::from(values), marks.nulls(rows))),
                marks,
            )
        }
        _ => {
            let (low, high) = (narrow(low), narrow(high));
            let (values, marks) = parse(column, place, view, faults, |field| {
                let value = whole_of(field)?;
                if value < low || value > high {
                    Err("range")
                } else {
                    Ok(value)
                }
            });
            (
                Arc::new(Int64Array::new(ScalarBuffer::from(values), marks.nulls(rows))),
                marks,
            )
        }
    };
    std::iter::once(array).chain(marks.suppressed(column, rows)).collect()
}

/// Recent dates of eight bytes: few days are in a delivery, so most are parsed before.
struct Recent([(u64, i32); 256]);

impl Recent {
    fn new() -> Self {
        // Eight bytes of 0xff are no text, so an empty slot matches nothing.
        Self([(u64::MAX, 0); 256])
    }

    #[inline]
    fn days(&mut self, format: &DateFormat, field: Value<'_>) -> Option<i32> {
        if field.text.len() != 8 {
            return format.days(field.text);
        }
        let word = field.word();
        let at = usize::try_from(word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56).unwrap_or(0);
        if self.0[at].0 != word {
            self.0[at] = (word, format.days(field.text)?);
        }
        Some(self.0[at].1)
    }
}

/// A bound as a 64-bit number; bounds beyond that do not bound.
fn narrow(bound: i128) -> i64 {
    i64::try_from(bound).unwrap_or(if bound < 0 { i64::MIN } else { i64::MAX })
}

/// A whole number; up to eight digits without a sign are read at once.
#[inline(always)]
fn whole_of(field: Value<'_>) -> Result<i64, &'static str> {
    match digits::number(field.first_bytes(), field.text.len()) {
        Some(value) => Ok(i64::from(value)),
        None => whole(field.text),
    }
}

/// A whole number: an optional sign and digits.
fn whole(text: &[u8]) -> Result<i64, &'static str> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return Err("integer");
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err("integer");
        }
        value = value * 10 + i64::from(digit);
    }
    Ok(if negative { -value } else { value })
}

/// A number with this decimal sign, and perhaps a power of ten behind an `e`.
fn double(text: &[u8], sign: u8) -> Option<f64> {
    let plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'e' | b'E') || *byte == sign;
    if !text.iter().all(plain) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let number: f64 = match sign {
        b'.' => text.parse().ok()?,
        other => text.replace(char::from(other), ".").parse().ok()?,
    };
    // a zero has no sign, so that equal numbers are equal bytes
    Some(number + 0.0).filter(|number| number.is_finite())
}

/// How a decimal number is written.
struct Decimal {
    scale: u8,
    sign: u8,
    thousands: Option<u8>,
}

/// The powers of ten by which eight digits fit 64 bits.
const TENS: [i64; 11] = {
    let mut tens = [1; 11];
    let mut power = 1;
    while power < 11 {
        tens[power] = tens[power - 1] * 10;
        power += 1;
    }
    tens
};

impl Decimal {
    /// The number times ten to the scale, when it has up to eight bytes, no sign and no more decimals than the scale.
    #[inline(always)]
    fn short(&self, field: Value<'_>) -> Option<i64> {
        let (word, length) = (field.word(), field.text.len());
        let (joined, count, decimals) = match digits::find(word, self.sign) {
            Some(at) => {
                let front = (1 << (8 * at)) - 1;
                (word & front | word >> 8 & !front, length - 1, length - 1 - at)
            }
            None => (word, length, 0),
        };
        let power = TENS.get(usize::from(self.scale).checked_sub(decimals)?)?;
        let value = digits::number(joined, count).filter(|_| length <= 8)?;
        Some(i64::from(value) * power)
    }

    /// The number times ten to the scale; digits beyond the scale must be zero.
    fn scaled(&self, text: &[u8]) -> Result<i128, &'static str> {
        if text.len() > 17 || self.thousands.is_some() {
            return self.long(text);
        }
        let (negative, digits) = sign_of(text);
        let (mut value, mut decimals, mut seen, mut any) = (0i64, 0u8, false, false);
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                any = true;
                if seen && decimals == self.scale {
                    if digit != 0 {
                        return Err("scale");
                    }
                    continue;
                }
                value = value * 10 + i64::from(digit);
                decimals += u8::from(seen);
            } else if byte == self.sign && !seen {
                seen = true;
            } else {
                return Err("decimal");
            }
        }
        if !any {
            return Err("decimal");
        }
        let value = i128::from(value) * 10i128.pow(u32::from(self.scale - decimals));
        Ok(if negative { -value } else { value })
    }

    /// The same for long numbers and grouped thousands.
    fn long(&self, text: &[u8]) -> Result<i128, &'static str> {
        let (negative, digits) = sign_of(text);
        let cut = digits
            .iter()
            .position(|&byte| byte == self.sign)
            .unwrap_or(digits.len());
        let (front, back) = (&digits[..cut], digits.get(cut + 1..).unwrap_or_default());
        let mut front = front.to_vec();
        if let Some(thousands) = self.thousands.filter(|thousands| front.contains(thousands)) {
            let groups: Vec<&[u8]> = front.split(|&byte| byte == thousands).collect();
            let fits = (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
            if !fits {
                return Err("decimal");
            }
            front = groups.concat();
        }
        let scale = usize::from(self.scale);
        if back.iter().skip(scale).any(|&byte| byte != b'0') {
            return Err(if back.iter().all(u8::is_ascii_digit) {
                "scale"
            } else {
                "decimal"
            });
        }
        let zeros = scale.saturating_sub(back.len());
        let all = front
            .iter()
            .chain(back.iter().take(scale))
            .copied()
            .chain(std::iter::repeat_n(b'0', zeros));
        if front.is_empty() && back.is_empty() {
            return Err("decimal");
        }
        let mut value = 0i128;
        for byte in all {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return Err("decimal");
            }
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i128::from(digit)))
                .ok_or("precision")?;
        }
        Ok(if negative { -value } else { value })
    }
}

fn sign_of(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::rows::MARGIN;
    use proptest::prelude::*;

    #[test]
    fn decimals_by_their_signs() {
        let dutch = Decimal {
            scale: 2,
            sign: b',',
            thousands: None,
        };
        assert_eq!(dutch.scaled(b"12,5"), Ok(1250));
        assert_eq!(dutch.scaled(b"-0,05"), Ok(-5));
        assert_eq!(dutch.scaled(b"7"), Ok(700));
        assert_eq!(dutch.scaled(b"1,500"), Ok(150));
        assert_eq!(dutch.scaled(b"1,505"), Err("scale"));
        assert_eq!(dutch.scaled(b"1.5"), Err("decimal"));
        assert_eq!(dutch.scaled(b","), Err("decimal"));
        let grouped = Decimal {
            scale: 2,
            sign: b',',
            thousands: Some(b'.'),
        };
        assert_eq!(grouped.scaled(b"1.234.567,8"), Ok(123_456_780));
        assert_eq!(grouped.scaled(b"12.34,5"), Err("decimal"));
        assert_eq!(grouped.scaled(b"x"), Err("decimal"));
    }

    #[test]
    fn doubles_are_finite_numbers_with_their_sign() {
        assert_eq!(double(b"1,25", b','), Some(1.25));
        assert_eq!(double(b"-1.5e3", b'.'), Some(-1500.0));
        assert_eq!(double(b"-0", b'.').map(f64::to_bits), Some(0));
        for text in ["1.25", "NaN", "inf", "", "1e999", "1,2,3"] {
            assert_eq!(double(text.as_bytes(), b','), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_agree_with_the_standard_library(text in "[-+]?[0-9]{0,17}|[0-9a,. ]{0,5}") {
            prop_assert_eq!(whole(text.as_bytes()).ok(), text.parse::<i64>().ok());
        }

        #[test]
        fn up_to_eight_bytes_at_once_agree_with_one_at_a_time(text in "[-+]?[0-9]{0,9}([,.][0-9]{0,4})?|[0-9a:/,. ]{0,9}") {
            // What follows a field in the block must not matter.
            for behind in [b'0', b'9', b',', b';', 0xff] {
                let mut window = [behind; MARGIN];
                window[..text.len()].copy_from_slice(text.as_bytes());
                let field = Value { text: &window[..text.len()], window: &window };
                prop_assert_eq!(whole_of(field), whole(field.text));
                for (scale, thousands) in [(0, None), (2, None), (2, Some(b'.')), (9, None)] {
                    let decimal = Decimal { scale, sign: b',', thousands };
                    if let Some(short) = decimal.short(field) {
                        prop_assert_eq!(Ok(i128::from(short)), decimal.scaled(field.text));
                    }
                }
            }
        }

        #[test]
        fn the_short_and_the_long_way_agree(text in "-?[0-9]{0,8}(,[0-9]{0,4})?") {
            let decimal = Decimal { scale: 2, sign: b',', thousands: None };
            prop_assert_eq!(decimal.scaled(text.as_bytes()), decimal.long(text.as_bytes()));
        }
    }
}
