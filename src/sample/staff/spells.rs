//! Spells of socio-economic category, as long as someone stays in one. They begin and end at odd dates, some on the very
//! day that counts.
use super::dice::{About, Dice};
use super::person::{JOB_YEARS, Person, Situation, job_year};
use super::sums::place;

/// A spell: category, first day and last, which is open for the last spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spell {
    pub(super) category: u32,
    pub(super) from: u32,
    pub(super) to: Option<u32>,
}

/// Last day of a spell and first of the next, `MMDD`, within the year after the 1 October that the first one covers.
/// The first two lie in the year of that 1 October itself.
const CHANGES: [(u32, u32); 7] = [
    (1001, 1002),
    (1130, 1201),
    (131, 201),
    (630, 701),
    (831, 901),
    (914, 915),
    (930, 1001),
];

/// The spells of school people: students are students on the 1 Octobers that they have to be.
pub(super) fn spells(seed: u64, index: usize, person: &Person) -> Vec<Spell> {
    let mut dice = Dice::in_year(seed, About::Spells, index, 0);
    let works = *[11, 11, 11, 11, 11, 11, 11, 11, 12, 14]
        .get(place(dice.below(10)))
        .unwrap_or(&11);
    let idle = *[13, 13, 13, 15, 21, 22].get(place(dice.below(6))).unwrap_or(&13);
    let student = if dice.permille(600) { 26 } else { 31 };
    let categories = (0..JOB_YEARS).map(|at| match person.situations[at] {
        Situation::Studying => student,
        Situation::Education | Situation::Sector(_) => works,
        Situation::Unknown if person.age(job_year(at)) > 65 => 25,
        Situation::Unknown => idle,
    });
    from_categories(&mut dice, &categories.collect::<Vec<u32>>())
}

/// Spells of which one with the year's category covers 1 October of each year.
pub(super) fn from_categories(dice: &mut Dice, categories: &[u32]) -> Vec<Spell> {
    let mut spells: Vec<Spell> = Vec::new();
    for (at, category) in categories.iter().enumerate() {
        match spells.last_mut() {
            Some(last) if last.category == *category => {}
            Some(last) => {
                let change = place(dice.below(7));
                let (to, from) = CHANGES.get(change).copied().unwrap_or((831, 901));
                let year = job_year(at) - u32::from(change < 2);
                last.to = Some(year * 10_000 + to);
                spells.push(Spell {
                    category: *category,
                    from: year * 10_000 + from,
                    to: None,
                });
            }
            None => spells.push(Spell {
                category: *category,
                from: (job_year(0) - dice.below(4)) * 10_000 + 101 + 100 * dice.below(9),
                to: None,
            }),
        }
    }
    spells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_october_has_its_category() {
        let categories = [26, 26, 11, 11, 31, 11, 11, 21, 26, 26, 11];
        for seed in 0..200 {
            let spells = from_categories(&mut Dice::new(seed, About::Spells, 0), &categories);
            for (at, category) in categories.iter().enumerate() {
                let day = job_year(at) * 10_000 + 1001;
                let covering = spells
                    .iter()
                    .filter(|spell| spell.from <= day && spell.to.is_none_or(|to| to >= day));
                assert_eq!(
                    covering.map(|spell| spell.category).collect::<Vec<_>>(),
                    [*category],
                    "{spells:?}"
                );
            }
        }
    }
}
