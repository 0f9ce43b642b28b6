//! `leerlingen-vo-per-vestiging-naar-onderwijstype-<year>.csv`: a line per site and programme, twelve count columns.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::SampleError;
use super::census::Census;
use super::output::{Encoding, Output, field};
use super::report::{SampleFile, schooljaar};
use super::sites::Site;

/// Writes the open counts of a year.
pub(super) fn write(folder: &Path, census: &Census, sites: &[Site], year: u32) -> Result<SampleFile, SampleError> {
    let name = format!("leerlingen-vo-per-vestiging-naar-onderwijstype-{year}.csv");
    let mut output = Output::create(folder, &name, Encoding::Windows1252, "\n")?;
    let mut header = "BRIN NUMMER;VESTIGINGSNUMMER;INSTELLINGSNAAM VESTIGING;PLAATSNAAM VESTIGING;PROVINCIE VESTIGING;\
                      ONDERWIJSTYPE VO EN LEER- OF VERBLIJFSJAAR;VMBO SECTOR;AFDELING;ELEMENTCODE;OPLEIDINGSNAAM"
        .to_owned();
    for leerjaar in 1..=6 {
        for sex in ["MAN", "VROUW"] {
            // Writing to a String cannot fail.
            let _ = write!(header, ";LEER- OF VERBLIJFSJAAR {leerjaar} - {sex}");
        }
    }
    output.line(&header)?;
    let mut pupils = 0;
    for (line, counts) in census.lines.iter().filter(|(line, _)| line.year == year) {
        let site = &sites[line.site];
        let mut text = [
            site.brin.as_str(),
            &site.number,
            &field(&site.name),
            &field(&site.town.name),
            site.town.province,
            line.onderwijstype,
            line.vmbo_sector,
            line.afdeling,
            &line.elementcode,
            &line.name,
        ]
        .join(";");
        for count in counts.iter().flatten() {
            let _ = write!(text, ";{count}");
            pupils += u64::from(*count);
        }
        output.line(&text)?;
    }
    let rows = (output.lines() - 1) * 12;
    Ok(SampleFile {
        name,
        pipeline: "duo_leerlingen_vestiging",
        schooljaar: Some(schooljaar(year)),
        bytes: output.finish()?,
        rows,
        dirty: BTreeMap::new(),
        sums: BTreeMap::from([("aantal", pupils)]),
        dropped: 0,
        replaced_by: None,
    })
}
