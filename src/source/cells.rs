//! Cells: where the fields of a block's records are, without copying them.

/// One field: a range of the bytes of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// First byte.
    pub start: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Cell {
    /// A cell of `bytes[start..end]`; blocks are smaller than 4 GiB.
    #[allow(clippy::cast_possible_truncation)]
    pub fn of(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            len: (end - start) as u32,
        }
    }

    /// The bytes of the cell.
    #[inline]
    pub fn get(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..(self.start + self.len) as usize]
    }

    /// The cell without blanks (space, tab, and in UTF-8 nothing else) around it.
    #[inline]
    #[must_use]
    pub fn trimmed(self, bytes: &[u8]) -> Self {
        let field = self.get(bytes);
        let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
        match (field.first(), field.last()) {
            (Some(first), Some(last)) if blank(first) || blank(last) => {
                let front = field.iter().take_while(|byte| blank(byte)).count();
                let back = field[front..].iter().rev().take_while(|byte| blank(byte)).count();
                let start = self.start as usize + front;
                Self::of(start, start + field.len() - front - back)
            }
            _ => self,
        }
    }
}

/// What is wrong with the shape of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Fewer fields than columns.
    TooFewFields,
    /// More fields than columns.
    TooManyFields,
    /// A quote opens and the record ends before it closes.
    OpenQuote,
    /// Text behind a closing quote.
    TextAfterQuote,
    /// Longer than the layout's record.
    TooLong,
    /// A field beyond the limit.
    HugeField,
    /// Not a JSON object, or a value that is not text, a number, a boolean or null.
    NotAnObject,
}

impl Shape {
    /// The rule's name in reports and quarantine.
    pub fn rule(self) -> &'static str {
        match self {
            Self::TooFewFields => "too_few_fields",
            Self::TooManyFields => "too_many_fields",
            Self::OpenQuote => "open_quote",
            Self::TextAfterQuote => "text_after_quote",
            Self::TooLong => "record_too_long",
            Self::HugeField => "field_too_long",
            Self::NotAnObject => "not_an_object",
        }
    }
}

/// A record that has no cells because its shape is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misshapen {
    /// Line within the block, from 0.
    pub line: u32,
    /// What is wrong.
    pub shape: Shape,
}

/// The records of a stretch of a block, row after row.
#[derive(Debug, Default)]
pub struct Records {
    /// Cells of a record; every record has as many.
    pub width: usize,
    /// `width` cells for each record.
    pub cells: Vec<Cell>,
    /// The line within the block each record starts on, from 0.
    pub lines: Vec<u32>,
    /// Records without cells.
    pub misshapen: Vec<Misshapen>,
    /// Cells that hold an error of the program that wrote the file: record, and field of it.
    pub errors: Vec<(usize, usize)>,
    /// Memory of those who find them.
    pub ends: Ends,
}

/// Where fields and lines end.
#[derive(Debug, Default)]
pub struct Ends {
    /// The byte behind each field.
    pub fields: Vec<u32>,
    /// The byte behind each line.
    pub lines: Vec<u32>,
}

impl Records {
    /// No records of this width.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Number of well-shaped records.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Forgets the records, keeping the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.lines.clear();
        self.misshapen.clear();
        self.errors.clear();
    }
}
