//! The country of a sample: its sites, and its pupils as the deliveries show them.
use std::sync::Arc;

use super::SampleError;
use super::chance::{Chance, Stream};
use super::flow::{self, Country};
use super::margins::{Margins, scaled};
use super::number::Numbers;
use super::offers::offers;
use super::others;
use super::people::{Person, Place, Sex};
use super::places::{MOST_TOWNS, Town, towns};
use super::programmes::{Programme, programme};
use super::sites::Site;

/// The school years, by the year of their 1 October, that enrolments are delivered for.
pub(super) const YEARS: std::ops::RangeInclusive<u32> = 2018..=2023;

/// Sites with a vocational leerweg at scale 1, and how many of them are in no region.
const SITES: usize = 562;
const OUTSIDE: usize = 6;

/// The country: its sites, and who lives in it.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) margins: Margins,
    pub(super) towns: Vec<Arc<Town>>,
    pub(super) sites: Vec<Site>,
    pub(super) people: Vec<Person>,
    /// Citizen service numbers of the people, and after them of strangers (fewer than one to fifty people).
    pub(super) numbers: Numbers,
    /// Their numbers in vocational education.
    pub(super) student_numbers: Numbers,
}

/// A pupil, as the deliveries show one.
pub(super) struct Pupil<'a> {
    pub(super) bsn: String,
    pub(super) person: &'a Person,
    pub(super) nationality: &'static str,
    pub(super) enrolments: Vec<Enrolment>,
}

/// Where a pupil is on 1 October of a year.
pub(super) struct Enrolment {
    pub(super) year: u32,
    pub(super) leerjaar: u32,
    pub(super) programme: Programme,
    pub(super) site: usize,
    /// A few follow part of their programme at a second site, and are delivered twice.
    pub(super) second_site: Option<usize>,
}

impl World {
    /// A country with `scale` times the pupils of the monitor.
    pub(super) fn new(seed: u64, scale: f64) -> Result<Self, SampleError> {
        let margins = Margins::new(scale)?;
        let towns = towns(scaled(MOST_TOWNS, scale).clamp(20, MOST_TOWNS));
        let sites = scaled(SITES, scale).clamp(8, 2_000);
        let outside = scaled(OUTSIDE, scale).clamp(1, sites / 4);
        let offers = offers(seed, &margins, sites, outside);
        let sites = super::sites::sites(seed, sites, outside, &towns, &offers);
        let country = Country {
            margins: &margins,
            offers: &offers,
            sites: &sites,
            towns: &towns,
        };
        let mut people = flow::people(country, Chance::new(seed, Stream::People, 0));
        people.extend(others::people(seed, scale, &sites, &towns));
        let count = people.len() as u64;
        Ok(Self {
            seed,
            margins,
            towns,
            sites,
            numbers: Numbers::new(count + count / 50 + 1, 0),
            student_numbers: Numbers::new(count + count / 50 + 1, 5),
            people,
        })
    }

    /// All pupils; their texts are made when asked for.
    pub(super) fn pupils(&self) -> impl Iterator<Item = Pupil<'_>> {
        self.people.iter().zip(0u64..).map(|(person, index)| Pupil {
            bsn: self.numbers.digits(index),
            person,
            nationality: if index % 14 == 0 { "0339" } else { "0001" },
            enrolments: person
                .places
                .iter()
                .filter_map(|(year, place)| enrolment(person, *year, *place))
                .collect(),
        })
    }
}

impl Pupil<'_> {
    /// The letter for the sex.
    pub(super) fn sex(&self) -> char {
        match self.person.sex {
            Sex::Man => 'M',
            Sex::Woman => 'V',
            Sex::Unknown => 'O',
        }
    }
}

fn enrolment(person: &Person, year: u32, place: Place) -> Option<Enrolment> {
    match place {
        Place::School {
            track,
            leerjaar,
            choice,
            site,
            second,
        } => Some(Enrolment {
            year,
            leerjaar: leerjaar.into(),
            programme: programme(track, leerjaar.into(), choice.into(), person.lwoo),
            site: site.into(),
            second_site: second.map(usize::from),
        }),
        Place::Mbo { .. } => None,
    }
}
