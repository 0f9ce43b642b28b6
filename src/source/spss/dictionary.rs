//! What stands before the data of a file.
use super::Result;
use super::encoding::Declared;
use super::header::Header;
use super::input::Input;
use super::records::Records;
use super::variable::Variable;
use crate::contract::format::Encoding;

/// The dictionary of a file.
#[derive(Debug)]
pub struct Dictionary {
    /// The variables, in the order of the file.
    pub variables: Vec<Variable>,
    /// The encoding of its texts.
    pub encoding: Encoding,
    /// What it says of its encoding.
    pub declared: Declared,
    /// The variable that says how much each case weighs, by its place.
    pub weight: Option<usize>,
    /// What the file is called.
    pub title: String,
    pub(super) header: Header,
    /// For each element of a case, whether it is part of a text.
    pub(super) text: Vec<bool>,
    /// The number that means missing.
    pub(super) missing: f64,
    /// Cases, unless the file does not say.
    pub(super) cases: Option<u64>,
}

impl Dictionary {
    /// Reads up to the data. A file that declares no encoding has that of `fallback`.
    ///
    /// # Errors
    /// What is wrong with the file, and where.
    pub fn read(input: &mut Input, fallback: Option<Encoding>) -> Result<Self> {
        let header = Header::read(input)?;
        let records = Records::read(input)?;
        super::resolve::resolve(header, records, input.order, fallback)
    }
}
