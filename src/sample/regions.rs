//! `sto_regios_<year>.csv`: which sites work together.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::output::{Encoding, Output};
use super::report::{SampleFile, schooljaar};
use super::sites::Site;

/// Writes the regions of a year; sites outside every region have no line.
pub(super) fn write(folder: &Path, sites: &[Site], year: u32) -> Result<SampleFile, SampleError> {
    let name = format!("sto_regios_{year}.csv");
    let mut output = Output::create(folder, &name, Encoding::Utf8, "\n")?;
    output.line("VESTIGING;REGIO")?;
    // The order tells lists of different years apart: the same bytes would be the same delivery.
    let start = usize::try_from(year).unwrap_or(0) % sites.len().max(1);
    let (before, from) = sites.split_at(start);
    for (site, region) in from.iter().chain(before).filter_map(|site| Some((site, site.region?))) {
        output.line(&format!("{};Sluisregio {region:02}", site.code()))?;
    }
    let rows = output.lines() - 1;
    Ok(SampleFile {
        name,
        pipeline: "sto_regios",
        schooljaar: Some(schooljaar(year)),
        bytes: output.finish()?,
        rows,
        dirty: BTreeMap::new(),
        sums: BTreeMap::new(),
        dropped: 0,
    })
}
