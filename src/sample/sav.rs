//! SPSS deliveries, streamed.
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::SampleError;
use super::part::Part;
use crate::source::spss::write::{self, Layout, Value};

/// An SPSS file that is being written.
pub(super) struct Sav {
    part: Part,
    file: write::File<BufWriter<File>>,
}

impl Sav {
    /// Starts the file `name` in `folder`.
    pub(super) fn create(folder: &Path, name: &str, layout: &Layout) -> Result<Self, SampleError> {
        let part = Part::new(folder, name)?;
        let file = File::create(part.part()).and_then(|file| layout.start(BufWriter::with_capacity(1 << 18, file)));
        match file {
            Ok(file) => Ok(Self { part, file }),
            Err(error) => Err(part.failed(error)),
        }
    }

    /// Writes a case: a value for each column.
    pub(super) fn case(&mut self, values: &[Value<'_>]) -> Result<(), SampleError> {
        self.file.case(values).map_err(|error| self.part.failed(error))
    }

    /// Gives the file its name; the number of bytes.
    pub(super) fn finish(self) -> Result<u64, SampleError> {
        self.file.finish().map_err(|error| self.part.failed(error))?;
        self.part.complete()
    }
}
