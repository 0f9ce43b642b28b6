//! The cases of a file, unpacked one at a time.
use super::dictionary::Dictionary;
use super::header::Packing;
use super::input::{Input, Order};
use super::records::ELEMENT;
use super::zlib::Zlib;
use super::{Result, wrong};

/// Where the data come from.
enum Data {
    Plain(Input),
    Zlib(Box<Zlib>),
}

impl Data {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Plain(input) => input.fill(buffer),
            Self::Zlib(blocks) => blocks.fill(buffer),
        }
    }
}

/// The cases of a file.
pub struct Cases {
    data: Data,
    bytecode: bool,
    order: Order,
    bias: f64,
    /// The number that means missing, as its bytes.
    missing: [u8; ELEMENT],
    /// For each element, whether it is part of a text.
    text: Vec<bool>,
    /// Cases that the header tells.
    told: Option<u64>,
    /// Cases read.
    read: u64,
    /// Bytes that say how elements are written, and the next of them.
    codes: [u8; ELEMENT],
    next: usize,
}

impl Cases {
    /// The cases behind a dictionary.
    pub fn new(input: Input, dictionary: &Dictionary) -> Result<Self> {
        let order = input.order;
        Ok(Self {
            bytecode: dictionary.header.packing != Packing::None,
            data: match dictionary.header.packing {
                Packing::Zlib => Data::Zlib(Box::new(Zlib::open(input)?)),
                _ => Data::Plain(input),
            },
            order,
            bias: dictionary.header.bias,
            missing: order.bytes(dictionary.missing),
            text: dictionary.text.clone(),
            told: dictionary.cases,
            read: 0,
            codes: [0; ELEMENT],
            next: ELEMENT,
        })
    }

    /// Bytes of a case.
    pub fn size(&self) -> usize {
        self.text.len() * ELEMENT
    }

    /// Unpacks the next case into `case`; false when there is none.
    pub fn next(&mut self, case: &mut [u8]) -> Result<bool> {
        if self.told == Some(self.read) {
            return self.rest().map(|()| false);
        }
        let filled = if self.bytecode {
            self.unpack(case)?
        } else {
            self.data.fill(case)?
        };
        if filled == 0 {
            self.rest()?;
            return match self.told {
                Some(told) => wrong(format!(
                    "the header tells {told} cases, and the data end after {}",
                    self.read
                )),
                None => Ok(false),
            };
        }
        self.read += 1;
        if filled < case.len() {
            return wrong(format!("the data end within case {}", self.read));
        }
        Ok(true)
    }

    /// Unpacks the elements of a case; how many bytes there were.
    fn unpack(&mut self, case: &mut [u8]) -> Result<usize> {
        for (place, element) in case.chunks_exact_mut(ELEMENT).enumerate() {
            let text = self.text.get(place).copied().unwrap_or_default();
            match self.code()? {
                None => return Ok(place * ELEMENT),
                Some(253) => {
                    if self.data.fill(element)? < ELEMENT {
                        return wrong(format!("the data end within case {}", self.read + 1));
                    }
                }
                Some(254) if text => element.fill(b' '),
                Some(255) if !text => element.copy_from_slice(&self.missing),
                Some(code @ 1..=251) if !text || f64::from(code) == self.bias => {
                    element.copy_from_slice(&self.order.bytes(f64::from(code) - self.bias));
                }
                Some(_) => {
                    let what = if text {
                        "a number where a text stands"
                    } else {
                        "blanks where a number stands"
                    };
                    return wrong(format!("case {} has {what}; the data are damaged", self.read + 1));
                }
            }
        }
        Ok(case.len())
    }

    /// The next code that says something; none at the end of the data.
    fn code(&mut self) -> Result<Option<u8>> {
        loop {
            if self.next == ELEMENT {
                match self.data.fill(&mut self.codes)? {
                    0 => return Ok(None),
                    ELEMENT => self.next = 0,
                    _ => return wrong(format!("the data end within case {}", self.read + 1)),
                }
            }
            match self.codes[self.next] {
                0 => self.next += 1,
                // the end: it stays there for whoever asks again
                252 => return Ok(None),
                code => {
                    self.next += 1;
                    return Ok(Some(code));
                }
            }
        }
    }

    /// Makes sure that nothing is left behind the last case.
    fn rest(&mut self) -> Result<()> {
        let more = |read: u64| {
            wrong(format!(
                "there are more data behind case {read}, which should be the last"
            ))
        };
        let mut codes = if self.bytecode { self.codes } else { [0; ELEMENT] };
        loop {
            if codes[self.next..].iter().any(|code| !matches!(code, 0 | 252)) {
                return more(self.read);
            }
            self.next = 0;
            match self.data.fill(&mut codes)? {
                0 => {
                    self.next = ELEMENT;
                    return Ok(());
                }
                ELEMENT if self.bytecode => {}
                _ => return more(self.read),
            }
        }
    }
}
