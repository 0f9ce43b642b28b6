//! Part-time factors, such that the fte of every profile come out.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::margins::Margins;
use super::person::{OTHER, PROFILES, Person, Situation, YEARS};
use super::schools::Schools;
use super::sums::{number, whole};

/// How large a post roughly is: much the same over the years, and small beside another main job.
pub(super) fn rough(seed: u64, person: &Person, index: usize, at: usize) -> f64 {
    let mut dice = Dice::in_year(seed, About::Factor, index, 0);
    let main_job_elsewhere = matches!(person.situations[at + 5], Situation::Sector(_));
    let sizes: &[(u32, u32)] = match (main_job_elsewhere && !person.starts(at), person.woman) {
        (true, _) => &[(10, 1), (20, 4), (30, 3), (40, 3), (50, 1)],
        (_, false) => &[(100, 48), (90, 10), (80, 20), (60, 12), (50, 4), (40, 4), (20, 2)],
        (_, true) => &[
            (100, 25),
            (90, 8),
            (80, 27),
            (70, 8),
            (60, 20),
            (50, 5),
            (40, 5),
            (20, 2),
        ],
    };
    f64::from(dice.weighted(sizes).unwrap_or(80)) / 100.0
}

/// The part of a post in each of its profiles.
struct Member {
    index: usize,
    rough: f64,
    shares: Vec<(usize, f64)>,
}

impl Member {
    fn fte(&self, profile: usize, power: f64) -> f64 {
        let share = self.shares.iter().find(|(known, _)| *known == profile);
        share.map_or(0.0, |(_, share)| share * self.rough.powf(power))
    }
}

/// Decides the factors. A full post stays one: what changes is how small the others are.
pub(super) fn give(corps: &mut Corps, margins: &Margins, schools: &Schools, scale: f64) {
    for at in 0..YEARS {
        let mut homes: Vec<Vec<Member>> = PROFILES.iter().map(|_| Vec::new()).collect();
        for index in 0..corps.persons.len() {
            let person = &corps.persons[index];
            let rough = rough(corps.seed, person, index, at);
            let Some(post) = person.posts[at].as_ref() else {
                continue;
            };
            if post.home < OTHER {
                let minutes = |second| f64::from(schools.minutes(post.at_school(second)));
                let weight = |lesson: &super::lessons::Lesson| number(lesson.units) * minutes(lesson.second);
                let all: f64 = post.lessons.iter().map(weight).sum();
                let share = |profile| {
                    let lessons = post
                        .lessons
                        .iter()
                        .filter(|lesson| lesson.profile == Some(profile) && lesson.counts());
                    (profile, lessons.map(weight).sum::<f64>() / all)
                };
                let shares = post.profiles().map(share).collect();
                homes[post.home].push(Member { index, rough, shares });
            }
            set(corps, index, at, rough);
        }
        let mut powers = [1.0; PROFILES.len()];
        for _ in 0..4 {
            for profile in 0..PROFILES.len() {
                let wanted = margins.value(PROFILES[profile], "fte", at).unwrap_or(0.0) * scale;
                let of =
                    |home: usize, power: f64| homes[home].iter().map(|member| member.fte(profile, power)).sum::<f64>();
                let others: f64 = (0..PROFILES.len())
                    .filter(|home| *home != profile)
                    .map(|home| of(home, powers[home]))
                    .sum();
                powers[profile] = solve(wanted - others, |power| of(profile, power));
            }
        }
        for (members, power) in homes.iter().zip(powers) {
            for member in members {
                set(corps, member.index, at, member.rough.powf(power));
            }
        }
    }
}

/// The power at which the decreasing `sum` is as wanted, by halving.
fn solve(wanted: f64, sum: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.05, 8.0);
    for _ in 0..22 {
        let middle = (low + high) / 2.0;
        if sum(middle) > wanted {
            low = middle
        } else {
            high = middle
        }
    }
    (low + high) / 2.0
}

fn set(corps: &mut Corps, index: usize, at: usize, factor: f64) {
    if let Some(post) = corps.persons[index].posts[at].as_mut() {
        post.factor = whole(factor * 10_000.0).clamp(400, 10_000);
    }
}

impl Person {
    /// Whether someone comes in this school year, from elsewhere.
    pub(super) fn starts(&self, at: usize) -> bool {
        at > 0 && self.entry() == at
    }
}

impl super::person::Post {
    /// The school, or the second one.
    pub(super) fn at_school(&self, second: bool) -> usize {
        self.second_school.filter(|_| second).unwrap_or(self.school)
    }
}

/// The calendar year of a school year's 1 October, for those who read this file: `year(at)` is in `situations[at + 5]`.
const _: () = assert!(super::person::FIRST - super::person::FIRST_JOBS == 5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::staff::person::year;

    #[test]
    fn the_power_is_found() {
        let power = solve(0.25, |power| 0.5f64.powf(power));
        assert!((power - 2.0).abs() < 1e-4, "{power}");
        assert_eq!(year(5), 2022);
    }
}
