//! `duo_mbo_inschrijvingen_<year>.asc` and `duo_koppeling.csv`: who is in vocational education, by another number.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::output::{Encoding, Output};
use super::people::Place;
use super::pupils::World;
use super::report::{SampleFile, schooljaar};

/// The school years that enrolments in mbo are delivered for.
pub(super) const YEARS: std::ops::RangeInclusive<u32> = 2019..=2023;

/// One student in this many has no line in the link file; one stranger in it is linked twice for every so many lines.
const DOUBLE_ONE_IN: usize = 5_000;
/// One line in this many more is faulty.
const DIRTY_ONE_IN: usize = 1_000;
const DIRT: [&str; 2] = ["onderwijsnummer: fails its test", "techniek: not J or N"];

/// Names of programmes, by chamber.
const PROGRAMMES: [&str; 9] = [
    "Timmerman, metselaar, monteur",
    "Autotechnicus, chauffeur, matroos",
    "Helpende zorg en welzijn, sport",
    "Verkoper, ondernemer",
    "Mediavormgever, ICT-beheerder",
    "Kok, hovenier, dierverzorger",
    "Beveiliger, secretaresse",
    "Kapper, goudsmid",
    "Entreeopleiding",
];

/// Writes the enrolments of a year.
pub(super) fn enrolments(folder: &Path, world: &World, year: u32) -> Result<SampleFile, SampleError> {
    let name = format!("duo_mbo_inschrijvingen_{year}.asc");
    let mut output = Output::create(folder, &name, Encoding::Windows1252, "\r\n")?;
    let mut dirty = BTreeMap::new();
    for (person, who) in world.people.iter().enumerate() {
        let Some(Place::Mbo {
            bbl,
            technical,
            chamber,
            level,
        }) = who.place(year)
        else {
            continue;
        };
        let number = world.student_numbers.digits(person as u64);
        let route = if bbl { "BBL" } else { "BOL" };
        let crebo = 25_000 + 100 * u32::from(chamber) + if technical { 7 } else { 3 };
        let title = PROGRAMMES.get(usize::from(chamber) - 1).copied().unwrap_or_default();
        let line = |number: &str, technical: &str| {
            let school = char::from(b'A' + u8::try_from(person % 26).unwrap_or(0));
            format!("{number}{year}99{school}M{crebo}{route}{chamber:02}{technical}{level}{title}")
        };
        let flag = if technical { "J" } else { "N" };
        output.line(&line(&number, flag))?;
        if person % DIRTY_ONE_IN == 0 {
            let kind = person / DIRTY_ONE_IN % 2;
            let wrong = format!("{}{}", &number[..8], if number.ends_with('9') { "0" } else { "9" });
            output.line(&if kind == 0 {
                line(&wrong, flag)
            } else {
                line(&number, "X")
            })?;
            *dirty.entry(DIRT[kind]).or_default() += 1;
        }
    }
    let rows = output.lines();
    finish(
        output,
        name,
        "duo_mbo_inschrijvingen",
        Some(schooljaar(year)),
        rows,
        dirty,
    )
}

/// Writes which number of vocational education is whose; some strangers have two.
pub(super) fn links(folder: &Path, world: &World) -> Result<SampleFile, SampleError> {
    let name = "duo_koppeling.csv".to_owned();
    let mut output = Output::create(folder, &name, Encoding::Utf8, "\n")?;
    output.line("ONDERWIJSNUMMER;BURGERSERVICENUMMER")?;
    let people = world.people.len();
    let students = |who: &super::people::Person| who.places.iter().any(|(_, place)| matches!(place, Place::Mbo { .. }));
    for (person, _) in world.people.iter().enumerate().filter(|(_, who)| students(who)) {
        let number = world.student_numbers.digits(person as u64);
        output.line(&format!("{number};{}", world.numbers.digits(person as u64)))?;
    }
    for stranger in 0..people / DOUBLE_ONE_IN {
        let number = world.student_numbers.digits((people + stranger) as u64);
        for other in [2 * stranger, 2 * stranger + 1] {
            output.line(&format!(
                "{number};{}",
                world.numbers.digits((people + people / 60 + other) as u64)
            ))?;
        }
    }
    let rows = output.lines() - 1;
    finish(output, name, "duo_koppeling", None, rows, BTreeMap::new())
}

fn finish(
    output: Output,
    name: String,
    pipeline: &'static str,
    schooljaar: Option<String>,
    rows: u64,
    dirty: BTreeMap<&'static str, u64>,
) -> Result<SampleFile, SampleError> {
    Ok(SampleFile {
        name,
        pipeline,
        schooljaar,
        bytes: output.finish()?,
        rows,
        dirty,
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}
