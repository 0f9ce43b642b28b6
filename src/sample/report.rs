//! What a sample holds: the truth that ingested deliveries and built marts can be compared with.
use std::collections::BTreeMap;

use serde::Serialize;

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleReport {
    /// The seed: the same seed and scale give the same bytes.
    pub seed: u64,
    /// The scale; 1 is the country.
    pub scale: f64,
    /// The deliveries, in the order they were written.
    pub files: Vec<SampleFile>,
    /// Sites with pupils that the list of sites does not have.
    pub unlisted_sites: Vec<String>,
    /// What the marts must give.
    pub marts: ExpectedMarts,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleFile {
    /// Its name.
    pub name: String,
    /// The pipeline that takes it.
    pub pipeline: &'static str,
    /// Its school year, where it has one.
    pub schooljaar: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// Rows in the staging table when nothing is wrong with them, and rows that will be quarantined, together.
    pub rows: u64,
    /// Rows that break a rule of the contract, by what is wrong with them.
    pub dirty: BTreeMap<&'static str, u64>,
    /// Sums that the staging table must show, by name.
    pub sums: BTreeMap<&'static str, u64>,
    /// Lines beside those rows whose number is of a register that tells nothing of persons: they are left out.
    pub dropped: u64,
    /// The delivery that takes its place: a correction, or a higher version.
    pub replaced_by: Option<String>,
}

impl SampleFile {
    /// Rows that break a rule.
    pub fn dirty_rows(&self) -> u64 {
        self.dirty.values().sum()
    }
}

/// The marts, as they must come out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedMarts {
    /// `mart.leerlingen_per_profiel`.
    pub leerlingen_per_profiel: Vec<ExpectedCell>,
    /// `mart.leerlingen_per_profiel_open`.
    pub leerlingen_per_profiel_open: Vec<ExpectedCell>,
    /// `mart.vestigingen_per_profiel_open`: school year, profile, sites.
    pub vestigingen_per_profiel_open: Vec<(String, &'static str, u64)>,
}

/// A cell of a pupils mart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedCell {
    /// The school year.
    pub schooljaar: String,
    /// The track.
    pub leerweg: &'static str,
    /// The profile.
    pub profiel: &'static str,
    /// The sector.
    pub sector: &'static str,
    /// Third-year pupils.
    pub leerlingen: u64,
}

/// `2019` -> `2019-2020`.
pub(super) fn schooljaar(year: u32) -> String {
    format!("{year}-{}", year + 1)
}
