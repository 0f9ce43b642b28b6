//! The eleven-test of Dutch person numbers.

const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];

/// The remainder a BSN must give
pub const ELEVEN_BSN: u8 = 0;
/// The remainder an onderwijsnummer gives by common knowledge; not checked against a specification, hence a setting
pub const ELEVEN_ONDERWIJSNUMMER: u8 = 5;

/// The weighted sum of nine ASCII digits modulo 11 (weights 9 8 7 6 5 4 3 2 -1); `None` when they are not nine digits
pub fn eleven_remainder(digits: &[u8]) -> Option<u8> {
    let digits: &[u8; 9] = digits.try_into().ok()?;
    let mut sum = 0i32;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return None;
        }
        sum += i32::from(digit - b'0') * weight;
    }
    u8::try_from(sum.rem_euclid(11)).ok()
}

/// Whether nine ASCII digits pass the eleven-test with this remainder
pub fn passes_eleven(digits: &[u8], remainder: u8) -> bool {
    eleven_remainder(digits) == Some(remainder)
}

/// The nine digits of a field that is a person number but for separators and a trailing `.0`; one of eight digits gets the
/// zero before it that it may have lost, and is told so
pub fn person_digits(field: &[u8]) -> Option<([u8; 9], bool)> {
    let field = field
        .strip_suffix(b".0")
        .filter(|whole| whole.len() >= 8)
        .unwrap_or(field);
    if !(8..=13).contains(&field.len()) {
        return None;
    }
    let mut digits = [b'0'; 9];
    let mut count = 0;
    for &byte in field {
        match byte {
            b'0'..=b'9' => {
                *digits.get_mut(count)? = byte;
                count += 1;
            }
            b'.' | b'-' | b' ' => {}
            _ => return None,
        }
    }
    match count {
        9 => Some((digits, false)),
        8 => {
            digits.rotate_right(1);
            Some((digits, true))
        }
        _ => None,
    }
}
