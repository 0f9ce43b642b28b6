//! Jobs of school people in a calendar year, such that the main job tells what the year's situation says.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::employers::Employers;
use super::person::{FIRST, Person, Post, Situation, job_year};
use super::sectors::{SECTORS, usual};
use super::sums::whole;

/// Hours of a full job in a year.
const FULL: f64 = 1659.0;
/// The place of education in `SECTORS`.
const EDUCATION: usize = SECTORS.len() - 1;

/// A period of a job within a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) employer: usize,
    /// First and last day, month and day as `MMDD`.
    pub(super) from: u32,
    pub(super) to: u32,
    /// Hundredths.
    pub(super) hours: u32,
    /// Cents.
    pub(super) wage: u64,
    /// Permanent `O`, temporary `B` or not known `N`.
    pub(super) contract: &'static str,
}

/// The jobs of a year.
pub(super) fn jobs(corps: &Corps, index: usize, job_at: usize, employers: &Employers) -> Vec<Job> {
    let person = &corps.persons[index];
    let mut year = Year {
        seed: corps.seed,
        index,
        job_at,
        person,
        employers,
        dice: Dice::in_year(corps.seed, About::Jobs, index, job_year(job_at)),
        jobs: Vec::new(),
    };
    year.schools();
    match person.situations[job_at] {
        Situation::Studying => year.beside_study(),
        Situation::Education => year.in_education(),
        Situation::Sector(sector) => year.elsewhere(sector),
        Situation::Unknown => {}
    }
    year.jobs
}

struct Year<'a> {
    seed: u64,
    index: usize,
    job_at: usize,
    person: &'a Person,
    employers: &'a Employers,
    dice: Dice,
    jobs: Vec<Job>,
}

impl Year<'_> {
    fn add(&mut self, employer: usize, (from, to): (u32, u32), hours: f64, contract: &'static str) {
        let hours = whole(hours.max(1.0) * 100.0);
        let rate = u64::from(self.dice.between(1400, 4200));
        self.jobs.push(Job {
            employer,
            from,
            to,
            hours,
            wage: u64::from(hours) * rate / 100,
            contract,
        });
    }

    fn employer(&self, sector: usize) -> usize {
        self.employers.of(self.seed, self.index as u64, sector, self.job_at)
    }

    /// Most hours at one employer so far.
    fn most(&self) -> f64 {
        let of = |employer: usize| {
            let jobs = self.jobs.iter().filter(move |job| job.employer == employer);
            jobs.map(|job| f64::from(job.hours)).sum::<f64>() / 100.0
        };
        self.jobs.iter().map(|job| of(job.employer)).fold(0.0, f64::max)
    }

    /// Jobs that go with the posts: up to the summer that of the school year before, and after it the new one.
    fn schools(&mut self) {
        let now = job_year(self.job_at);
        let person = self.person;
        let contract = |post: &Post| if post.permanent { "O" } else { "B" };
        let hours = |post: &Post, months: f64| f64::from(post.factor) / 10_000.0 * FULL * months / 12.0;
        match (person.post_in(now - 1), person.post_in(now)) {
            (Some(before), Some(post)) if before.school == post.school => {
                let (early, late) = (hours(before, 7.0), hours(post, 5.0));
                if before.permanent != post.permanent || self.dice.permille(60) {
                    self.add(post.school, (101, 731), early, contract(before));
                    self.add(post.school, (801, 1231), late, contract(post));
                } else {
                    self.add(post.school, (101, 1231), early + late, contract(post));
                }
            }
            (before, Some(post)) => {
                if let Some(before) = before {
                    self.add(before.school, (101, 731), hours(before, 7.0), contract(before));
                }
                // Most of those in the first deliveries were there before.
                let there = now == FIRST && person.situations[self.job_at] == Situation::Education;
                if before.is_none() && there && self.dice.permille(850) {
                    self.add(post.school, (101, 1231), hours(post, 12.0), contract(post));
                } else {
                    let from = [801, 801, 815, 901, 922]
                        [usize::from(self.dice.permille(500)) * 2 + usize::from(self.dice.permille(500))];
                    self.add(post.school, (from, 1231), hours(post, 5.0), contract(post));
                }
            }
            (Some(before), None) => self.add(before.school, (101, 731), hours(before, 7.0), contract(before)),
            (None, None) => {}
        }
    }

    fn beside_study(&mut self) {
        if self.jobs.is_empty() && self.person.age(job_year(self.job_at)) > 15 && self.dice.permille(700) {
            let sector = if self.dice.permille(800) {
                1
            } else {
                usual(self.seed, self.index)
            };
            let hours = 60.0 + 500.0 * self.dice.unit();
            let contract = if self.dice.permille(150) { "O" } else { "B" };
            self.add(self.employer(sector), (101, 1231), hours, contract);
        }
    }

    fn in_education(&mut self) {
        let now = job_year(self.job_at);
        if self.jobs.is_empty() {
            let first = self.person.posts[0]
                .as_ref()
                .filter(|_| now < FIRST && self.dice.permille(700));
            let employer = first.map_or_else(|| self.employer(EDUCATION), |post| post.school);
            let hours = FULL * (0.4 + 0.6 * self.dice.unit());
            let contract = if self.dice.permille(750) { "O" } else { "B" };
            self.add(employer, (101, 1231), hours, contract);
        }
        let starting = self.person.post_in(now - 1).is_none() && now >= FIRST && self.person.post_in(now).is_some();
        let most = self.most();
        if starting && self.jobs[0].from > 101 {
            // The job of before ended in summer; in this year it was the smaller one.
            let before = match self.job_at.checked_sub(1).map(|at| self.person.situations[at]) {
                Some(Situation::Sector(sector)) => Some(sector),
                Some(Situation::Education) => Some(EDUCATION),
                _ => None,
            };
            if let Some(sector) = before {
                let hours = (FULL * 7.0 / 12.0 * (0.5 + 0.5 * self.dice.unit())).min(0.8 * most);
                self.add(self.employer(sector), (101, 731), hours, "O");
            }
        } else {
            self.beside(most);
        }
    }

    /// Some have a smaller job beside the main one. A few are close calls: as many hours, or periods of the main job that
    /// are each shorter.
    fn beside(&mut self, most: f64) {
        let sector = usual(self.seed, self.index);
        let employer = self.employer(sector);
        match self.dice.below(1000) {
            ..100 => {
                let hours = (40.0 + 300.0 * self.dice.unit()).min(0.6 * most);
                self.add(employer, (101, 1231), hours, "B");
            }
            100..106 if self.jobs.len() == 1 && self.jobs[0].contract == "O" => {
                let hours = f64::from(self.jobs[0].hours) / 100.0;
                self.add(employer, (101, 1231), hours, "B");
            }
            106..110 if self.jobs.len() == 1 => {
                let main = self.jobs[0].clone();
                self.add(employer, (101, 1231), f64::from(main.hours) / 100.0, main.contract);
                if let Some(rival) = self.jobs.last_mut() {
                    rival.wage = main.wage.saturating_sub(100);
                }
            }
            110..135 if self.jobs.len() == 1 => {
                let rival = 0.7 * most;
                let second = &mut self.jobs[0];
                let half = Job {
                    from: 613,
                    hours: second.hours / 2,
                    wage: second.wage / 2,
                    ..second.clone()
                };
                second.to = 612;
                second.hours -= half.hours;
                second.wage -= half.wage;
                self.jobs.push(half);
                self.add(employer, (101, 1231), rival, "O");
            }
            _ => {}
        }
    }

    /// The main job is in another sector: all year beside a post, until summer before a first one, or simply so.
    fn elsewhere(&mut self, sector: usize) {
        let now = job_year(self.job_at);
        let (posts, most) = (self.person.post_in(now).is_some(), self.most());
        let starting = posts && now > FIRST && self.person.post_in(now - 1).is_none();
        let employer = self.employer(sector);
        let contract = if self.dice.permille(780) { "O" } else { "B" };
        if starting {
            let hours = (FULL * 7.0 / 12.0 * (0.85 + 0.15 * self.dice.unit())).max(1.1 * most);
            self.add(employer, (101, 731), hours, contract);
        } else if posts {
            let hours = (700.0 + 900.0 * self.dice.unit()).max(1.2 * most);
            self.add(employer, (101, 1231), hours, contract);
        } else {
            let hours = (FULL * (0.45 + 0.55 * self.dice.unit())).max(1.2 * most);
            self.add(employer, (101, 1231), hours, contract);
            if most == 0.0 {
                let hours = self.most();
                self.beside(hours);
            }
        }
    }
}
