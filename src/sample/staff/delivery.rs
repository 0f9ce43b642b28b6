//! A delivery that is being written, with a dirty line among every so many good ones.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::line::Line;
use super::sums::place;
use crate::sample::SampleError;
use crate::sample::output::{Encoding, Output};
use crate::sample::report::SampleFile;
use crate::sample::sav::Sav;
use crate::source::spss::write::{Layout, Value};

/// One line after this many is dirty, well within the budget of the contracts (0.5%).
const DIRTY_AFTER: u64 = 350;
/// One line after this many is of another register than that of persons, where a file has registers.
const OTHER_AFTER: u64 = 500;
/// The first field of a person of CBS, and of somebody in another register.
const PERSON: &str = "R;";
const OTHER_REGISTERS: [&str; 2] = ["S", "F"];

/// What a line is written to.
enum Target {
    Text(Output),
    Spss(Sav),
}

impl Target {
    fn line(&mut self, line: &str) -> Result<(), SampleError> {
        match self {
            Self::Text(output) => output.line(line),
            Self::Spss(file) => {
                let values: Vec<Value<'_>> = line.split(';').map(Value::Text).collect();
                file.case(&values)
            }
        }
    }

    fn finish(self) -> Result<u64, SampleError> {
        match self {
            Self::Text(output) => output.finish(),
            Self::Spss(file) => file.finish(),
        }
    }
}

/// A delivery.
pub(super) struct Delivery {
    target: Target,
    name: String,
    pipeline: &'static str,
    schooljaar: Option<String>,
    /// What can be wrong with a line.
    kinds: &'static [&'static str],
    rows: u64,
    good_lines: u64,
    dirty: BTreeMap<&'static str, u64>,
    dropped: u64,
    replaced_by: Option<String>,
}

impl Delivery {
    /// Starts the delivery `name`, which may be in a folder of its own, with its header.
    pub(super) fn create(
        landing: &Path,
        name: &str,
        pipeline: &'static str,
        header: &str,
        kinds: &'static [&'static str],
    ) -> Result<Self, SampleError> {
        let (folder, file) = placed(landing, name);
        let mut output = Output::create(&folder, file, Encoding::Utf8, "\r\n")?;
        output.line(header)?;
        Ok(Self::new(Target::Text(output), name, pipeline, kinds))
    }

    /// Starts the delivery `name` as an SPSS file, of which every column is a text.
    pub(super) fn create_spss(
        landing: &Path,
        name: &str,
        pipeline: &'static str,
        layout: &Layout,
        kinds: &'static [&'static str],
    ) -> Result<Self, SampleError> {
        let (folder, file) = placed(landing, name);
        let output = Sav::create(&folder, file, layout)?;
        Ok(Self::new(Target::Spss(output), name, pipeline, kinds))
    }

    fn new(target: Target, name: &str, pipeline: &'static str, kinds: &'static [&'static str]) -> Self {
        Self {
            target,
            name: name.to_owned(),
            pipeline,
            schooljaar: None,
            kinds,
            rows: 0,
            good_lines: 0,
            dirty: BTreeMap::new(),
            dropped: 0,
            replaced_by: None,
        }
    }

    /// The school year it is of.
    pub(super) fn of_schooljaar(mut self, schooljaar: String) -> Self {
        self.schooljaar = Some(schooljaar);
        self
    }

    /// The delivery that takes its place.
    pub(super) fn replaced_by(mut self, name: String) -> Self {
        self.replaced_by = Some(name);
        self
    }

    /// Writes a line that becomes `rows` rows. When it is time for a dirty line, `spoil` makes one of its fields: of a
    /// stranger, with one thing wrong, that of the given place in the kinds. A few lines more are of other registers than
    /// that of persons.
    pub(super) fn line(
        &mut self,
        line: &Line,
        rows: usize,
        spoil: impl FnOnce(usize, &mut Vec<String>),
    ) -> Result<(), SampleError> {
        self.target.line(line.as_str())?;
        self.rows += rows as u64;
        self.good_lines += 1;
        if self.good_lines.is_multiple_of(OTHER_AFTER)
            && let Some(rest) = line.as_str().strip_prefix(PERSON)
        {
            // Numbers of other registers are not those of persons: who has the same one is somebody else.
            let register = OTHER_REGISTERS[usize::from(self.dropped % 4 == 3)];
            self.target.line(&format!("{register};{rest}"))?;
            self.dropped += 1;
        }
        if self.good_lines.is_multiple_of(DIRTY_AFTER) && !self.kinds.is_empty() {
            let times = u32::try_from(self.good_lines / DIRTY_AFTER).unwrap_or(0);
            let kind = place(times - 1) % self.kinds.len();
            let mut fields = line.as_str().split(';').map(str::to_owned).collect();
            spoil(kind, &mut fields);
            self.target.line(&fields.join(";"))?;
            self.rows += 1;
            *self.dirty.entry(self.kinds[kind]).or_default() += 1;
        }
        Ok(())
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<SampleFile, SampleError> {
        Ok(SampleFile {
            name: self.name,
            pipeline: self.pipeline,
            schooljaar: self.schooljaar,
            bytes: self.target.finish()?,
            rows: self.rows,
            dirty: self.dirty,
            sums: BTreeMap::new(),
            dropped: self.dropped,
            replaced_by: self.replaced_by,
        })
    }
}

/// The folder and the name of a file of the landing folder.
fn placed<'a>(landing: &Path, name: &'a str) -> (PathBuf, &'a str) {
    match name.rsplit_once('/') {
        Some((folder, file)) => (landing.join(folder), file),
        None => (landing.to_path_buf(), name),
    }
}

/// Nine digits that fail the eleven-test: a number that passes, with another last digit.
pub(super) fn failing(citizen: u32) -> String {
    let last = if citizen % 10 == 9 { 0 } else { 9 };
    format!("{:09}", citizen - citizen % 10 + last)
}
