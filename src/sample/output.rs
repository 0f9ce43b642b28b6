//! Delivery files: streamed in the encoding of the real ones, under their own name only when complete.
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::SampleError;
use super::part::Part;

/// An encoding that real deliveries come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// The same as ISO-8859-1 for the letters used here.
    Windows1252,
    Cp850,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Cp850 => "cp850",
        }
    }

    /// The byte of a character above ASCII in a single-byte encoding.
    fn byte(self, character: char) -> Option<u8> {
        match self {
            Self::Utf8 => None,
            Self::Windows1252 => u8::try_from(u32::from(character)).ok().filter(|byte| *byte >= 0xA0),
            Self::Cp850 => {
                let capital = [('Â', 0xB6), ('Ë', 0xD3), ('Ï', 0xD8), ('Ú', 0xE9)];
                let found = capital
                    .iter()
                    .find(|(known, _)| *known == character)
                    .map(|(_, byte)| *byte);
                found.or_else(|| {
                    let at = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑ"
                        .chars()
                        .position(|known| known == character)?;
                    u8::try_from(at + 0x80).ok()
                })
            }
        }
    }
}

/// A delivery that is being written.
pub(super) struct Output {
    part: Part,
    file: BufWriter<File>,
    encoding: Encoding,
    line_end: &'static str,
    lines: u64,
}

impl Output {
    /// Starts the file `name` in `folder`; lines end as `line_end`.
    pub(super) fn create(
        folder: &Path,
        name: &str,
        encoding: Encoding,
        line_end: &'static str,
    ) -> Result<Self, SampleError> {
        let part = Part::new(folder, name)?;
        let file = File::create(part.part()).map_err(|error| part.failed(error))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(Self {
            part,
            file,
            encoding,
            line_end,
            lines: 0,
        })
    }

    /// Writes one line.
    pub(super) fn line(&mut self, text: &str) -> Result<(), SampleError> {
        if self.encoding == Encoding::Utf8 || text.is_ascii() {
            self.write(text.as_bytes())?;
        } else {
            let encoded: Vec<u8> = text.chars().map(|c| self.encode(c)).collect::<Result<_, _>>()?;
            self.write(&encoded)?;
        }
        self.write(self.line_end.as_bytes())?;
        self.lines += 1;
        Ok(())
    }

    /// Lines written so far, the header included.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Gives the file its name; the number of bytes.
    pub(super) fn finish(mut self) -> Result<u64, SampleError> {
        self.file.flush().map_err(|error| self.part.failed(error))?;
        self.part.complete()
    }

    fn encode(&self, character: char) -> Result<u8, SampleError> {
        let ascii = u8::try_from(character).ok().filter(u8::is_ascii);
        ascii
            .or_else(|| self.encoding.byte(character))
            .ok_or_else(|| SampleError::Encoding {
                path: self.part.path().to_path_buf(),
                character,
                encoding: self.encoding.name(),
            })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SampleError> {
        self.file.write_all(bytes).map_err(|error| self.part.failed(error))
    }
}

/// A field of a `;` file, quoted only when it has to be.
pub(super) fn field(text: &str) -> String {
    if text.contains([';', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
