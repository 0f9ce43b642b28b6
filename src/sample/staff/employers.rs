//! Employers: the schools, and invented ones of every sector.
use super::dice::{About, Dice};
use super::margins::{cell, lines};
use super::person::JOB_YEARS;
use super::sectors::SECTORS;
use super::sums::{length, number, place, small};

/// Employers of each sector at scale 1, in the order of `SECTORS`.
const COUNTS: [f64; 6] = [700.0, 900.0, 800.0, 500.0, 400.0, 500.0];
/// Employers of which the activity is not always known, at scale 1.
const UNCLEAR: f64 = 80.0;

/// An employer.
#[derive(Debug)]
struct Employer {
    sbi: [&'static str; JOB_YEARS],
}

/// All employers; people know them by their places.
#[derive(Debug)]
pub(super) struct Employers {
    list: Vec<Employer>,
    /// The first of each sector, and behind the last.
    first: [usize; 8],
}

impl Employers {
    /// A school has the place that it has in the list of schools.
    pub(super) fn new(seed: u64, scale: f64, schools: usize) -> Self {
        let activities: Vec<Vec<(&'static str, u32)>> = SECTORS
            .iter()
            .map(|sector| {
                let lines = lines(include_str!("../margins/sbi.csv")).filter(|cells| cells.first() == Some(sector));
                lines
                    .filter_map(|cells| Some((*cells.get(1)?, cell(&cells, 2))))
                    .collect()
            })
            .collect();
        let mut employers = Self {
            list: Vec::new(),
            first: [0; 8],
        };
        for school in 0..schools {
            let sbi = if school % 3 == 0 { "85312" } else { "85314" };
            employers.list.push(Employer { sbi: [sbi; JOB_YEARS] });
        }
        for (sector, count) in COUNTS.iter().enumerate() {
            employers.first[sector] = employers.list.len();
            for _ in 0..length((count * scale).clamp(20.0, 20_000.0)) {
                let mut dice = Dice::new(seed, About::Employer, employers.list.len() as u64);
                let mut activity = || dice.weighted(&activities[sector]).unwrap_or_default();
                let (first, other) = (activity(), activity());
                // A few do something else after some years, in the same sector.
                let change = if dice.permille(30) { 6 } else { JOB_YEARS };
                employers.list.push(Employer {
                    sbi: std::array::from_fn(|at| if at < change { first } else { other }),
                });
            }
        }
        employers.first[6] = employers.list.len();
        for index in 0..length((UNCLEAR * scale).clamp(6.0, 2000.0)) {
            // Not known at all, or in later years only.
            let known = if index % 2 == 0 { JOB_YEARS } else { 4 };
            employers.list.push(Employer {
                sbi: std::array::from_fn(|at| if at < known { "" } else { "5610" }),
            });
        }
        employers.first[7] = employers.list.len();
        employers
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of an employer.
    pub(super) fn beid(&self, employer: usize) -> u32 {
        // 7,368,787 has no divisor in common with 90,000,000: all numbers differ.
        10_000_000 + small((employer as u64 * 7_368_787 + 31_337) % 90_000_000)
    }

    /// The activity in a year of jobs; blank where it is not known.
    pub(super) fn sbi(&self, employer: usize, job_at: usize) -> &'static str {
        self.list[employer].sbi[job_at]
    }

    /// Whether the activity is not always known.
    pub(super) fn unclear(&self, employer: usize) -> bool {
        employer >= self.first[6]
    }

    /// Someone's employer in a sector; another one after some years.
    pub(super) fn of(&self, seed: u64, person: u64, sector: usize, job_at: usize) -> usize {
        let mut dice = Dice::new(seed, About::Employer, person << 8 | sector as u64);
        let shift = dice.below(5);
        let period = (job_at + place(shift)) / 5;
        let mut dice = Dice::new(
            seed,
            About::Employer,
            person << 16 | (sector as u64) << 8 | period as u64 | 1 << 60,
        );
        let count = self.first[sector + 1] - self.first[sector];
        self.first[sector] + length((dice.unit() * number(count)).floor())
    }
}
