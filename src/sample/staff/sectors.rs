//! In which sector people work who do not work in education: by quota for the careers that are printed by sector.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::group::Group;
use super::margins::Margins;
use super::person::{FIRST, JOB_YEARS, Situation, YEARS, job_year};
use super::quota::fill;

/// The composite sectors, by their names in the margins; education comes last.
pub(super) const SECTORS: [&str; 6] = [
    "Primair",
    "Winkel en horeca",
    "Zakelijk",
    "Overheid en zorg",
    "Overig",
    "Onderwijs",
];
/// Sectors but education.
pub(super) const OTHER_SECTORS: usize = 5;

/// Years back, the one that is printed by sector first.
const BACK: [u32; 3] = [2, 5, 0];

/// Decides the sectors.
pub(super) fn give(corps: &mut Corps, margins: &Margins) {
    let cohorts: Vec<[(Group, Vec<usize>); 2]> = (0..YEARS)
        .map(|at| [Group::Technical, Group::NonTechnical].map(|group| (group, corps.with(at, |post| group.has(post)))))
        .collect();
    for job_at in (0..JOB_YEARS).rev() {
        let elsewhere = |person: &usize| matches!(corps.persons[*person].situations[job_at], Situation::Sector(_));
        let mut chosen: Vec<Option<usize>> = vec![None; corps.persons.len()];
        for back in BACK {
            let at = (job_year(job_at) + back).checked_sub(FIRST);
            let Some(at) = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < YEARS) else {
                continue;
            };
            for (group, members) in &cohorts[at] {
                let members: Vec<usize> = members.iter().copied().filter(elsewhere).collect();
                for (sector, name) in SECTORS.iter().take(OTHER_SECTORS).enumerate() {
                    let in_it = |chosen: &Option<usize>| chosen.map(|chosen| chosen == sector);
                    let mut decided: Vec<Option<bool>> = chosen.iter().map(in_it).collect();
                    let target = margins.share(group.name(), name, at, members.len()).unwrap_or(0);
                    fill(&mut decided, &members, target, |person| {
                        liking(corps, person, job_at, sector)
                    });
                    for person in members.iter().filter(|person| decided[**person] == Some(true)) {
                        chosen[*person] = Some(sector);
                    }
                }
            }
        }
        for (index, chosen) in chosen.into_iter().enumerate() {
            let person = &mut corps.persons[index];
            if let Situation::Sector(_) = person.situations[job_at] {
                let sector = chosen.unwrap_or_else(|| match person.situations.get(job_at + 1) {
                    Some(Situation::Sector(after)) => *after,
                    _ => usual(corps.seed, index),
                });
                person.situations[job_at] = Situation::Sector(sector);
            }
        }
    }
}

fn liking(corps: &Corps, index: usize, job_at: usize, sector: usize) -> f64 {
    let lasting = corps.persons[index].situations.get(job_at + 1) == Some(&Situation::Sector(sector));
    let usual = usual(corps.seed, index) == sector;
    let chance = Dice::in_year(corps.seed, About::Sector, index, job_year(job_at)).unit();
    chance + if lasting { 2.0 } else { 0.0 } + if usual { 0.5 } else { 0.0 }
}

/// The sector that someone works in unless something speaks for another one.
pub(super) fn usual(seed: u64, index: usize) -> usize {
    let weights = [(0, 18), (1, 25), (2, 24), (3, 22), (4, 11)];
    Dice::in_year(seed, About::Sector, index, 0)
        .weighted(&weights)
        .unwrap_or(1)
}
