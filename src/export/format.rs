//! The formats.

/// A format that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// Parquet with zstd.
    Parquet,
    /// A stream of Arrow IPC messages.
    Arrow,
}

impl Format {
    /// Every format, the one that people mean when they name none first.
    pub const ALL: [Format; 5] = [Format::Json, Format::Csv, Format::Jsonl, Format::Arrow, Format::Parquet];

    /// Its media type, as registered or as its own project names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv",
            Format::Json => "application/json",
            Format::Jsonl => "application/x-ndjson",
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Arrow => "application/vnd.apache.arrow.stream",
        }
    }
}
