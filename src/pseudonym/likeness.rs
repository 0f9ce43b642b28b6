//! Texts that could hold a person key in a place where none should be.

/// Digits that stand together in the shortest person key: a `bsn` without its leading zero.
const TOGETHER: usize = 8;
/// Digits of a person key that is written in groups.
const IN_GROUPS: usize = 9;

/// Whether as many digits stand together in a text as in a person key, of any script; in groups too, as in `1234.56.782`.
pub fn like_a_key(text: &str) -> bool {
    let (mut together, mut in_groups, mut between) = (0, 0, 0);
    for letter in text.chars() {
        if letter.is_numeric() {
            (together, in_groups, between) = (together + 1, in_groups + 1, 0);
            if together >= TOGETHER || in_groups >= IN_GROUPS {
                return true;
            }
            continue;
        }
        together = 0;
        between += 1;
        if between > 1 || !(letter.is_whitespace() || ".-_/\u{200b}".contains(letter)) {
            in_groups = 0;
        }
    }
    false
}

/// The text, or what is told in its place when it could hold a person key.
pub fn unlike_a_key(text: &str) -> &str {
    match like_a_key(text) {
        true => "***",
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_seen_however_they_are_written() {
        for text in [
            "123456782",
            "12345678",
            "1234.56.782",
            "123 456 782",
            "BSN123456782x",
            "７４０８５６４７９",
            "٧٢٠٦٧٢١١٩",
            "1-2-3-4-5-6-7-8-2",
        ] {
            assert!(like_a_key(text), "{text}");
        }
        for text in [
            "",
            "Assen",
            "2018-2019",
            "EXAMEN 2018 - 2019",
            "05AA01",
            "0,1234567",
            "12345 and 67890",
            "01-09-2026",
        ] {
            assert!(!like_a_key(text), "{text}");
        }
    }
}
