//! Who works at schools in which year: most stay, some leave, some take up or lay down a profile, others come.
use std::collections::{HashMap, HashSet};

use super::ages;
use super::dice::{About, Dice};
use super::group::Group;
use super::margins::Margins;
use super::person::{HOMES, Home, OFFICE, OTHER, Person, Post, TECHNICAL, YEARS, year};
use super::quota::best;
use super::schools::Schools;
use super::sides;
use super::sums::{length, number};
use super::targets::Targets;

/// The age at which everybody leaves.
const PENSION: u32 = 67;
/// Which part of the newcomers is over fifty, about.
const NEW_OVER: f64 = 0.2;
/// Their mean age, about.
const NEW_AGE: f64 = 39.0;

/// All people of all years.
#[derive(Debug)]
pub(super) struct Corps {
    pub(super) seed: u64,
    pub(super) persons: Vec<Person>,
}

impl Corps {
    /// Lets people come and go.
    pub(super) fn new(seed: u64, scale: f64, margins: &Margins, schools: &Schools) -> Self {
        let mut corps = Self {
            seed,
            persons: Vec::new(),
        };
        let mut homes: [Vec<usize>; HOMES] = Default::default();
        for at in 0..YEARS {
            let known = corps.persons.len();
            let targets = Targets::new(margins, at, scale);
            corps.leave(&mut homes, &targets, margins, at);
            corps.come(&mut homes, &targets, at);
            corps.settle(&homes, schools, at);
            sides::give(&mut corps, &homes, &targets, schools, at);
            ages::give(&mut corps, margins, at, known);
        }
        corps
    }

    /// Those with a post of a kind in a school year.
    pub(super) fn with(&self, at: usize, mut kind: impl FnMut(&Post) -> bool) -> Vec<usize> {
        let posts = self.persons.iter().enumerate();
        posts
            .filter(|(_, person)| person.posts[at].as_ref().is_some_and(&mut kind))
            .map(|(index, _)| index)
            .collect()
    }

    /// Takes leavers off the homes; some of a profile go on without it.
    fn leave(&self, homes: &mut [Vec<usize>; HOMES], targets: &Targets, margins: &Margins, at: usize) {
        let mut laid_down = Vec::new();
        for home in (0..HOMES).filter(|_| at > 0) {
            let staff = std::mem::take(&mut homes[home]);
            let wanted = |measure| margins.value(group(home).name(), measure, at).unwrap_or(0.0);
            let ages = (wanted("50-plus") / 100.0, wanted("leeftijd"));
            let leaving = self.leaving(&staff, number(targets.homes[home]), ages, home, at);
            let left: HashSet<usize> = leaving.iter().copied().collect();
            homes[home] = staff.into_iter().filter(|person| !left.contains(person)).collect();
            let share = if home < TECHNICAL { 120 } else { 350 };
            laid_down.extend(leaving.into_iter().filter(|person| {
                let mut dice = Dice::in_year(self.seed, About::Moving, *person, year(at));
                home < OTHER && self.persons[*person].age(year(at)) < 60 && dice.permille(share)
            }));
        }
        laid_down.sort_unstable();
        homes[OTHER].extend(laid_down);
    }

    /// Who leaves a home: so many of the young and of those over fifty, and of such ages, that newcomers of all ages fit in.
    fn leaving(&self, staff: &[usize], target: f64, (over, mean): (f64, f64), home: Home, at: usize) -> Vec<usize> {
        let size = number(staff.len());
        // Also where fewer are needed some are new.
        let count = (rate(home) * size).max(size - target + 0.04 * size);
        let newcomers = target - size + count;
        let age = |person: usize| self.persons[person].age(year(at));
        let chances: HashMap<usize, f64> = staff
            .iter()
            .map(|person| {
                (
                    *person,
                    Dice::in_year(self.seed, About::Leaving, *person, year(at)).unit(),
                )
            })
            .collect();
        let (old, young): (Vec<usize>, Vec<usize>) = staff.iter().copied().partition(|person| age(*person) >= 50);
        let pensioned = number(old.iter().filter(|person| age(**person) >= PENSION).count());
        let old_count = number(old.len()) - over * target + NEW_OVER * newcomers;
        let old_count = old_count.clamp(pensioned, count.max(pensioned));
        let chosen = |tilt: f64| {
            let liking = |person: usize| match age(person) {
                PENSION.. => 1e6,
                age => chances[&person] + tilt * f64::from(age),
            };
            let mut leaving = best(&old, length(old_count), liking);
            leaving.extend(best(&young, length(count - old_count), liking));
            leaving
        };
        let sum = |persons: &[usize]| persons.iter().map(|person| f64::from(age(*person))).sum::<f64>();
        let wanted = sum(staff) - (mean * target - NEW_AGE * newcomers);
        let (mut low, mut high) = (-0.2, 0.2);
        for _ in 0..12 {
            let middle = (low + high) / 2.0;
            if sum(&chosen(middle)) < wanted {
                low = middle
            } else {
                high = middle
            }
        }
        chosen((low + high) / 2.0)
    }

    /// Fills up the homes: with people who take up a profile, and with newcomers.
    fn come(&mut self, homes: &mut [Vec<usize>; HOMES], targets: &Targets, at: usize) {
        let mut taking = HashSet::new();
        for home in 0..OTHER {
            let wanted = targets.homes[home].saturating_sub(homes[home].len());
            let share = if home < TECHNICAL { 0.12 } else { 0.35 };
            let free: Vec<usize> = homes[OTHER]
                .iter()
                .copied()
                .filter(|person| !taking.contains(person))
                .collect();
            let liking = |person: usize| match self.persons[person].age(year(at)) {
                55.. => 0.0,
                _ => Dice::in_year(self.seed, About::Moving, person, 1 + year(at)).unit(),
            };
            let known = best(&free, length(share * number(wanted)), liking);
            taking.extend(known.iter().copied());
            homes[home].extend(known);
        }
        homes[OTHER].retain(|person| !taking.contains(person));
        homes[OTHER].truncate(targets.homes[OTHER]);
        for (people, wanted) in homes.iter_mut().zip(targets.homes) {
            for _ in people.len()..wanted {
                people.push(self.persons.len());
                self.persons.push(Person::new());
            }
        }
    }

    /// Gives everybody a post: at the school of the year before, or where people are missing.
    fn settle(&mut self, homes: &[Vec<usize>; HOMES], schools: &Schools, at: usize) {
        for (home, staff) in homes.iter().enumerate() {
            let mut present = vec![0; schools.brins.len()];
            let mut moving = Vec::new();
            for index in staff {
                let person = &mut self.persons[*index];
                let before = at.checked_sub(1).and_then(|before| person.posts[before].as_ref());
                match before.filter(|post| schools.has(post.school, home, at) && stays(post, home)) {
                    Some(before) => {
                        present[before.school] += 1;
                        person.posts[at] = Some(Post::new(home, before.school));
                    }
                    None => moving.push(*index),
                }
            }
            let mut vacancies = schools.vacancies(home, at, &present, staff.len());
            for index in moving {
                self.persons[index].posts[at] = Some(Post::new(home, vacancies.next()));
            }
        }
    }
}

/// Who takes up a profile may change schools for it; who lays it down does not.
fn stays(before: &Post, home: Home) -> bool {
    before.home == home || home == OTHER
}

/// The group whose ages people of a home are to have.
fn group(home: Home) -> Group {
    match home {
        ..TECHNICAL => Group::Technical,
        TECHNICAL..OTHER => Group::NonTechnical,
        OTHER => Group::Other,
        OFFICE => Group::Office,
        _ => Group::Elsewhere,
    }
}

/// Which part leaves in a year at least.
fn rate(home: Home) -> f64 {
    match home {
        ..TECHNICAL => 0.125,
        OTHER => 0.095,
        OFFICE => 0.09,
        _ => 0.105,
    }
}
