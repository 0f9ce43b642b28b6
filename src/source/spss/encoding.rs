//! The encoding that a file declares.
use crate::contract::format::Encoding;

/// What a file says of its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// One that sluis reads.
    Known(Encoding),
    /// Nothing, or ASCII, which says nothing of bytes from 0x80 on.
    Nothing,
    /// One that sluis does not read, by its name.
    Other(String),
}

impl Declared {
    /// By the name in a record of subtype 20.
    pub fn by_name(name: &[u8]) -> Self {
        let text: String = String::from_utf8_lossy(name).trim().chars().take(40).collect();
        match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "cp65001" => Self::Known(Encoding::Utf8),
            "windows-1252" | "cp1252" | "ms-1252" | "ibm-1252" => Self::Known(Encoding::Windows1252),
            "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" => Self::Known(Encoding::Iso8859_1),
            "cp850" | "ibm850" | "ibm-850" => Self::Known(Encoding::Cp850),
            "" | "us-ascii" | "ascii" | "ansi-x3.4-1968" => Self::Nothing,
            _ => Self::Other(text),
        }
    }

    /// By the code page in a record of subtype 3. Old programs write 2 (7 bits) or 3 (8 bits) whatever they mean.
    pub fn by_code_page(page: i32) -> Self {
        match page {
            65001 => Self::Known(Encoding::Utf8),
            1252 => Self::Known(Encoding::Windows1252),
            28591 => Self::Known(Encoding::Iso8859_1),
            850 => Self::Known(Encoding::Cp850),
            0 | 2 | 3 | 20127 => Self::Nothing,
            1 => Self::Other("EBCDIC".to_owned()),
            other => Self::Other(format!("code page {other}")),
        }
    }
}

/// The bytes without a last letter that was cut in two: labels are cut at a number of bytes.
pub fn whole_letters(encoding: Encoding, text: &[u8]) -> &[u8] {
    if encoding != Encoding::Utf8 {
        return text;
    }
    match std::str::from_utf8(text) {
        // no length: the text ends before the letter does
        Err(error) if error.error_len().is_none() => &text[..error.valid_up_to()],
        _ => text,
    }
}
