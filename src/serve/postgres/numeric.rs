//! Numbers of any length, as clients send them.
use datafusion::scalar::ScalarValue;

const DIGITS: u8 = 38;

/// A `numeric` as text: `-12.50`.
pub fn of_text(text: &str) -> Option<ScalarValue> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !only_digits(whole) || !only_digits(part) {
        return None;
    }
    let number: i128 = format!("0{whole}{part}").parse().ok()?;
    decimal(sign * number, i32::try_from(part.len()).ok()?.checked_sub(exponent)?)
}

/// A `numeric` as binary: digits of base 10,000, the weight of the first, the sign, the digits behind the point.
pub fn of_binary(bytes: &[u8]) -> Option<ScalarValue> {
    let word = |index: usize| {
        Some(i16::from_be_bytes(
            bytes.get(index * 2..index * 2 + 2)?.try_into().ok()?,
        ))
    };
    let count = usize::try_from(word(0)?).ok()?;
    let (weight, sign, scale) = (i32::from(word(1)?), word(2)?, i32::from(word(3)?));
    let sign = match sign {
        0 => 1,
        0x4000 => -1,
        // not a number, or infinite
        _ => return None,
    };
    let mut number: i128 = 0;
    for index in 0..count {
        number = number.checked_mul(10_000)?.checked_add(i128::from(word(4 + index)?))?;
    }
    // digits behind the point of the number as it is read
    let behind = 4 * (i32::try_from(count).ok()? - 1 - weight);
    let (number, behind) = shifted(number, behind, scale)?;
    decimal(sign * number, behind)
}

/// `number` with `wanted` digits behind the point, where that loses nothing.
fn shifted(mut number: i128, mut behind: i32, wanted: i32) -> Option<(i128, i32)> {
    while behind < wanted && number != 0 {
        number = number.checked_mul(10)?;
        behind += 1;
    }
    while behind > wanted && number % 10 == 0 && behind > 0 {
        number /= 10;
        behind -= 1;
    }
    Some((number, behind))
}

fn decimal(number: i128, behind: i32) -> Option<ScalarValue> {
    let (number, behind) = match behind < 0 {
        true => shifted(number, behind, 0)?,
        false => (number, behind),
    };
    let scale = i8::try_from(behind.max(0)).ok().filter(|scale| *scale <= 38)?;
    (number.unsigned_abs() < 10_u128.pow(38)).then_some(ScalarValue::Decimal128(Some(number), DIGITS, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(weight: i16, sign: i16, scale: i16, digits: &[i16]) -> Option<ScalarValue> {
        let count = i16::try_from(digits.len()).unwrap();
        let words = [&[count, weight, sign, scale], digits].concat();
        of_binary(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>())
    }

    fn of(number: i128, scale: i8) -> Option<ScalarValue> {
        Some(ScalarValue::Decimal128(Some(number), 38, scale))
    }

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(of_text("-12.50"), of(-1_250, 2));
        assert_eq!(of_text("1e3"), of(1_000, 0));
        assert_eq!(of_text(".5e-2"), of(5, 3));
        assert_eq!(of_text("0"), of(0, 0));
        for wrong in ["", "-", ".", "1,5", "NaN", "1e99", "0x1"] {
            assert_eq!(of_text(wrong), None, "{wrong}");
        }
        assert_eq!(binary(0, 0, 2, &[12, 5_000]), of(1_250, 2));
        assert_eq!(binary(1, 0x4000, 0, &[1]), of(-10_000, 0));
        assert_eq!(binary(-1, 0, 1, &[1_000]), of(1, 1));
        assert_eq!(binary(0, 0, 0, &[]), of(0, 0));
        assert_eq!(binary(0, -0x4000, 0, &[]), None);
    }
}
