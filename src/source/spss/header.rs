//! The header of a file: how its numbers and cases are written.
use super::input::{Input, Order};
use super::{Result, wrong};

/// How cases are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None,
    /// A byte for each small number and each eight blanks.
    Bytecode,
    /// Bytecode in zlib blocks: a `.zsav`.
    Zlib,
}

/// What the header says.
#[derive(Debug, Clone)]
pub struct Header {
    /// How cases are packed.
    pub packing: Packing,
    /// Added to the numbers that bytecode writes as one byte.
    pub bias: f64,
    /// Cases in the file, unless it does not say.
    pub cases: Option<u64>,
    /// Place of the weight variable among the elements of a case, from 1; 0 is none.
    pub weight: u32,
    /// What the file is called.
    pub title: Vec<u8>,
}

impl Header {
    /// Reads the header, and learns the order of bytes from it.
    pub fn read(input: &mut Input) -> Result<Self> {
        let magic: [u8; 4] = match input.array("the header") {
            Err(super::SpssError::Wrong(_)) => [0; 4],
            other => other?,
        };
        let zlib = match &magic {
            b"$FL2" => false,
            b"$FL3" => true,
            [0x5b, 0xc6, 0xd3, 0xf2] => {
                return wrong("the file is in EBCDIC; save it again on a machine with ASCII");
            }
            _ => return wrong("the file does not begin as an SPSS system file (.sav or .zsav) does"),
        };
        input.array::<60>("the header")?;
        let layout: [u8; 4] = input.array("the header")?;
        let order = [Order::Little, Order::Big]
            .into_iter()
            .find(|order| matches!(order.i32(layout), 2 | 3));
        let Some(order) = order else {
            return wrong("the header has a layout code that is neither 2 nor 3 (at byte 64)");
        };
        input.order = order;
        input.i32("the header")?;
        let packing = match (input.i32("the header")?, zlib) {
            (0, false) => Packing::None,
            (1, false) => Packing::Bytecode,
            (2, true) => Packing::Zlib,
            (other, _) => {
                return wrong(format!(
                    "the header has an unknown way of packing ({other}, at byte 72)"
                ));
            }
        };
        let weight = input.count("the place of the weight")?;
        let cases = match input.i32("the header")? {
            -1 => None,
            cases => match u64::try_from(cases) {
                Ok(cases) => Some(cases),
                Err(_) => return wrong("the header tells a negative number of cases (at byte 80)"),
            },
        };
        let bias = input.f64("the header")?;
        if !bias.is_finite() {
            return wrong("the header has no number as its bias (at byte 84)");
        }
        input.array::<17>("the header")?;
        let title = input.array::<64>("the header")?.to_vec();
        input.array::<3>("the header")?;
        Ok(Self {
            packing,
            bias,
            cases,
            weight,
            title,
        })
    }
}
