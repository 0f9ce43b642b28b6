//! Packing the elements of cases.
use std::io::{self, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::Packing;
use crate::source::spss::input::Order;
use crate::source::spss::records::ELEMENT;

/// Bytes of a zlib block before it is packed.
const BLOCK: usize = 0x3f_f000;

/// The bytes of a whole number.
pub fn whole(order: Order, number: i32) -> [u8; 4] {
    match order {
        Order::Little => number.to_le_bytes(),
        Order::Big => number.to_be_bytes(),
    }
}

fn long(order: Order, number: u64) -> [u8; 8] {
    match order {
        Order::Little => number.to_le_bytes(),
        Order::Big => number.to_be_bytes(),
    }
}

/// The code of a small whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, and 1 to 251
fn small(number: f64) -> Option<u8> {
    let whole = number.fract() == 0.0 && (-99.0..=151.0).contains(&number);
    whole.then_some((number + 100.0) as u8)
}

/// Elements on their way into a file.
pub struct Pack {
    packing: Packing,
    order: Order,
    codes: Vec<u8>,
    behind: Vec<u8>,
    ready: Vec<u8>,
    /// Where the data begin.
    start: u64,
    /// Where the next zlib block is to begin.
    end: u64,
    blocks: Vec<(u64, u64)>,
    begun: bool,
}

impl Pack {
    /// Nothing yet; the data begin at byte `start`.
    pub fn new(packing: Packing, order: Order, start: u64) -> Self {
        Self {
            packing,
            order,
            codes: Vec::new(),
            behind: Vec::new(),
            ready: Vec::new(),
            start,
            end: start + 24,
            blocks: Vec::new(),
            begun: false,
        }
    }

    /// Adds an element.
    pub fn add(&mut self, element: [u8; ELEMENT], text: bool) {
        if self.packing == Packing::None {
            self.ready.extend(element);
            return;
        }
        let number = self.order.f64(element);
        let code = match text {
            true if element == [b' '; ELEMENT] => 254,
            false if number == -f64::MAX => 255,
            false => small(number).unwrap_or(253),
            true => 253,
        };
        self.code(code);
        if code == 253 {
            self.behind.extend(element);
        }
        self.group(false);
    }

    fn code(&mut self, code: u8) {
        self.codes.push(code);
    }

    /// Writes eight codes with what stands behind them.
    fn group(&mut self, last: bool) {
        if self.codes.len() == ELEMENT || last {
            self.codes.resize(ELEMENT, 0);
            self.ready.append(&mut self.codes);
            self.ready.append(&mut self.behind);
        }
    }

    /// Writes what is ready.
    pub fn drain(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.packing != Packing::Zlib {
            out.write_all(&self.ready)?;
            self.ready.clear();
            return Ok(());
        }
        self.front(out)?;
        while self.ready.len() >= BLOCK {
            self.block(BLOCK, out)?;
        }
        Ok(())
    }

    /// Room for the header of zlib blocks.
    fn front(&mut self, out: &mut impl Write) -> io::Result<()> {
        if !self.begun {
            out.write_all(&[0; 24])?;
            self.begun = true;
        }
        Ok(())
    }

    fn block(&mut self, length: usize, out: &mut impl Write) -> io::Result<()> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.ready[..length])?;
        let packed = encoder.finish()?;
        self.ready.drain(..length);
        out.write_all(&packed)?;
        self.blocks.push((length as u64, packed.len() as u64));
        self.end += packed.len() as u64;
        Ok(())
    }

    /// Writes the end of the data.
    pub fn finish(&mut self, out: &mut (impl Write + Seek)) -> io::Result<()> {
        if self.packing != Packing::None {
            self.code(252);
            self.group(true);
        }
        self.drain(out)?;
        if self.packing == Packing::Zlib {
            if !self.ready.is_empty() {
                self.block(self.ready.len(), out)?;
            }
            self.list(out)?;
        }
        Ok(())
    }

    /// Writes the list of zlib blocks, and where it is into their header.
    fn list(&mut self, out: &mut (impl Write + Seek)) -> io::Result<()> {
        let order = self.order;
        let small = |number: u64| whole(order, i32::try_from(number).unwrap_or(i32::MAX));
        let mut list = Vec::new();
        list.extend(long(order, 100u64.wrapping_neg()));
        list.extend(long(order, 0));
        list.extend(small(BLOCK as u64));
        list.extend(small(self.blocks.len() as u64));
        let (mut unpacked, mut packed) = (self.start, self.start + 24);
        for (one, other) in &self.blocks {
            list.extend(long(order, unpacked));
            list.extend(long(order, packed));
            list.extend(small(*one));
            list.extend(small(*other));
            (unpacked, packed) = (unpacked + one, packed + other);
        }
        out.write_all(&list)?;
        out.seek(SeekFrom::Start(self.start))?;
        out.write_all(&long(order, self.start))?;
        out.write_all(&long(order, self.end))?;
        out.write_all(&long(order, list.len() as u64))?;
        out.seek(SeekFrom::End(0))?;
        Ok(())
    }
}
