//! Invented school staff: who teaches what from 2017-2018 to 2022-2023, and what they and others did for work since 2012.
//!
//! The numbers come from `src/sample/margins/`: what the monitor prints comes out at scale 1. Shares are met by quota, so a
//! seed changes who it is, never how many. A large sample is made in parts, one after another: memory does not grow.
mod ages;
mod background;
mod cbs;
mod citizen;
mod codes;
mod corps;
mod delivery;
mod dice;
mod employers;
mod factors;
mod group;
mod jobs;
mod lessons;
mod line;
mod link;
mod margins;
mod numbers;
mod person;
mod personnel;
mod quota;
mod schools;
mod sectors;
mod sides;
mod situations;
mod spells;
mod subjects;
mod sums;
mod targets;
mod teaching;
#[cfg(test)]
mod tests;
mod training;
mod traits;

use std::path::Path;

use super::SampleError;
use super::programmes::PROFILES;
use super::report::SampleFile;
use super::sites::Site;

use citizen::Citizen;
use corps::Corps;
use delivery::Delivery;
use employers::Employers;
use margins::Margins;
use numbers::Numbers;
use person::YEARS;
use schools::Schools;
use subjects::Subjects;
use sums::whole;

/// A school that people teach at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct School {
    /// Four characters.
    pub(super) brin: String,
    /// The profiles it teaches, by their short names.
    pub(super) profiles: Vec<&'static str>,
}

/// The schools that sites belong to.
pub(super) fn schools(sites: &[Site]) -> Vec<School> {
    let mut schools: Vec<School> = Vec::new();
    for site in sites {
        // Sites of a school follow each other.
        if schools.last().is_none_or(|school| school.brin != site.brin) {
            schools.push(School {
                brin: site.brin.clone(),
                profiles: Vec::new(),
            });
        }
        let Some(school) = schools.last_mut() else { continue };
        for profile in site.profiles.iter().map(|at| PROFILES[*at].short) {
            if !school.profiles.contains(&profile) {
                school.profiles.push(profile);
            }
        }
    }
    schools
}

/// The part of the schools with non-technical profiles that has none in the last year: teachers a school grow by 8%
/// where teachers grow by 5%.
const FEWER_SCHOOLS: f64 = 1.0 - 1.05 / 1.08;

/// People a scale of 1 has numbers for, about.
const NUMBERS: f64 = 60_000.0;

/// Writes the deliveries about staff into `landing`, and tells what they hold.
pub(super) fn write(landing: &Path, seed: u64, scale: f64, schools: &[School]) -> Result<Vec<SampleFile>, SampleError> {
    if schools.is_empty() {
        return Ok(Vec::new());
    }
    let margins = Margins::new();
    let subjects = Subjects::new();
    let schools = Schools::new(seed, schools, FEWER_SCHOOLS);
    let employers = Employers::new(seed, scale, schools.brins.len());
    let mut numbers = Numbers::new(u64::from(whole(NUMBERS * scale)));
    let mut files = Files::create(landing)?;
    let parts = whole(scale.ceil()).max(1);
    for part in 0..parts {
        let corps = people(
            dice::mixed(seed ^ u64::from(part) << 32),
            scale / f64::from(parts),
            &margins,
            &schools,
            &subjects,
        );
        files.write(&corps, scale / f64::from(parts), &schools, &employers, &mut numbers)?;
    }
    let mut deliveries = files.finish();
    deliveries.extend(cbs::employers(landing, &employers)?);
    deliveries.push(training::write(landing)?);
    deliveries.into_iter().map(Delivery::finish).collect()
}

/// Makes people, with all that is to be known of them.
fn people(seed: u64, scale: f64, margins: &Margins, schools: &Schools, subjects: &Subjects) -> Corps {
    let mut corps = Corps::new(seed, scale, margins, schools);
    traits::give(&mut corps, margins);
    situations::give(&mut corps, margins);
    sectors::give(&mut corps, margins);
    lessons::give(&mut corps, schools, subjects);
    factors::give(&mut corps, margins, schools, scale);
    corps
}

/// The files that are being written.
struct Files {
    personnel: Vec<Delivery>,
    lessons: Vec<Delivery>,
    packed: Vec<Delivery>,
    link: Delivery,
    cbs: cbs::Files,
}

impl Files {
    fn create(landing: &Path) -> Result<Self, SampleError> {
        let both: Vec<_> = (0..YEARS)
            .map(|at| teaching::create(landing, at))
            .collect::<Result<_, _>>()?;
        let (lessons, packed) = both.into_iter().unzip();
        Ok(Self {
            personnel: (0..YEARS)
                .map(|at| personnel::create(landing, at))
                .collect::<Result<_, _>>()?,
            lessons,
            packed,
            link: link::create(landing)?,
            cbs: cbs::Files::create(landing)?,
        })
    }

    fn write(
        &mut self,
        corps: &Corps,
        scale: f64,
        schools: &Schools,
        employers: &Employers,
        numbers: &mut Numbers,
    ) -> Result<(), SampleError> {
        let citizens: Vec<u32> = corps.persons.iter().map(|_| numbers.citizen()).collect();
        let rins: Vec<u32> = corps.persons.iter().map(|_| numbers.rin()).collect();
        for at in 0..YEARS {
            personnel::write(&mut self.personnel[at], corps, &citizens, schools, numbers, at)?;
            let files = (&mut self.lessons[at], &mut self.packed[at]);
            teaching::write(files, corps, &citizens, schools, numbers, at)?;
        }
        link::write(&mut self.link, corps, (&citizens, &rins), numbers)?;
        for (index, rin) in rins.iter().enumerate() {
            let mut citizen = Citizen::of(corps, index, *rin, employers);
            self.cbs.write(&mut citizen, employers, numbers)?;
        }
        for index in 0..u64::from(whole(background::PEOPLE * scale)) {
            let mut citizen = background::citizen(corps.seed, index, numbers.rin(), employers);
            self.cbs.write(&mut citizen, employers, numbers)?;
        }
        Ok(())
    }

    fn finish(self) -> Vec<Delivery> {
        let mut files = self.personnel;
        files.extend(self.lessons);
        files.extend(self.packed);
        files.push(self.link);
        files.extend(self.cbs.finish());
        files
    }
}
