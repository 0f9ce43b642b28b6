//! Someone as the statistical office knows him or her.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::employers::Employers;
use super::jobs::{Job, jobs};
use super::person::{Direction, JOB_YEARS, Level};
use super::personnel::born;
use super::spells::{Spell, spells};

/// A person in the files of CBS.
#[derive(Debug)]
pub(super) struct Citizen {
    pub(super) rin: u32,
    pub(super) woman: bool,
    pub(super) birth_year: u32,
    /// 0 no migration background, 1 first generation, 2 second.
    pub(super) generation: u32,
    pub(super) level: Level,
    pub(super) direction: Direction,
    /// By calendar year.
    pub(super) jobs: [Vec<Job>; JOB_YEARS],
    pub(super) spells: Vec<Spell>,
    /// For what differs from person to person without meaning.
    pub(super) dice: Dice,
}

impl Citizen {
    /// Someone who works at a school.
    pub(super) fn of(corps: &Corps, index: usize, rin: u32, employers: &Employers) -> Self {
        let person = &corps.persons[index];
        let mut dice = Dice::in_year(corps.seed, About::Person, index, 2);
        Self {
            rin,
            woman: person.woman,
            birth_year: born(corps.seed, index, person.cohort) / 10_000,
            generation: generation(&mut dice),
            level: person.level,
            direction: person.direction,
            jobs: std::array::from_fn(|job_at| jobs(corps, index, job_at, employers)),
            spells: spells(corps.seed, index, person),
            dice,
        }
    }
}

/// A generation by chance.
pub(super) fn generation(dice: &mut Dice) -> u32 {
    dice.weighted(&[(0, 85), (1, 7), (2, 8)]).unwrap_or(0)
}
