//! Everybody else: people whom the statistical office knows and who never worked at these schools.
use super::citizen::{Citizen, generation};
use super::dice::{About, Dice};
use super::employers::Employers;
use super::jobs::Job;
use super::person::{Direction, JOB_YEARS, Level, job_year};
use super::sectors::{OTHER_SECTORS, SECTORS};
use super::spells::from_categories;
use super::sums::place;

/// People at scale 1: a few times as many as teachers.
pub(super) const PEOPLE: f64 = 75_000.0;

/// Makes one of them.
pub(super) fn citizen(seed: u64, index: u64, rin: u32, employers: &Employers) -> Citizen {
    let mut dice = Dice::new(seed, About::Background, index);
    let birth_year = 1948 + dice.below(56);
    let sector = place(
        dice.weighted(&[(0, 17), (1, 27), (2, 24), (3, 18), (4, 9), (5, 5)])
            .unwrap_or(1),
    );
    let mut jobs: [Vec<Job>; JOB_YEARS] = Default::default();
    let mut categories = Vec::with_capacity(JOB_YEARS);
    // Someone is in work, or is not, for some years on end.
    let mut works = dice.permille(700);
    for (at, jobs) in jobs.iter_mut().enumerate() {
        let age = job_year(at) - birth_year;
        if dice.permille(120) {
            works = dice.permille(680);
        }
        let category = match age {
            ..=17 => 31,
            18..=21 => 26,
            66.. => 25,
            _ if works => 11,
            _ => 22,
        };
        categories.push(category);
        let has_job = match category {
            26 => dice.permille(650),
            11 => true,
            _ => dice.permille(60),
        };
        if !has_job {
            continue;
        }
        let share = if category == 11 {
            dice.between(300, 1000)
        } else {
            dice.between(30, 300)
        };
        let employer = employer(&mut dice, seed, index, sector, at, employers);
        jobs.push(job(&mut dice, employer, 1720 * share / 1000));
        if dice.permille(70) {
            let other = (sector + 1 + place(dice.below(3))) % OTHER_SECTORS;
            let employer = employers.of(seed, index | 1 << 40, other, at);
            let hours = dice.between(20, 500);
            jobs.push(job(&mut dice, employer, hours));
        }
    }
    let mut turn = dice.clone();
    let (level, direction) = education(&mut turn);
    Citizen {
        rin,
        woman: dice.permille(500),
        birth_year,
        generation: generation(&mut dice),
        level,
        direction,
        jobs,
        spells: from_categories(&mut dice, &categories),
        dice,
    }
}

fn employer(dice: &mut Dice, seed: u64, index: u64, sector: usize, at: usize, employers: &Employers) -> usize {
    if dice.permille(12) {
        return employers.of(seed, index | 1 << 40, SECTORS.len(), at);
    }
    employers.of(seed, index | 1 << 40, sector, at)
}

fn job(dice: &mut Dice, employer: usize, hours: u32) -> Job {
    let hours = 100 * hours.max(8) + dice.below(100);
    let (from, to) = match dice.below(10) {
        0 => (100 * dice.between(2, 9) + dice.between(1, 28), 1231),
        1 => (101, 100 * dice.between(2, 11) + dice.between(1, 28)),
        _ => (101, 1231),
    };
    Job {
        employer,
        from,
        to,
        hours,
        wage: u64::from(hours) * u64::from(dice.between(1100, 4200)) / 100,
        contract: dice.weighted(&[("O", 66), ("B", 32), ("N", 2)]).unwrap_or("O"),
    }
}

fn education(dice: &mut Dice) -> (Level, Direction) {
    let level = dice.weighted(&[
        (Level::Mbo, 45),
        (Level::Hbo, 24),
        (Level::Wo, 13),
        (Level::Unknown, 18),
    ]);
    match level.unwrap_or(Level::Mbo) {
        Level::Unknown => (Level::Unknown, Direction::Unknown),
        Level::Mbo => (Level::Mbo, Direction::Different),
        level if dice.permille(60) => (level, Direction::Teacher),
        level => (level, Direction::Different),
    }
}
