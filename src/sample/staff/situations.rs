//! What people do in each calendar year, such that the teachers of each school year have the careers of the margins.
//!
//! A calendar year is looked at by up to three school years: its own, and those two and five years later. The years are
//! decided backwards, so that what someone did is likely to be what he or she did the year after.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::group::Group;
use super::margins::Margins;
use super::person::{FIRST, JOB_YEARS, Person, Situation, YEARS, job_year, year};
use super::quota::fill;

/// Years that careers look back, and the year itself.
pub(super) const BACK: [(u32, &str); 3] = [(0, "0"), (2, "2"), (5, "5")];

/// The situations that are by quota; the rest works in education.
const BY_QUOTA: [(Situation, &str); 3] = [
    (Situation::Studying, "studerend"),
    (Situation::Sector(usize::MAX), "andere sector"),
    (Situation::Unknown, "onbekend"),
];

/// Decides the situations; which other sector it is comes after it.
pub(super) fn give(corps: &mut Corps, margins: &Margins) {
    let cohorts: Vec<Vec<(Group, Vec<usize>)>> = (0..YEARS)
        .map(|at| {
            [Group::Technical, Group::NonTechnical, Group::NoProfile]
                .map(|group| (group, corps.with(at, |post| group.has(post))))
                .into()
        })
        .collect();
    for job_at in (0..JOB_YEARS).rev() {
        let looking: Vec<(usize, &str)> = BACK
            .iter()
            .filter_map(|(back, name)| Some(((job_year(job_at) + back).checked_sub(FIRST)?, *name)))
            .filter_map(|(at, name)| Some((usize::try_from(at).ok().filter(|at| *at < YEARS)?, name)))
            .collect();
        let mut found: Vec<Option<Situation>> = vec![None; corps.persons.len()];
        for (situation, name) in BY_QUOTA {
            let mut decided: Vec<Option<bool>> = found.iter().map(|found| found.map(|_| false)).collect();
            for (at, back) in &looking {
                for (group, members) in &cohorts[*at] {
                    let measure = format!("{back} {name}");
                    let target = margins.share(group.name(), &measure, *at, members.len()).unwrap_or(0);
                    fill(&mut decided, members, target, |person| {
                        liking(corps, person, job_at, situation)
                    });
                }
            }
            for (found, decided) in found.iter_mut().zip(&decided) {
                if *decided == Some(true) {
                    *found = Some(situation);
                }
            }
        }
        for members in looking
            .iter()
            .flat_map(|(at, _)| &cohorts[*at])
            .map(|(_, members)| members)
        {
            for person in members {
                found[*person].get_or_insert(Situation::Education);
            }
        }
        for (index, found) in found.into_iter().enumerate() {
            let situation = found.unwrap_or_else(|| likely(corps.seed, index, &corps.persons[index], job_at));
            corps.persons[index].situations[job_at] = situation;
        }
    }
}

/// How well a situation fits a person in a year.
fn liking(corps: &Corps, index: usize, job_at: usize, situation: Situation) -> f64 {
    let person = &corps.persons[index];
    let now = job_year(job_at);
    let after = person.situations.get(job_at + 1);
    let chance = Dice::in_year(corps.seed, About::Career, index, now).unit();
    let (age, works) = (person.age(now), person.post_in(now).is_some());
    let lasting = if after == Some(&situation) { 2.0 } else { 0.0 };
    let fits = match situation {
        Situation::Studying => match age {
            ..=17 => 12.0,
            18..=21 => 5.0,
            22..=24 => 3.0,
            25..=28 => 1.2 + lasting / 4.0,
            29..=35 => 0.3 + lasting / 4.0,
            _ => 0.0,
        },
        Situation::Sector(_) if age < 19 => -10.0,
        // Who comes from elsewhere often still has the other job in the first year.
        Situation::Sector(_) if works && person.entry() > 0 && year(person.entry()) == now => 0.4 + lasting,
        _ => lasting,
    };
    chance + fits
}

/// A situation of someone whom no margin is about in that year.
fn likely(seed: u64, index: usize, person: &Person, job_at: usize) -> Situation {
    let now = job_year(job_at);
    let elsewhere = Situation::Sector(usize::MAX);
    let mut dice = Dice::in_year(seed, About::Career, index, 0);
    if now > year(person.exit()) {
        return match dice.below(100) {
            _ if person.age(now) >= 64 => Situation::Unknown,
            ..55 => Situation::Education,
            55..85 => elsewhere,
            _ => Situation::Unknown,
        };
    }
    if person.age(now) < 18 {
        return Situation::Studying;
    }
    let after = person
        .situations
        .get(job_at + 1)
        .copied()
        .unwrap_or(Situation::Education);
    if now + 1 < year(person.entry()) {
        return after;
    }
    match (after, dice.below(100)) {
        (Situation::Education, ..35) if person.age(now) < 27 => Situation::Studying,
        (Situation::Education, 35..75) => elsewhere,
        _ => after,
    }
}
