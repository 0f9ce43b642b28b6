//! The schools that people work at: which profiles they teach, and how large they are.
use std::collections::BinaryHeap;

use super::School;
use super::dice::{About, Dice};
use super::person::{HOMES, Home, OTHER, PROFILES, TECHNICAL, YEARS};
use super::sums::{length, number, whole};

/// Minutes of a lesson, by school.
const MINUTES: [u32; 5] = [50, 45, 60, 50, 70];

/// The schools.
#[derive(Debug)]
pub(super) struct Schools {
    pub(super) brins: Vec<String>,
    /// Whether a school has teachers of a home.
    offers: Vec<[bool; HOMES]>,
    sizes: Vec<f64>,
    /// Schools that teach no other than technical profiles from the last year on.
    stopped: Vec<bool>,
}

impl Schools {
    /// `fewer` tells which part of the schools with non-technical profiles has none left in the last year.
    pub(super) fn new(seed: u64, schools: &[School], fewer: f64) -> Self {
        let size = |(index, school): (u64, &School)| {
            let profiles = 1.0 + number(school.profiles.len());
            profiles * (0.5 + Dice::new(seed, About::School, index).unit())
        };
        let sizes: Vec<f64> = (0..).zip(schools).map(size).collect();
        let mut offers = vec![[true; HOMES]; schools.len()];
        for (home, profile) in PROFILES.iter().enumerate() {
            // A profile that no school teaches is taught at all of them.
            let nowhere = !schools.iter().any(|school| school.profiles.contains(profile));
            for (offers, school) in offers.iter_mut().zip(schools) {
                offers[home] = nowhere || school.profiles.contains(profile);
            }
        }
        let mut other: Vec<usize> = (0..schools.len())
            .filter(|school| offers[*school][TECHNICAL..OTHER].contains(&true))
            .collect();
        other.sort_by(|a, b| sizes[*a].total_cmp(&sizes[*b]));
        let mut stopped = vec![false; schools.len()];
        for school in other.iter().take(length(fewer * number(other.len()))) {
            stopped[*school] = true;
        }
        Self {
            brins: schools.iter().map(|school| school.brin.clone()).collect(),
            offers,
            sizes,
            stopped,
        }
    }

    /// Whether a school has teachers of a home in a school year.
    pub(super) fn has(&self, school: usize, home: Home, at: usize) -> bool {
        let last = at + 1 == YEARS && (TECHNICAL..OTHER).contains(&home);
        self.offers[school][home] && !(last && self.stopped[school])
    }

    /// Minutes of a lesson at a school.
    pub(super) fn minutes(&self, school: usize) -> u32 {
        MINUTES[school % MINUTES.len()]
    }

    /// Where people of a home are missing, given how many each school has already and how many there are in all.
    pub(super) fn vacancies(&self, home: Home, at: usize, present: &[i64], staff: usize) -> Vacancies {
        let schools: Vec<usize> = (0..present.len())
            .filter(|school| self.has(*school, home, at))
            .collect();
        let size: f64 = schools.iter().map(|school| self.sizes[*school]).sum();
        let missing = |school: usize| {
            let wanted = i64::from(whole(1000.0 * number(staff) * self.sizes[school] / size));
            let nobody = if present[school] == 0 { 1_000_000_000 } else { 0 };
            wanted - 1000 * present[school] + nobody
        };
        Vacancies(schools.into_iter().map(|school| (missing(school), school)).collect())
    }
}

/// How many thousandths of a person each school misses; one that has nobody comes first.
#[derive(Debug)]
pub(super) struct Vacancies(BinaryHeap<(i64, usize)>);

impl Vacancies {
    /// The school that misses most.
    pub(super) fn next(&mut self) -> usize {
        let Some((missing, school)) = self.0.pop() else {
            return 0;
        };
        self.0.push((missing.min(1_000_000) - 1000, school));
        school
    }
}
