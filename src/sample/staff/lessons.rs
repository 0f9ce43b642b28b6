//! Who teaches what, in which track and for how many hours a week.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::factors::rough;
use super::person::{ELSEWHERE, OFFICE, OTHER, Post, YEARS, year};
use super::schools::Schools;
use super::subjects::{Subjects, VOCATIONAL};
use super::sums::{apportion, length, number};

/// Lessons of a subject in a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lesson {
    /// Place in `TRACKS`.
    pub(super) track: usize,
    pub(super) subject: &'static str,
    /// The profile it is part of, when it makes its teacher a teacher of it.
    pub(super) profile: Option<usize>,
    /// Lessons a week.
    pub(super) units: usize,
    /// 1 qualified, 2 may be appointed, 3 neither.
    pub(super) licence: u32,
    /// At the second school.
    pub(super) second: bool,
}

/// Minutes a week that someone with a full post teaches.
const FULL: f64 = 1500.0;

/// The subject that is part of a profile and counts as another one too.
const BOTH: &str = "P705";

/// Gives everybody lessons.
pub(super) fn give(corps: &mut Corps, schools: &Schools, subjects: &Subjects) {
    for index in 0..corps.persons.len() {
        for at in 0..YEARS {
            let size = rough(corps.seed, &corps.persons[index], index, at);
            let seed = corps.seed;
            let Some(post) = corps.persons[index].posts[at].as_mut() else {
                continue;
            };
            // What someone teaches is much the same from year to year.
            let mut steady = Dice::in_year(seed, About::Lessons, index, 0);
            let mut dice = Dice::in_year(seed, About::Lessons, index, year(at));
            second_school(post, &mut steady, schools.brins.len());
            let minutes = f64::from(schools.minutes(post.school));
            let units = length(size * FULL / minutes).max(1);
            post.lessons = Maker {
                post,
                subjects,
                steady,
                dice: &mut dice,
                lessons: Vec::new(),
            }
            .make(units);
        }
    }
}

fn second_school(post: &mut Post, dice: &mut Dice, schools: usize) {
    let step = 1.0 + number(schools.saturating_sub(1)) * dice.unit();
    let works = dice.permille(25) && post.overig && (post.avo || post.home < OTHER) && schools > 1;
    post.second_school = works.then_some((post.school + length(step.floor())) % schools);
}

struct Maker<'a> {
    post: &'a Post,
    subjects: &'a Subjects,
    steady: Dice,
    dice: &'a mut Dice,
    lessons: Vec<Lesson>,
}

impl Maker<'_> {
    fn make(mut self, units: usize) -> Vec<Lesson> {
        let licence = self.licence();
        match self.post.home {
            OFFICE => {}
            ELSEWHERE => self.elsewhere(units, licence),
            _ => self.vocational(units, licence),
        }
        self.lessons
    }

    /// The licence for the profiles, or for all lessons of who teaches none.
    fn licence(&mut self) -> u32 {
        let without = if self.steady.permille(700) { 2 } else { 3 };
        if self.post.qualified { 1 } else { without }
    }

    fn vocational(&mut self, units: usize, licence: u32) {
        let avo = if self.post.avo {
            0.15 + 0.30 * self.steady.unit()
        } else {
            0.0
        };
        let overig = if self.post.overig {
            0.04 + 0.12 * self.steady.unit()
        } else {
            0.0
        };
        let profiles: Vec<usize> = self.post.profiles().collect();
        let weights = [1.0, 0.5, 0.4];
        let sum: f64 = weights.iter().take(profiles.len()).sum();
        let rest = if profiles.is_empty() { 0.0 } else { 1.0 - avo - overig };
        let mut parts: Vec<f64> = weights
            .iter()
            .take(profiles.len())
            .map(|weight| rest * weight / sum)
            .collect();
        parts.extend([avo, overig].into_iter().filter(|part| *part > 0.0));
        // Everything that is taught is taught for an hour at least.
        let spare = units.saturating_sub(parts.len());
        let mut units = apportion(spare, &parts).into_iter().map(|units| units + 1);
        for profile in profiles {
            let units = units.next().unwrap_or(1);
            self.profile(profile, units, licence);
        }
        if self.post.avo {
            let subject = self.subjects.avo(&mut self.steady);
            // Who is qualified for a profile may not be for another subject, and the other way round.
            let licence = if self.steady.permille(120) {
                3 - licence.min(2)
            } else {
                licence
            };
            self.general(subject, units.next().unwrap_or(1), licence, false);
        }
        if self.post.overig {
            let subject = self.subjects.overig(&mut self.steady);
            let second = self.post.second_school.is_some();
            self.general(subject, units.next().unwrap_or(1), licence, second);
        }
    }

    /// The profile subject and electives of it, in the tracks.
    fn profile(&mut self, profile: usize, units: usize, licence: u32) {
        let tracks = self.tracks();
        let subjects = &self.subjects.profiles[profile];
        let mut slots = Vec::new();
        for (subject, permille) in subjects {
            for track in &tracks {
                if self.dice.permille(*permille) && (*subject != BOTH || self.post.overig) {
                    slots.push((*track, *subject));
                }
            }
        }
        self.spread(&slots, units, licence, Some(profile), false);
    }

    /// A subject in the tracks; teachers without a profile often teach it in others too.
    fn general(&mut self, subject: &'static str, units: usize, licence: u32, second: bool) {
        let mut tracks = self.tracks();
        if self.post.home == OTHER && self.dice.permille(350) {
            tracks.push(if self.dice.permille(600) { 3 } else { 4 });
        }
        let slots: Vec<(usize, &'static str)> = tracks.into_iter().map(|track| (track, subject)).collect();
        self.spread(&slots, units, licence, None, second);
    }

    /// Other tracks only. Now and then a subject of a profile, which makes nobody a teacher of it there; and one of no
    /// hours in a track where it would.
    fn elsewhere(&mut self, units: usize, licence: u32) {
        let home = self.dice.between(3, 7);
        let track = usize::try_from(home).unwrap_or(3);
        let mut subject = self.subjects.avo(&mut self.steady);
        if track == 3 && self.dice.permille(120) {
            let profile = self.subjects.profiles[usize::from(self.dice.permille(500)) * 5].first();
            subject = profile.map_or(subject, |(subject, _)| *subject);
        }
        let mut slots = vec![(track, subject)];
        if self.dice.permille(500) {
            slots.push((4 + usize::from(track == 4), self.subjects.overig(self.dice)));
        }
        self.spread(&slots, units, licence, None, false);
        if self.dice.permille(10)
            && let Some((subject, _)) = self.subjects.profiles[5].first()
        {
            self.lessons.push(Lesson {
                track: 1,
                subject,
                profile: None,
                units: 0,
                licence,
                second: false,
            });
        }
    }

    /// At least one of bl, kl, gl.
    fn tracks(&mut self) -> Vec<usize> {
        let mut tracks: Vec<usize> = [650, 750, 250]
            .into_iter()
            .enumerate()
            .filter(|(_, permille)| self.dice.permille(*permille))
            .map(|(track, _)| track)
            .collect();
        if tracks.is_empty() {
            tracks.push(1);
        }
        tracks
    }

    fn spread(
        &mut self,
        slots: &[(usize, &'static str)],
        units: usize,
        licence: u32,
        profile: Option<usize>,
        second: bool,
    ) {
        let slots = &slots[..slots.len().min(units.max(1))];
        let weights: Vec<f64> = slots.iter().map(|_| 0.5 + self.dice.unit()).collect();
        let units = apportion(units.saturating_sub(slots.len()), &weights);
        for ((track, subject), units) in slots.iter().zip(units) {
            self.lessons.push(Lesson {
                track: *track,
                subject,
                profile,
                units: units + 1,
                licence,
                second,
            });
        }
    }
}

impl Lesson {
    /// Whether it makes its teacher one that the monitor counts.
    pub(super) fn counts(&self) -> bool {
        self.track < VOCATIONAL && self.units > 0
    }
}
