//! Texts of more than 255 bytes, which are kept as several variables, and labels and missing values of texts of more than 8.
use super::input::Order;
use super::records::{ELEMENT, RawVariable};
use super::{Result, wrong};

/// The longest text.
const LONGEST: usize = 32767;
/// What a segment counts for when segments are counted, and what it really holds.
const COUNTED: usize = 252;
const HELD: usize = 255;

/// `KEY=value` pairs between tabs (and, behind widths, a NUL); keys in ASCII upper case.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, &[u8])> {
    text.split(|byte| *byte == b'\t').filter_map(|pair| {
        let cut = pair.iter().position(|byte| *byte == b'=')?;
        let value = pair[cut + 1..].split(|byte| *byte == 0).next().unwrap_or_default();
        Some((pair[..cut].to_ascii_uppercase(), value))
    })
}

/// The width of a very long text, as it is declared.
pub fn width(text: &[u8], name: &str) -> Result<usize> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
    match number {
        Some(width @ 1..=LONGEST) => Ok(width),
        _ => wrong(format!(
            "the text `{name}` has no width of 1 to {LONGEST} bytes in the record of subtype 14"
        )),
    }
}

/// Where the bytes of a text of `width` are: in the first of `variables`, and in those that follow it.
pub fn stretches(width: usize, variables: &[RawVariable], name: &str) -> Result<Vec<(usize, usize)>> {
    let segments = if width > HELD { width.div_ceil(COUNTED) } else { 1 };
    let mut stretches = Vec::new();
    for place in 0..segments {
        let used = width.saturating_sub(place * HELD).min(HELD);
        match variables.get(place) {
            Some(segment) if segment.width >= used.max(1) => stretches.push((segment.element * ELEMENT, used)),
            _ => {
                return wrong(format!(
                    "the text `{name}` of {width} bytes needs {segments} segments, and the one numbered {} is not there",
                    place + 1
                ));
            }
        }
    }
    Ok(stretches)
}

/// The parts of a record, one behind the other.
pub struct Parts<'a> {
    rest: &'a [u8],
    order: Order,
    what: &'static str,
}

impl<'a> Parts<'a> {
    /// The parts of a record about `what`.
    pub fn new(record: &'a [u8], order: Order, what: &'static str) -> Self {
        Self {
            rest: record,
            order,
            what,
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// So many bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => wrong(format!("{} end before they should", self.what)),
        }
    }

    /// A length.
    pub fn length(&mut self) -> Result<usize> {
        let bytes = self.bytes(4)?;
        let mut number = [0; 4];
        number.copy_from_slice(bytes);
        match usize::try_from(self.order.i32(number)) {
            Ok(length) => Ok(length),
            Err(_) => wrong(format!("{} have a negative length", self.what)),
        }
    }

    /// Bytes behind their length.
    pub fn counted(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.bytes(length)
    }
}
