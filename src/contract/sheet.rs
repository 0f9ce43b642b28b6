//! Where in a spreadsheet the table stands.
use serde::{Deserialize, Serialize};

use super::format::Delimited;

/// Rows a header may stand in; tables of people stand near the top of their sheet.
pub const LAST_HEADER_ROW: u32 = 1000;
/// Rows and columns of the largest sheet there is.
pub const MOST_ROWS: u32 = 1_048_576;
/// Columns of the largest sheet there is.
pub const MOST_COLUMNS: u32 = 16_384;

/// The sheet of a workbook that holds the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SheetChoice {
    /// The only visible sheet.
    #[default]
    Only,
    /// By name.
    Name(String),
    /// By place among all sheets, from 1.
    Number(u32),
}

/// Which blank cells of a header of several rows belong to the cell on their left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderFill {
    /// Those merged with it.
    #[default]
    Merged,
    /// Those merged with it, and in all rows but the last every blank one up to where a row above begins a new group.
    Right,
}

/// Where the data end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataEnd {
    /// With the sheet.
    #[default]
    Sheet,
    /// With this row.
    Row(u32),
    /// Before the first blank row.
    Blank,
    /// Before the first row whose first written cell begins with this text.
    Text(String),
}

/// Where in a spreadsheet the table stands. Rows count from 1, columns from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spreadsheet {
    /// The sheet.
    pub sheet: SheetChoice,
    /// First and last row of the header; none when columns count by position.
    pub header: Option<(u32, u32)>,
    /// What stands between the texts of a header of several rows.
    pub separator: String,
    /// Which blank header cells belong to their left neighbour.
    pub fill: HeaderFill,
    /// The first row of the data.
    pub first_row: u32,
    /// Where they end.
    pub end: DataEnd,
    /// The first column; none: the first with a header.
    pub first_column: Option<u32>,
    /// The last column; none: the last with a header. What stands beyond a last column that is given is no part of the table.
    pub last_column: Option<u32>,
}

impl Default for Spreadsheet {
    fn default() -> Self {
        Self {
            sheet: SheetChoice::Only,
            header: Some((1, 1)),
            separator: " - ".to_owned(),
            fill: HeaderFill::Merged,
            first_row: 2,
            end: DataEnd::Sheet,
            first_column: None,
            last_column: None,
        }
    }
}

impl Spreadsheet {
    /// The byte between the cells of a row, when a sheet is read as text.
    pub const DELIMITER: u8 = 0x1f;

    /// Whether a column does not lie outside those that are given.
    pub fn may_have(&self, column: u32) -> bool {
        self.first_column.is_none_or(|first| column >= first) && self.last_column.is_none_or(|last| column <= last)
    }

    /// How the text looks that a sheet is read as: line for line the rows of the sheet, the header on that of its last row.
    pub fn as_text(&self) -> Delimited {
        Delimited {
            delimiter: Self::DELIMITER,
            quote: None,
            backslash: false,
            quoted_newlines: false,
            header: self.header.is_some(),
            skip_lines: self.header.map_or(0, |(_, last)| last - 1),
        }
    }
}

/// The place of a column from 0, by its letters (`B`, `AA`) or its number from 1.
pub fn column_place(text: &str) -> Option<u32> {
    let text = text.trim();
    let number = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse::<u32>().ok()?
    } else {
        text.bytes().try_fold(0u32, |number, byte| {
            let letter = byte.to_ascii_uppercase();
            let value = letter.is_ascii_uppercase().then(|| u32::from(letter - b'A') + 1)?;
            number.checked_mul(26)?.checked_add(value)
        })?
    };
    (1..=MOST_COLUMNS).contains(&number).then(|| number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters_or_numbers() {
        assert_eq!(column_place("A"), Some(0));
        assert_eq!(column_place(" xfd "), Some(16_383));
        assert_eq!(column_place("AA"), Some(26));
        assert_eq!(column_place("3"), Some(2));
        for text in ["", "0", "XFE", "A1", "é", "99999999999"] {
            assert_eq!(column_place(text), None, "{text}");
        }
    }
}
