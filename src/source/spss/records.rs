//! The records between header and data, as they stand: nothing is looked up yet.
use super::extension::Extensions;
use super::input::Input;
use super::{Result, wrong};

/// Most variables, segments of long texts included.
const MOST_VARIABLES: usize = 1 << 16;
/// Most value labels.
pub const MOST_LABELS: usize = 1 << 18;
/// Bytes of an element of a case.
pub const ELEMENT: usize = 8;

/// A variable as it is declared.
#[derive(Debug, Clone)]
pub struct RawVariable {
    /// Eight bytes at most, without trailing blanks.
    pub name: Vec<u8>,
    /// Bytes of a text; 0 is a number.
    pub width: usize,
    /// What it means.
    pub label: Vec<u8>,
    /// How many missing values; with -2 and -3 the first two are a range.
    pub missing: i32,
    /// The missing values.
    pub values: Vec<[u8; ELEMENT]>,
    /// The print format.
    pub format: i32,
    /// Its first element in a case.
    pub element: usize,
}

/// Value labels, and the variables that have them.
#[derive(Debug, Clone)]
pub struct RawLabels {
    /// Value and label.
    pub labels: Vec<([u8; ELEMENT], Vec<u8>)>,
    /// Elements, from 1.
    pub elements: Vec<u32>,
}

/// Everything between header and data.
#[derive(Debug, Default)]
pub struct Records {
    /// The variables, segments of long texts among them.
    pub variables: Vec<RawVariable>,
    /// Elements of a case.
    pub elements: usize,
    /// Sets of value labels.
    pub labels: Vec<RawLabels>,
    /// What later versions of SPSS added.
    pub extensions: Extensions,
    number_of_labels: usize,
    pending: usize,
}

impl Records {
    /// Reads up to the data.
    pub fn read(input: &mut Input) -> Result<Self> {
        let mut records = Self::default();
        loop {
            let at = input.at;
            input.fits(4, "a record")?;
            match input.i32("the dictionary")? {
                2 => records.variable(input)?,
                3 => records.value_labels(input)?,
                6 => {
                    let lines = input.count("the document record")?;
                    input.skip(u64::from(lines) * 80, "the document record")?;
                }
                7 => records.extensions.read(input)?,
                999 => {
                    input.i32("the end of the dictionary")?;
                    records.continued(at)?;
                    return Ok(records);
                }
                4 => {
                    return wrong(format!(
                        "value labels are given to variables at byte {at}, and there are none"
                    ));
                }
                other => return wrong(format!("a record of the unknown type {other} at byte {at}")),
            }
        }
    }

    /// Refuses a text whose elements do not follow it.
    fn continued(&self, at: u64) -> Result<()> {
        if self.pending > 0 {
            return wrong(format!("the elements of a text are not complete at byte {at}"));
        }
        Ok(())
    }

    fn variable(&mut self, input: &mut Input) -> Result<()> {
        const WHAT: &str = "a variable record";
        let at = input.at;
        let width = input.i32(WHAT)?;
        let labelled = input.i32(WHAT)?;
        let missing = input.i32(WHAT)?;
        let format = input.i32(WHAT)?;
        input.i32(WHAT)?;
        let name = trimmed(&input.array::<8>(WHAT)?).to_vec();
        let label = match labelled {
            0 => Vec::new(),
            1 => {
                let length = input.count("the label of a variable")?;
                let label = input.bytes(u64::from(length), "the label of a variable")?;
                input.skip(u64::from(length.wrapping_neg() % 4), "the label of a variable")?;
                label
            }
            other => return wrong(format!("a variable has {other} labels at byte {at}")),
        };
        if !matches!(missing, -3 | -2 | 0..=3) || (missing < 0 && width != 0) {
            return wrong(format!("a variable has {missing} missing values at byte {at}"));
        }
        let mut values = Vec::new();
        for _ in 0..missing.unsigned_abs() {
            values.push(input.array("the missing values of a variable")?);
        }
        match usize::try_from(width) {
            Err(_) if width == -1 && self.pending > 0 => self.pending -= 1,
            Ok(width) if width < 256 => {
                self.continued(at)?;
                if self.variables.len() == MOST_VARIABLES {
                    return wrong(format!("there are more than {MOST_VARIABLES} variables"));
                }
                self.pending = width.div_ceil(ELEMENT).saturating_sub(1);
                self.variables.push(RawVariable {
                    name,
                    width,
                    label,
                    missing,
                    values,
                    format,
                    element: self.elements,
                });
            }
            _ => return wrong(format!("a variable has the impossible width {width} at byte {at}")),
        }
        self.elements += 1;
        Ok(())
    }

    fn value_labels(&mut self, input: &mut Input) -> Result<()> {
        const WHAT: &str = "a value label";
        let count = input.count("a set of value labels")?;
        let mut labels = Vec::new();
        for _ in 0..count {
            let value = input.array(WHAT)?;
            let [length] = input.array(WHAT)?;
            let label = input.bytes(u64::from(length), WHAT)?;
            // value labels fill up to eight bytes, the length's own byte included
            let padding = (usize::from(length) + 1).next_multiple_of(ELEMENT) - usize::from(length) - 1;
            input.skip(padding as u64, WHAT)?;
            labels.push((value, label));
            self.number_of_labels += 1;
            if self.number_of_labels > MOST_LABELS {
                return wrong(format!("there are more than {MOST_LABELS} value labels"));
            }
        }
        let at = input.at;
        if input.i32("the variables of value labels")? != 4 {
            return wrong(format!("value labels are given to no variable at byte {at}"));
        }
        let count = input.count("the variables of value labels")?;
        input.fits(u64::from(count) * 4, "the variables of value labels")?;
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(input.count("the variables of value labels")?);
        }
        self.labels.push(RawLabels { labels, elements });
        Ok(())
    }
}

/// Bytes without trailing blanks.
pub fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}
