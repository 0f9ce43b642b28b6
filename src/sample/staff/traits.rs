//! What people are like: sex, function, education, contract, licence, subjects beside the profile. By quota for every
//! group that the margins know, with a liking for what is likely.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::group::Group;
use super::margins::Margins;
use super::person::{Direction, Level, OFFICE, OTHER, Person, Post, YEARS, year};
use super::quota::fill;

/// Decides everything, year by year.
pub(super) fn give(corps: &mut Corps, margins: &Margins) {
    for at in 0..YEARS {
        let mut year = Year {
            members: members(corps, at),
            corps,
            margins,
            at,
        };
        year.support();
        year.members = members(year.corps, at);
        year.women();
        year.education();
        year.contract();
        year.licence();
        year.subjects();
    }
}

/// Everybody of every group in a school year.
fn members(corps: &Corps, at: usize) -> Vec<(Group, Vec<usize>)> {
    let mut members: Vec<(Group, Vec<usize>)> = Group::all().map(|group| (group, Vec::new())).collect();
    for (index, person) in corps.persons.iter().enumerate() {
        let Some(post) = &person.posts[at] else { continue };
        for (_, members) in members.iter_mut().filter(|(group, _)| group.has(post)) {
            members.push(index);
        }
    }
    members
}

struct Year<'a> {
    members: Vec<(Group, Vec<usize>)>,
    corps: &'a mut Corps,
    margins: &'a Margins,
    at: usize,
}

impl Year<'_> {
    /// Meets the margins of a measure, smaller groups first. Gives who is in; of those without a margin nobody is, unless
    /// it was decided before.
    fn decide(&self, measure: &str, mut decided: Vec<Option<bool>>, mut liking: impl FnMut(usize) -> f64) -> Vec<bool> {
        for (group, members) in &self.members {
            if let Some(target) = self.margins.share(group.name(), measure, self.at, members.len()) {
                fill(&mut decided, members, target, &mut liking);
            }
        }
        decided.into_iter().map(|decided| decided == Some(true)).collect()
    }

    fn open(&self) -> Vec<Option<bool>> {
        vec![None; self.corps.persons.len()]
    }

    /// What stands since an earlier year.
    fn fixed(&self, is: impl Fn(&Person) -> bool) -> Vec<Option<bool>> {
        let persons = self.corps.persons.iter();
        persons
            .map(|person| (person.entry() < self.at).then(|| is(person)))
            .collect()
    }

    fn chance(&self, about: About, person: usize) -> f64 {
        Dice::in_year(self.corps.seed, about, person, year(self.at)).unit()
    }

    fn before(&self, person: usize) -> Option<&Post> {
        self.corps.persons[person].posts[self.at.checked_sub(1)?].as_ref()
    }

    /// A liking for what was so the year before.
    fn lasting(&self, about: About, person: usize, was: impl Fn(&Post) -> bool) -> f64 {
        let before = self
            .before(person)
            .map_or(0.0, |post| if was(post) { 3.0 } else { -3.0 });
        before + self.chance(about, person)
    }

    fn posts(&mut self, set: impl Fn(usize, &mut Post)) {
        for (index, person) in self.corps.persons.iter_mut().enumerate() {
            if let Some(post) = person.posts[self.at].as_mut() {
                set(index, post);
            }
        }
    }

    fn newcomers(&mut self, set: impl Fn(usize, &mut Person)) {
        let at = self.at;
        for (index, person) in self.corps.persons.iter_mut().enumerate() {
            if person.posts[at].is_some() && person.entry() == at {
                set(index, person);
            }
        }
    }

    fn support(&mut self) {
        let support = self.decide("ondersteunend", self.open(), |person| {
            self.lasting(About::Support, person, |post| post.support)
        });
        self.posts(|index, post| post.support = support[index]);
    }

    fn women(&mut self) {
        let women = self.decide("vrouw", self.fixed(|person| person.woman), |person| {
            self.chance(About::Sex, person)
        });
        self.newcomers(|index, person| person.woman = women[index]);
    }

    fn education(&mut self) {
        let fixed = |direction| self.fixed(move |person| person.direction == direction);
        let liking = |person| self.chance(About::Training, person);
        let unknown = self.decide("opleiding onbekend", fixed(Direction::Unknown), liking);
        // Who is something already cannot be something else.
        let but = |decided: Vec<Option<bool>>, taken: &[bool]| -> Vec<Option<bool>> {
            let pairs = decided.into_iter().zip(taken);
            pairs
                .map(|(decided, taken)| if *taken { Some(false) } else { decided })
                .collect()
        };
        let teacher = self.decide("lerarenopleiding", but(fixed(Direction::Teacher), &unknown), liking);
        let taken: Vec<bool> = unknown.iter().zip(&teacher).map(|(a, b)| *a || *b).collect();
        let open = but(fixed(Direction::OtherEducation), &taken);
        let other = self.decide("overige onderwijsopleiding", open, liking);

        let level = |level| self.fixed(move |person| person.level == level);
        let liking = |person| self.chance(About::Level, person);
        let wo = self.decide("wo", but(level(Level::Wo), &unknown), liking);
        let taken: Vec<bool> = taken.iter().zip(&wo).map(|(a, b)| *a || *b).collect();
        let mbo = self.decide("mbo", but(level(Level::Mbo), &taken), liking);
        self.newcomers(|index, person| {
            person.direction = match (unknown[index], teacher[index], other[index]) {
                (true, ..) => Direction::Unknown,
                (_, true, _) => Direction::Teacher,
                (.., true) => Direction::OtherEducation,
                _ => Direction::Different,
            };
            person.level = match (unknown[index], wo[index], mbo[index]) {
                (true, ..) => Level::Unknown,
                (_, true, _) => Level::Wo,
                (.., true) => Level::Mbo,
                _ => Level::Hbo,
            };
        });
    }

    /// Permanent after some years, for good where possible.
    fn contract(&mut self) {
        let permanent = self.decide("vast", self.open(), |person| {
            let years = (0..self.at)
                .filter(|at| self.corps.persons[person].posts[*at].is_some())
                .count();
            let years = if years > 2 {
                1.0
            } else {
                super::sums::number(years) / 3.0
            };
            years + self.lasting(About::Contract, person, |post| post.permanent)
        });
        self.posts(|index, post| post.permanent = permanent[index]);
    }

    fn licence(&mut self) {
        let qualified = self.decide("bevoegd", self.open(), |person| {
            let trained = self.corps.persons[person].direction == Direction::Teacher;
            let supports = self.corps.persons[person].posts[self.at]
                .as_ref()
                .is_some_and(|post| post.support);
            let likely = if trained { 0.8 } else { 0.0 } - if supports { 0.6 } else { 0.0 };
            likely + self.lasting(About::Licence, person, |post| post.qualified)
        });
        self.posts(|index, post| post.qualified = qualified[index]);
    }

    /// Who teaches no profile teaches at least one of the two other kinds of subjects.
    fn subjects(&mut self) {
        let avo = self.decide("avo", self.open(), |person| {
            self.lasting(About::General, person, |post| post.avo)
        });
        let posts = self.corps.persons.iter().enumerate();
        let must = posts.map(|(index, person)| {
            let other = person.posts[self.at].as_ref().is_some_and(|post| post.home == OTHER);
            (other && !avo[index]).then_some(true)
        });
        let overig = self.decide("overig", must.collect(), |person| {
            self.lasting(About::Beside, person, |post| post.overig)
        });
        self.posts(|index, post| {
            post.avo = avo[index] && post.home < OFFICE;
            post.overig = overig[index];
        });
    }
}
