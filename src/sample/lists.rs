//! `alle-vestigingen-vo.csv` and `geonames_netherlands.json`: where the sites and the postcodes are.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::SampleError;
use super::output::{Encoding, Output, field};
use super::places::{POSTCODES, Town, degrees};
use super::report::SampleFile;
use super::sites::Site;

const HEADER: &str = "PROVINCIE;BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;STRAATNAAM;\
    HUISNUMMER-TOEVOEGING;POSTCODE;PLAATSNAAM;GEMEENTENUMMER;GEMEENTENAAM;DENOMINATIE;TELEFOONNUMMER;INTERNETADRES;\
    ONDERWIJSSTRUCTUUR;STRAATNAAM CORRESPONDENTIEADRES;HUISNUMMER-TOEVOEGING CORRESPONDENTIEADRES;\
    POSTCODE CORRESPONDENTIEADRES;PLAATSNAAM CORRESPONDENTIEADRES;NODAAL GEBIED CODE;NODAAL GEBIED NAAM;\
    RPA-GEBIED CODE;RPA-GEBIED NAAM;WGR-GEBIED CODE;WGR-GEBIED NAAM;COROPGEBIED CODE;COROPGEBIED NAAM;\
    ONDERWIJSGEBIED CODE;ONDERWIJSGEBIED NAAM;RMC-REGIO CODE;RMC-REGIO NAAM";

/// Writes the list of sites; missing values are blanks as wide as the field, as in the real file.
pub(super) fn sites(folder: &Path, sites: &[Site]) -> Result<SampleFile, SampleError> {
    let name = "alle-vestigingen-vo.csv".to_owned();
    let mut output = Output::create(folder, &name, Encoding::Windows1252, "\n")?;
    output.line(HEADER)?;
    for (index, site) in sites.iter().enumerate().filter(|(_, site)| site.listed) {
        let (code, municipality) = site.town.municipality;
        let board = 90_000 + index / 3;
        let house = 1 + index * 7 % 200;
        let postcode = format!("{} {}", site.pc4, ["AB", "CD", "GH", "KL"][index % 4]);
        let phone = " ".repeat(10);
        let web = if index % 3 == 0 {
            " ".repeat(80)
        } else {
            format!("www.school{index}.example")
        };
        let structure = if site.tracks.len() > 4 {
            "VBO/MAVO/HAVO/VWO"
        } else {
            "VBO/MAVO"
        };
        let region = format!("{:02}", index % 40);
        let fields = [
            site.town.province,
            &board.to_string(),
            &site.brin,
            &site.code(),
            &field(&site.name),
            "Sluisweg",
            &house.to_string(),
            &postcode,
            &field(&site.town.name),
            code,
            municipality,
            site.denomination,
            &phone,
            &web,
            structure,
            "Postbus",
            &house.to_string(),
            &postcode,
            &field(&site.town.name),
        ];
        let mut text = fields.join(";");
        for kind in ["Knoop", "RPA", "WGR", "COROP", "Onderwijsgebied", "RMC"] {
            text.push_str(&format!(";{region};{kind} {region}"));
        }
        output.line(&text)?;
    }
    let rows = output.lines() - 1;
    finish(output, name, "duo_vestigingen", rows)
}

/// Writes the postcodes; coordinates are texts, as in the real file.
pub(super) fn postcodes(folder: &Path, towns: &[Arc<Town>]) -> Result<SampleFile, SampleError> {
    let name = "geonames_netherlands.json".to_owned();
    let mut output = Output::create(folder, &name, Encoding::Utf8, "\n")?;
    output.line("[")?;
    let mut rows = 0;
    for (index, town) in towns.iter().enumerate() {
        for step in 0..POSTCODES {
            let last = index + 1 == towns.len() && step + 1 == POSTCODES;
            output.line("  {")?;
            output.line(&format!("    \"zipcode\": \"{}\",", town.pc4 + step))?;
            output.line(&format!("    \"name\": \"{}\",", town.name))?;
            output.line(&format!(
                "    \"latitude\": \"{}\",",
                degrees(town.latitude + 87 * step)
            ))?;
            output.line(&format!(
                "    \"longitude\": \"{}\"",
                degrees(town.longitude + 113 * step)
            ))?;
            output.line(if last { "  }" } else { "  }," })?;
            rows += 1;
        }
    }
    output.line("]")?;
    finish(output, name, "pc4", rows)
}

fn finish(output: Output, name: String, pipeline: &'static str, rows: u64) -> Result<SampleFile, SampleError> {
    Ok(SampleFile {
        name,
        pipeline,
        schooljaar: None,
        bytes: output.finish()?,
        rows,
        dirty: BTreeMap::new(),
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}
