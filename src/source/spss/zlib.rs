//! The zlib blocks of a `.zsav`: one behind the other, with a list of their sizes at the end of the file.
use flate2::{Decompress, FlushDecompress, Status};

use super::input::Input;
use super::{Result, wrong};

/// Packed bytes read at a time.
const CHUNK: usize = 1 << 16;
/// Bytes of the header of the blocks, of the list's front, and of each of its entries.
const FRONT: u64 = 24;

/// The unpacked bytes of the blocks.
pub struct Zlib {
    input: Input,
    packed: Vec<u8>,
    from: usize,
    to: usize,
    /// Packed bytes not read yet.
    left: u64,
    inflate: Decompress,
    within: bool,
    blocks: u64,
    /// The sizes of the blocks so far, as a digest: there may be more of them than fit in memory.
    sizes: blake3::Hasher,
    list: u64,
    done: bool,
}

impl Zlib {
    /// Reads the header of the blocks.
    pub fn open(mut input: Input) -> Result<Self> {
        const WHAT: &str = "the header of the zlib blocks";
        let at = input.at;
        let start = input.i64(WHAT)?;
        let list = input.i64(WHAT)?;
        let length = input.i64(WHAT)?;
        let left = u64::try_from(list).ok().and_then(|list| list.checked_sub(at + FRONT));
        let list = u64::try_from(length).ok().filter(|length| *length >= FRONT);
        match (u64::try_from(start), left, list) {
            (Ok(start), Some(left), Some(list)) if start == at => Ok(Self {
                input,
                packed: vec![0; CHUNK],
                from: 0,
                to: 0,
                left,
                inflate: Decompress::new(true),
                within: false,
                blocks: 0,
                sizes: blake3::Hasher::new(),
                list,
                done: false,
            }),
            _ => wrong(format!("{WHAT} at byte {at} does not say where they are")),
        }
    }

    /// Fills the buffer as far as the blocks go; how far that is.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() && !self.done {
            if self.from == self.to {
                self.read()?;
                if self.from == self.to {
                    self.end()?;
                    break;
                }
            }
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let outcome = self.inflate.decompress(
                &self.packed[self.from..self.to],
                &mut buffer[filled..],
                FlushDecompress::None,
            );
            let taken = usize::try_from(self.inflate.total_in() - taken).unwrap_or(0);
            let given = usize::try_from(self.inflate.total_out() - given).unwrap_or(0);
            self.from += taken;
            filled += given;
            self.within = true;
            match outcome {
                Ok(Status::StreamEnd) => {
                    self.block(self.inflate.total_out(), self.inflate.total_in());
                    self.inflate.reset(true);
                    self.within = false;
                }
                Ok(_) if taken > 0 || given > 0 => {}
                _ => {
                    return wrong(format!(
                        "zlib block {} is damaged (before byte {})",
                        self.blocks + 1,
                        self.input.at
                    ));
                }
            }
        }
        Ok(filled)
    }

    fn block(&mut self, unpacked: u64, packed: u64) {
        self.sizes.update(&unpacked.to_le_bytes()).update(&packed.to_le_bytes());
        self.blocks += 1;
    }

    fn read(&mut self) -> Result<()> {
        let most = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
        (self.from, self.to) = (0, self.input.fill(&mut self.packed[..most])?);
        if self.to < most {
            return wrong(format!(
                "the file ends at byte {}, within its zlib blocks",
                self.input.at
            ));
        }
        self.left -= most as u64;
        Ok(())
    }

    /// Checks the list of blocks, which must be the end of the file.
    fn end(&mut self) -> Result<()> {
        const WHAT: &str = "the list of zlib blocks";
        if self.within {
            return wrong(format!("zlib block {} is not complete", self.blocks + 1));
        }
        let (blocks, sizes) = (self.blocks, self.sizes.finalize());
        self.input.array::<20>(WHAT)?;
        let count = u64::from(self.input.count(WHAT)?);
        let fits = count == blocks && FRONT.checked_mul(count + 1) == Some(self.list);
        (self.blocks, self.sizes) = (0, blake3::Hasher::new());
        for _ in 0..if fits { count } else { 0 } {
            self.input.array::<16>(WHAT)?;
            let (unpacked, packed) = (self.input.count(WHAT)?, self.input.count(WHAT)?);
            self.block(u64::from(unpacked), u64::from(packed));
        }
        if !fits || self.sizes.finalize() != sizes {
            return wrong(format!("{WHAT} at the end of the file does not fit them"));
        }
        if !self.input.is_at_end()? {
            return wrong(format!("there is more behind {WHAT}, at byte {}", self.input.at));
        }
        self.done = true;
        Ok(())
    }
}
