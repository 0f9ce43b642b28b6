//! `duo_examens_<year>.csv`: the school exams of fourth-year pupils in electives and profile modules.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::chance::{Chance, Stream};
use super::output::{Encoding, Output};
use super::people::Place;
use super::programmes::PROFILES;
use super::pupils::World;
use super::report::{SampleFile, schooljaar};

/// The school years that exams are delivered for.
pub(super) const YEARS: std::ops::RangeInclusive<u32> = 2019..=2022;

/// Electives of a profile; the numbers behind them are its profile modules.
const ELECTIVES: usize = 18;
const SUBJECTS: usize = 22;

/// One exam in this many is of a faulty line more.
const DIRTY_ONE_IN: u64 = 2_000;
const DIRT: [&str; 3] = [
    "persoon: fails the eleven-test",
    "aanbiedend_profiel: not in the code list",
    "cijfer: not a number",
];

/// The year that was delivered twice, the second time with all schools, and one site in this many that the first lacks.
const TWICE: u32 = 2021;
const LACKING_ONE_IN: usize = 6;

/// Writes the exams of a year: as many of each profile of enrolment in each offering profile as the margins say. Of one
/// year there is a faulty first delivery too.
pub(super) fn write(folder: &Path, world: &World, year: u32) -> Result<Vec<SampleFile>, SampleError> {
    let name = format!("duo_examens_{year}.csv");
    if year != TWICE {
        return Ok(vec![file(folder, world, year, name, |_| true)?]);
    }
    let again = format!("duo_examens_{year}_herlevering.csv");
    let mut first = file(folder, world, year, name, |site| site % LACKING_ONE_IN != 0)?;
    first.replaced_by = Some(again.clone());
    Ok(vec![first, file(folder, world, year, again, |_| true)?])
}

fn file(
    folder: &Path,
    world: &World,
    year: u32,
    name: String,
    delivered: impl Fn(usize) -> bool,
) -> Result<SampleFile, SampleError> {
    let mut output = Output::create(folder, &name, Encoding::Utf8, "\n")?;
    output.line("BURGERSERVICENUMMER;BRIN;VESTIGINGSNUMMER;VAKCODE;SOORT VAK;AANBIEDEND PROFIEL;CIJFER")?;
    let chance = &mut Chance::new(world.seed, Stream::Subjects, year.into());
    let mut dirty = BTreeMap::new();
    let mut written = 0;
    for (place, profile) in PROFILES.iter().enumerate() {
        let mut pupils = fourth_years(world, year, place);
        if pupils.is_empty() {
            continue;
        }
        for offering in &PROFILES {
            chance.shuffle(&mut pupils);
            let exams = world
                .margins
                .exams
                .get(&(year, offering.short, profile.short))
                .copied()
                .unwrap_or(0);
            for exam in 0..exams {
                let (person, site) = pupils[exam % pupils.len()];
                let mark = 45 + chance.below(50);
                if !delivered(site) {
                    continue;
                }
                let line = Line {
                    bsn: world.numbers.digits(person as u64),
                    site: &world.sites[site],
                    // A pupil has no two exams in one subject.
                    subject: (person + exam / pupils.len()) % SUBJECTS,
                    offering,
                    mark,
                };
                output.line(&line.text(None))?;
                written += 1;
                if written % DIRTY_ONE_IN == 0 {
                    let kind = usize::try_from(written / DIRTY_ONE_IN % 3).unwrap_or(0);
                    output.line(&line.text(Some(kind)))?;
                    *dirty.entry(DIRT[kind]).or_default() += 1;
                }
            }
        }
    }
    let rows = output.lines() - 1;
    Ok(SampleFile {
        name,
        pipeline: "duo_examens",
        schooljaar: Some(schooljaar(year)),
        bytes: output.finish()?,
        rows,
        dirty,
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}

/// The fourth-year pupils of a profile, with their site.
fn fourth_years(world: &World, year: u32, profile: usize) -> Vec<(usize, usize)> {
    let of_year = world
        .people
        .iter()
        .enumerate()
        .filter_map(|(person, who)| match who.place(year) {
            Some(Place::School {
                track,
                leerjaar: 4,
                choice,
                site,
                ..
            }) if track.has_profiles() && usize::from(choice) == profile => Some((person, usize::from(site))),
            _ => None,
        });
    of_year.collect()
}

/// The parts of a line.
struct Line<'a> {
    bsn: String,
    site: &'a super::sites::Site,
    subject: usize,
    offering: &'a super::programmes::Profile,
    /// In tenths.
    mark: u32,
}

impl Line<'_> {
    /// The line, or one with a fault of `DIRT` in it.
    fn text(&self, fault: Option<usize>) -> String {
        let (mut bsn, mut offering) = (self.bsn.clone(), self.offering.exam_code);
        let mut mark = format!("{},{}", self.mark / 10, self.mark % 10);
        match fault {
            Some(0) => {
                let last = if bsn.ends_with('9') { "0" } else { "9" };
                bsn.replace_range(8.., last);
            }
            Some(1) => offering = "XX",
            Some(_) => "goed".clone_into(&mut mark),
            None => {}
        }
        let kind = if self.subject < ELECTIVES { 'K' } else { 'M' };
        let (brin, number) = (&self.site.brin, &self.site.number);
        let code = format!("{}{:02}", self.offering.exam_code, self.subject + 1);
        format!("{bsn};{brin};{number};{code};{kind};{offering};{mark}")
    }
}
