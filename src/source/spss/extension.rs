//! Records that later versions of SPSS added, each with a subtype. Those that say nothing about cases are passed over.
use super::encoding::Declared;
use super::input::Input;
use super::{Result, wrong};

/// What the extension records say.
#[derive(Debug)]
pub struct Extensions {
    /// Code page, of subtype 3.
    pub code_page: Option<i32>,
    /// The number that means missing, of subtype 4.
    pub missing: f64,
    /// `SHORT=Long` names between tabs, of subtype 13.
    pub names: Vec<u8>,
    /// `SHORT=00300` widths of very long texts, of subtype 14.
    pub widths: Vec<u8>,
    /// Number of cases, of subtype 16.
    pub cases: Option<u64>,
    /// The encoding's name, of subtype 20.
    pub encoding: Option<Vec<u8>>,
    /// Value labels of long texts, of subtype 21.
    pub labels: Vec<u8>,
    /// Missing values of long texts, of subtype 22.
    pub missing_texts: Vec<u8>,
}

impl Default for Extensions {
    fn default() -> Self {
        Self {
            code_page: None,
            missing: -f64::MAX,
            names: Vec::new(),
            widths: Vec::new(),
            cases: None,
            encoding: None,
            labels: Vec::new(),
            missing_texts: Vec::new(),
        }
    }
}

impl Extensions {
    /// Reads one record, behind its type.
    pub fn read(&mut self, input: &mut Input) -> Result<()> {
        const WHAT: &str = "an extension record";
        let at = input.at;
        let subtype = input.i32(WHAT)?;
        let size = input.count(WHAT)?;
        let count = input.count(WHAT)?;
        let length = u64::from(size) * u64::from(count);
        let expected = match subtype {
            3 => Some((4, 8)),
            4 => Some((8, 3)),
            16 => Some((8, 2)),
            _ => None,
        };
        if expected.is_some_and(|expected| expected != (size, count)) {
            return wrong(format!(
                "the extension record of subtype {subtype} at byte {at} has another size than it should"
            ));
        }
        match subtype {
            3 => self.machine(input)?,
            4 => {
                self.missing = input.f64(WHAT)?;
                input.array::<16>(WHAT)?;
            }
            13 => self.names = input.bytes(length, "the long names")?,
            14 => self.widths = input.bytes(length, "the widths of long texts")?,
            16 => {
                input.i64(WHAT)?;
                self.cases = u64::try_from(input.i64(WHAT)?).ok();
            }
            20 => self.encoding = Some(input.bytes(length, "the name of the encoding")?),
            21 => self.labels = input.bytes(length, "the value labels of long texts")?,
            22 => self.missing_texts = input.bytes(length, "the missing values of long texts")?,
            _ => input.skip(length, WHAT)?,
        }
        Ok(())
    }

    fn machine(&mut self, input: &mut Input) -> Result<()> {
        const WHAT: &str = "the record of the machine";
        input.array::<16>(WHAT)?;
        let numbers = input.i32(WHAT)?;
        if numbers != 1 {
            return wrong("the numbers of the file are not those of IEEE 754; save it again with a newer SPSS");
        }
        input.array::<8>(WHAT)?;
        self.code_page = Some(input.i32(WHAT)?);
        Ok(())
    }

    /// What the file says of its encoding: its name counts before the code page.
    pub fn declared(&self) -> Declared {
        match (&self.encoding, self.code_page) {
            (Some(name), _) => Declared::by_name(name),
            (None, Some(page)) => Declared::by_code_page(page),
            (None, None) => Declared::Nothing,
        }
    }
}
