//! How the bytes of a delivery are laid out.
use std::str::FromStr;

use super::sheet::Spreadsheet;

/// A character encoding a contract may declare. Encodings are never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a leading byte-order mark is dropped.
    Utf8,
    /// Windows code page 1252, with its five undefined bytes refused.
    Windows1252,
    /// ISO 8859-1; the control range 0x80-0x9F is refused.
    Iso8859_1,
    /// DOS code page 850.
    Cp850,
}

impl Encoding {
    /// The names a contract may use.
    pub const NAMES: [&'static str; 4] = ["utf-8", "windows-1252", "iso-8859-1", "cp850"];

    /// The name as a contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Iso8859_1 => "iso-8859-1",
            Self::Cp850 => "cp850",
        }
    }
}

impl FromStr for Encoding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "windows-1252" | "cp1252" => Ok(Self::Windows1252),
            "iso-8859-1" | "latin1" | "latin-1" => Ok(Self::Iso8859_1),
            "cp850" | "ibm850" => Ok(Self::Cp850),
            _ => Err(()),
        }
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// By the ending of the name: `.gz`, `.zst`, `.zip`, else none.
    Auto,
    /// Not packed.
    None,
    /// gzip, one or more members.
    Gzip,
    /// Zstandard.
    Zstd,
    /// A zip archive with exactly one member.
    Zip,
}

impl Compression {
    /// The names a contract may use.
    pub const NAMES: [&'static str; 5] = ["auto", "none", "gzip", "zstd", "zip"];

    /// What `auto` means for a file of this name.
    pub fn resolve(self, file_name: &str) -> Self {
        let lower = file_name.to_ascii_lowercase();
        match self {
            Self::Auto if lower.ends_with(".gz") => Self::Gzip,
            Self::Auto if lower.ends_with(".zst") => Self::Zstd,
            Self::Auto if lower.ends_with(".zip") => Self::Zip,
            Self::Auto => Self::None,
            other => other,
        }
    }
}

impl FromStr for Compression {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            "zip" => Ok(Self::Zip),
            _ => Err(()),
        }
    }
}

/// Delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimited {
    /// The byte between fields.
    pub delimiter: u8,
    /// The byte around fields that hold a delimiter, if quoting is used.
    pub quote: Option<u8>,
    /// Whether a backslash, and not a doubled quote, escapes a quote.
    pub backslash: bool,
    /// Whether a quoted field may run over several lines.
    pub quoted_newlines: bool,
    /// Whether the first line (after the skipped ones) names the columns.
    pub header: bool,
    /// Lines before the header or the data.
    pub skip_lines: u32,
}

/// The layout of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Fields separated by a byte.
    Delimited(Delimited),
    /// Columns by start and width in bytes.
    Fixed {
        /// Bytes in a full record, without the line end.
        record_length: u32,
        /// Lines before the data.
        skip_lines: u32,
    },
    /// A JSON document holding an array of objects at a JSON pointer (empty: the root).
    Json {
        /// JSON pointer to the array.
        records: String,
    },
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// An SPSS system file, `.sav` or `.zsav`.
    Spss {
        /// The encoding of files that do not declare theirs.
        encoding: Option<Encoding>,
    },
    /// A table in a workbook: XLSX, XLS or ODS.
    Spreadsheet(Spreadsheet),
}

impl Format {
    /// The names a contract may use.
    pub const NAMES: [&'static str; 7] = ["delimited", "fixed", "json", "jsonl", "parquet", "spreadsheet", "spss"];

    /// How the fields of its text are delimited, for a format that is read as delimited text.
    pub fn as_delimited(&self) -> Option<Delimited> {
        match self {
            Self::Delimited(delimited) => Some(delimited.clone()),
            Self::Spreadsheet(sheet) => Some(sheet.as_text()),
            _ => None,
        }
    }
}

/// What to do when a delivery's columns are not what the contract says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftPolicy {
    /// Refuse the delivery.
    Fail,
    /// Go on, and say so in the report.
    Warn,
    /// Go on silently.
    Ignore,
}

impl FromStr for DriftPolicy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "fail" => Ok(Self::Fail),
            "warn" => Ok(Self::Warn),
            "ignore" => Ok(Self::Ignore),
            _ => Err(()),
        }
    }
}

/// One policy per kind of drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// A column of the contract is not in the file.
    pub missing_column: DriftPolicy,
    /// The file has a column the contract does not name; it is dropped before anything is stored.
    pub extra_column: DriftPolicy,
    /// The columns come in another order than the contract's.
    pub changed_order: DriftPolicy,
    /// Two columns of the file have the same header.
    pub duplicate_header: DriftPolicy,
    /// The last line has no line end: the file may have been cut off within it.
    pub missing_final_newline: DriftPolicy,
}
