//! `sto_regios_<year>.xlsx`: which sites work together.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::report::{SampleFile, schooljaar};
use super::sites::Site;
use super::xlsx::{self, Cell, Sheet};

/// Writes the regions of a year; sites outside every region have no line.
pub(super) fn write(folder: &Path, sites: &[Site], year: u32) -> Result<SampleFile, SampleError> {
    let name = format!("sto_regios_{year}.xlsx");
    let title = format!("Vestigingen per STO-regio, schooljaar {year}/{}", year + 1);
    let sheet = Sheet {
        name: "STO-regio's",
        title: &title,
        header: &[
            ("Vestiging", &["BRIN", "Nummer", "Naam"]),
            ("STO-regio", &["Nummer", "Naam"]),
        ],
        note: "Vestigingen buiten een regio staan niet in de lijst.",
    };
    let rows = sites.iter().filter_map(|site| Some(row(site, site.region?)));
    let rows: Vec<Vec<Cell>> = rows.collect();
    Ok(SampleFile {
        rows: rows.len() as u64,
        bytes: xlsx::write(folder, &name, &sheet, rows)?,
        name,
        pipeline: "sto_regios",
        schooljaar: Some(schooljaar(year)),
        dirty: BTreeMap::new(),
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}

/// A site; its number is a text here and a number there, as in sheets that people keep.
fn row(site: &Site, region: usize) -> Vec<Cell> {
    let place = u32::try_from(region).unwrap_or(0);
    let number = match site.number.parse() {
        Ok(number) if region.is_multiple_of(2) => Cell::Number(number),
        _ => Cell::Text(site.number.clone()),
    };
    vec![
        Cell::Text(site.brin.clone()),
        number,
        Cell::Text(site.name.clone()),
        Cell::Number(f64::from(place)),
        Cell::Text(format!("Sluisregio {region:02}")),
    ]
}
