//! Declared encodings, decoded with nothing repaired: bytes without a meaning are findings.
use crate::contract::format::Encoding;

/// The upper halves of the single-byte encodings; U+FFFD where a byte has no meaning.
const CP1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];
const CP850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û',
    'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡',
    '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─',
    '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█',
    '▄', '¦', 'Ì', '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}', '±',
    '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

/// What a byte of 0x80 and up means in a single-byte encoding.
fn letter(encoding: Encoding, byte: u8) -> char {
    match encoding {
        Encoding::Cp850 => CP850[usize::from(byte - 0x80)],
        Encoding::Windows1252 if byte < 0xa0 => CP1252[usize::from(byte - 0x80)],
        Encoding::Iso8859_1 if byte < 0xa0 => char::REPLACEMENT_CHARACTER,
        _ => char::from(byte),
    }
}

/// What keeps a field from being text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// A byte that means nothing in the declared encoding.
    Byte,
    /// U+FFFD: somebody decoded this wrongly before.
    Replacement,
    /// A control character: NUL, 0x1A, a lone carriage return and the like.
    Control,
}

impl Unreadable {
    /// The rule's name in reports and quarantine.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Byte => "encoding",
            Self::Replacement => "replacement_character",
            Self::Control => "control_character",
        }
    }
}

/// Appends a field as UTF-8 to `out`.
///
/// # Errors
/// What in the field is not text; `out` is then unchanged.
pub fn decode(encoding: Encoding, field: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let control = |byte: &u8| (*byte < 0x20 && *byte != b'\t' && *byte != b'\n' && *byte != b'\r') || *byte == 0x7f;
    if field.iter().any(control) || lone_return(field) {
        return Err(Unreadable::Control);
    }
    if field.is_ascii() {
        out.extend_from_slice(field);
        return Ok(());
    }
    if encoding == Encoding::Utf8 {
        let text = std::str::from_utf8(field).map_err(|_| Unreadable::Byte)?;
        if text.contains('\u{fffd}') {
            return Err(Unreadable::Replacement);
        }
        if text.chars().any(char::is_control) && text.chars().any(|letter| ('\u{80}'..'\u{a0}').contains(&letter)) {
            return Err(Unreadable::Control);
        }
        out.extend_from_slice(field);
        return Ok(());
    }
    let before = out.len();
    let mut buffer = [0; 4];
    for &byte in field {
        if byte < 0x80 {
            out.push(byte);
            continue;
        }
        let letter = letter(encoding, byte);
        if letter == char::REPLACEMENT_CHARACTER {
            out.truncate(before);
            return Err(Unreadable::Byte);
        }
        out.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
    }
    Ok(())
}

/// A carriage return that is not followed by a line feed.
fn lone_return(field: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', field).any(|place| field.get(place + 1) != Some(&b'\n'))
}

/// Whether every byte of a block is plain printable ASCII or a line end or tab: then no field needs decoding.
pub fn is_plain(bytes: &[u8]) -> bool {
    bytes.chunks(4096).all(|chunk| {
        chunk.iter().fold(true, |plain, &byte| {
            plain & ((byte.wrapping_sub(0x20) < 0x5f) | (byte == b'\n') | (byte == b'\r') | (byte == b'\t'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: Encoding, field: &[u8]) -> Result<String, Unreadable> {
        let mut out = Vec::new();
        decode(encoding, field, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_same_name_in_every_encoding() {
        assert_eq!(text(Encoding::Cp850, b"Caf\x82 \x84\x81").as_deref(), Ok("Café äü"));
        assert_eq!(text(Encoding::Windows1252, b"Caf\xe9 \x80").as_deref(), Ok("Café €"));
        assert_eq!(text(Encoding::Iso8859_1, b"Caf\xe9").as_deref(), Ok("Café"));
        assert_eq!(text(Encoding::Utf8, "Café".as_bytes()).as_deref(), Ok("Café"));
        assert_eq!(text(Encoding::Cp850, &[0xff]).as_deref(), Ok("\u{a0}"));
    }

    #[test]
    fn bytes_without_a_meaning_are_findings() {
        assert_eq!(text(Encoding::Windows1252, b"a\x81"), Err(Unreadable::Byte));
        assert_eq!(text(Encoding::Iso8859_1, b"a\x85"), Err(Unreadable::Byte));
        assert_eq!(text(Encoding::Utf8, b"a\xff"), Err(Unreadable::Byte));
        assert_eq!(
            text(Encoding::Utf8, "a\u{fffd}".as_bytes()),
            Err(Unreadable::Replacement)
        );
        assert_eq!(text(Encoding::Utf8, b"a\x1a"), Err(Unreadable::Control));
        assert_eq!(text(Encoding::Utf8, b"a\rb"), Err(Unreadable::Control));
        assert_eq!(text(Encoding::Utf8, b"a\0"), Err(Unreadable::Control));
    }

    #[test]
    fn plain_text_is_told_from_the_rest() {
        assert!(is_plain(b"a;b\r\n~"));
        for byte in [0u8, 0x1a, 0x7f, 0x80, 0xff] {
            assert!(!is_plain(&[b'a', byte]));
        }
    }
}
