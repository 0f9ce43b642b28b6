//! The series of exam results: cp850 with old departments first, windows-1252 with profile codes later.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::chance::{Chance, Stream};
use super::output::{Encoding, Output, field};
use super::programmes::{PROFILES, Track};
use super::pupils::World;
use super::report::{SampleFile, schooljaar};
use super::sites::Site;

/// Departments before the profiles, with their sector.
const DEPARTMENTS: [(&str, &str); 5] = [
    ("Techniek", "Bouwtechniek"),
    ("Techniek", "Metaaltechniek"),
    ("Techniek", "Voertuigentechniek"),
    ("Economie", "Handel en Administratie -ISP"),
    ("Zorg & Welzijn", "Zorg en Welzijn -ISP"),
];

const HEADER: &str = "BRIN NUMMER;VESTIGINGSNUMMER;INSTELLINGSNAAM VESTIGING;GEMEENTENAAM VESTIGING;\
    PROVINCIE VESTIGING;ONDERWIJSTYPE VO;LEERWEG VMBO;VMBO SECTOR;AFDELING;EXAMENKANDIDATEN;GESLAAGDEN;GEZAKTEN;\
    GEMIDDELD CIJFER SCHOOLEXAMEN;GEMIDDELD CIJFER CENTRAAL EXAMEN;GEMIDDELD CIJFER CIJFERLIJST";

/// Writes the files of the series.
pub(super) fn write(folder: &Path, world: &World) -> Result<Vec<SampleFile>, SampleError> {
    [
        ("passed_failed_2011.csv", Encoding::Cp850, 2010, false),
        ("passed_failed_2018.csv", Encoding::Windows1252, 2017, true),
        (
            "geslaagden-gezakten-en-cijfers-2018-2019.csv",
            Encoding::Windows1252,
            2018,
            true,
        ),
    ]
    .into_iter()
    .map(|(name, encoding, year, profiles)| file(folder, world, name, encoding, year, profiles))
    .collect()
}

fn file(
    folder: &Path,
    world: &World,
    name: &str,
    encoding: Encoding,
    year: u32,
    profiles: bool,
) -> Result<SampleFile, SampleError> {
    let mut output = Output::create(folder, name, encoding, "\n")?;
    output.line(HEADER)?;
    let mut total = 0;
    for (index, site) in (0..).zip(&world.sites) {
        let chance = &mut Chance::new(world.seed ^ u64::from(year), Stream::Results, index);
        for track in &site.tracks {
            for [kind, leerweg, sector, department] in programmes(site, *track, profiles) {
                let candidates = 1 + chance.below(40);
                let failed = chance.below(1 + candidates / 6);
                total += u64::from(candidates);
                let text = [
                    site.brin.as_str(),
                    &site.code(),
                    &field(&site.name),
                    site.town.municipality.1,
                    site.town.province,
                    kind,
                    leerweg,
                    sector,
                    department,
                    &candidates.to_string(),
                    &(candidates - failed).to_string(),
                    &failed.to_string(),
                    &mark(chance),
                    &mark(chance),
                    &mark(chance),
                ];
                output.line(&text.join(";"))?;
            }
        }
    }
    let rows = output.lines() - 1;
    Ok(SampleFile {
        name: name.to_owned(),
        pipeline: "duo_geslaagden",
        schooljaar: Some(schooljaar(year)),
        bytes: output.finish()?,
        rows,
        dirty: BTreeMap::new(),
        sums: BTreeMap::from([("kandidaten", total)]),
        dropped: 0,
        replaced_by: None,
    })
}

/// Type, leerweg, sector and department of what a site examines in a track.
fn programmes(site: &Site, track: Track, profiles: bool) -> Vec<[&'static str; 4]> {
    let vocational = |leerweg| match profiles {
        true => site
            .profiles
            .iter()
            .map(|at| &PROFILES[*at])
            .map(|p| ["VMBO", leerweg, p.vmbo_sector, p.exam_code])
            .collect(),
        false => DEPARTMENTS
            .iter()
            .map(|(sector, department)| ["VMBO", leerweg, *sector, *department])
            .collect(),
    };
    match track {
        Track::Bl => vocational("BL"),
        Track::Kl => vocational("KL"),
        Track::Gl => vocational("GL"),
        Track::Tl => vec![["VMBO", "TL", "", ""]],
        Track::Havo => vec![
            ["HAVO", "", "", "Natuur en Techniek"],
            ["HAVO", "", "", "Economie en Maatschappij"],
        ],
        Track::Vwo => vec![["VWO", "", "", "Natuur en Techniek / Natuur en Gezondheid"]],
        Track::Praktijk => Vec::new(),
    }
}

/// A mean mark from 5,5 to 7,9.
fn mark(chance: &mut Chance) -> String {
    let tenths = 55 + chance.below(25);
    format!("{},{}", tenths / 10, tenths % 10)
}
