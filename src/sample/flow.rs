//! The school years, one after another: pupils move up, stay down, move on to mbo or havo, and new ones come, so that
//! every year meets its margins.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::chance::Chance;
use super::margins::{Cell, Ends, Margins, Third};
use super::mbo::{self, Leaver};
use super::offers::{LEERWEGEN, Offers};
use super::people::{Person, Place, Sex};
use super::places::Town;
use super::programmes::{NO_PROFILE, PROFILES, Track};
use super::pupils::YEARS;
use super::sites::Site;

/// Pupils (by their place in the list of people) of a year, by leerweg and profile.
type Groups = BTreeMap<(&'static str, &'static str), Vec<usize>>;

/// What the years need to know of the country.
pub(super) struct Country<'a> {
    pub(super) margins: &'a Margins,
    pub(super) offers: &'a Offers,
    pub(super) sites: &'a [Site],
    pub(super) towns: &'a [Arc<Town>],
}

/// The people of one country, year by year.
pub(super) struct Flow<'a> {
    country: Country<'a>,
    chance: Chance,
    people: Vec<Person>,
    third: Groups,
    fourth: Groups,
    /// Those who do the third or fourth year again.
    again: [Groups; 2],
}

/// The cells of a year: the ten profiles in three leerwegen, and those without a profile.
fn cells() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = LEERWEGEN
        .iter()
        .flat_map(|leerweg| PROFILES.iter().map(move |profile| (*leerweg, profile.short)));
    all.chain(std::iter::once(("bl", "geen profiel")))
}

fn choice(profile: &str) -> u8 {
    let place = PROFILES.iter().position(|known| known.short == profile);
    u8::try_from(place.unwrap_or(NO_PROFILE)).unwrap_or(0)
}

/// Everybody who is in the third or fourth year in one of the years.
pub(super) fn people(country: Country<'_>, chance: Chance) -> Vec<Person> {
    let mut flow = Flow {
        country,
        chance,
        people: Vec::new(),
        third: Groups::new(),
        fourth: Groups::new(),
        again: [Groups::new(), Groups::new()],
    };
    for year in YEARS {
        flow.fourth_year(year);
        flow.third_year(year);
        flow.move_on(year);
    }
    flow.people
}

impl Flow<'_> {
    /// The margins of where a year's fourth years go; years without a printed table are like the nearest one.
    fn ends(&self, year: u32, leerweg: &'static str, profile: &'static str) -> Ends {
        let cell: Cell = (year.clamp(2019, 2022), leerweg, profile);
        self.country.margins.ends.get(&cell).copied().unwrap_or_default()
    }

    /// Last year's third years move up; a few do the third year again, the rest leaves for other tracks.
    fn fourth_year(&mut self, year: u32) {
        let mut left = std::mem::take(&mut self.third);
        let mut short = Vec::new();
        let mut next = Groups::new();
        for (leerweg, profile) in cells() {
            let mut group = self.again[1].remove(&(leerweg, profile)).unwrap_or_default();
            let wanted = self.ends(year, leerweg, profile).pupils();
            group.truncate(wanted);
            let from = left.entry((leerweg, profile)).or_default();
            self.chance.shuffle(from);
            let up = from.len().min(wanted - group.len());
            group.extend(from.drain(..up));
            if group.len() < wanted {
                short.push((leerweg, profile));
            }
            next.insert((leerweg, profile), group);
        }
        for (leerweg, profile) in short {
            let missing = self.ends(year, leerweg, profile).pupils() - next[&(leerweg, profile)].len();
            // Those who change: first of leerweg, within their profile.
            let mut came: Vec<usize> = Vec::new();
            for (_, from) in left.iter_mut().filter(|((_, other), _)| *other == profile) {
                came.extend(from.drain(..from.len().min(missing - came.len())));
            }
            while came.len() < missing {
                came.push(self.newcomer(year, 15));
            }
            next.entry((leerweg, profile)).or_default().extend(came);
        }
        for (&(leerweg, profile), group) in &next {
            self.seat(year, 4, leerweg, profile, group);
        }
        self.fourth = next;
        self.again[0] = left;
    }

    /// Those who do it again, and new ones until the year's margins are met.
    fn third_year(&mut self, year: u32) {
        for (leerweg, profile) in cells() {
            let third = self
                .country
                .margins
                .third
                .get(&(year, leerweg, profile))
                .copied()
                .unwrap_or_default();
            let mut group = self.again[0].remove(&(leerweg, profile)).unwrap_or_default();
            self.few(&third, &mut group);
            let had = group.len();
            while group.len() < third.pupils {
                group.push(self.newcomer(year, 14));
            }
            self.describe(&third, &mut group, had);
            self.seat(year, 3, leerweg, profile, &group);
            self.third.insert((leerweg, profile), group);
        }
    }

    /// Leaves so few in a group of those who do the year again that the year's margins can still be met.
    fn few(&self, third: &Third, group: &mut Vec<usize>) {
        let (mut all, mut girls, mut migrants) = (third.pupils / 40, third.girls / 20, third.migrants / 20);
        group.retain(|person| {
            let person = &self.people[*person];
            let (girl, migrant) = (person.sex == Sex::Woman, person.migrant());
            let room = all > 0 && (!girl || girls > 0) && (!migrant || migrants > 0) && person.known();
            if room {
                all -= 1;
                girls -= usize::from(girl);
                migrants -= usize::from(migrant);
            }
            room
        });
    }

    /// Gives new pupils sex and background, so that the group has its shares of each.
    fn describe(&mut self, third: &Third, group: &mut [usize], had: usize) {
        let (stayed, new) = group.split_at_mut(had);
        let count =
            |test: &dyn Fn(&Person) -> bool| stayed.iter().filter(|person| test(&self.people[**person])).count();
        let girls = third.girls.saturating_sub(count(&|person| person.sex == Sex::Woman));
        let migrants = third.migrants.saturating_sub(count(&Person::migrant));
        self.chance.shuffle(new);
        for (at, &person) in new.iter().enumerate() {
            self.people[person].sex = match at {
                at if at < girls => Sex::Woman,
                at if at < girls + third.sex_unknown => Sex::Unknown,
                _ => Sex::Man,
            };
        }
        self.chance.shuffle(new);
        for (at, &person) in new.iter().enumerate() {
            self.people[person].background = match at {
                at if at < migrants && at % 4 == 0 => '1',
                at if at < migrants => '2',
                at if at < migrants + third.origin_unknown => '9',
                _ => '0',
            };
        }
    }

    /// Puts the pupils of a cell on its sites: each site has one, most stay where they were.
    fn seat(&mut self, year: u32, leerjaar: u8, leerweg: &'static str, profile: &'static str, group: &[usize]) {
        let offers = self.country.offers.get(&(year, leerweg, profile));
        let sites: Vec<usize> = offers
            .filter(|sites| !sites.is_empty())
            .cloned()
            .unwrap_or_else(|| vec![0]);
        let mut empty: Vec<usize> = sites.iter().rev().copied().collect();
        if leerjaar == 4 {
            empty.clear();
        }
        let mut moving = Vec::new();
        for &person in group {
            let before = match self.people[person].places.last() {
                Some((_, Place::School { site, .. })) => Some(usize::from(*site)),
                _ => None,
            };
            match before.filter(|site| sites.contains(site) && !self.chance.permille(15)) {
                Some(site) => {
                    empty.retain(|other| *other != site);
                    self.enrol(year, leerjaar, leerweg, profile, person, site, &sites);
                }
                None => moving.push(person),
            }
        }
        for person in moving {
            let site = empty.pop().or_else(|| self.crowded(&sites)).unwrap_or(0);
            self.enrol(year, leerjaar, leerweg, profile, person, site, &sites);
        }
    }

    /// A site by its size: the earlier in the list, the larger.
    fn crowded(&mut self, sites: &[usize]) -> Option<usize> {
        let count = u32::try_from(sites.len()).ok()?;
        let one = self.chance.below(count).min(self.chance.below(count));
        sites.get(usize::try_from(one).ok()?).copied()
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one enrolment")]
    fn enrol(
        &mut self,
        year: u32,
        leerjaar: u8,
        leerweg: &'static str,
        profile: &'static str,
        person: usize,
        site: usize,
        sites: &[usize],
    ) {
        let second = match self.chance.permille(6) {
            true => self.chance.one(sites).copied().filter(|second| *second != site),
            false => None,
        };
        if self.people[person].places.is_empty() {
            self.settle(person, site);
        }
        let place = Place::School {
            track: Track::of(leerweg),
            leerjaar,
            choice: choice(profile),
            site: u16::try_from(site).unwrap_or(0),
            second: second.and_then(|second| u16::try_from(second).ok()),
        };
        self.people[person].places.push((year, place));
    }

    /// A newcomer lives near the school.
    fn settle(&mut self, person: usize, site: usize) {
        if self.chance.permille(800) {
            let town = &self.country.sites[site].town;
            self.people[person].pc4 = town.pc4 + self.people[person].pc4 % super::places::POSTCODES;
        }
    }

    fn newcomer(&mut self, year: u32, age: u32) -> usize {
        let town = self
            .chance
            .one(self.country.towns)
            .map_or_else(|| Arc::clone(&self.country.towns[0]), Arc::clone);
        let person = Person::new(&mut self.chance, year, age, self.country.towns, &town);
        self.people.push(person);
        let last = self.people.len() - 1;
        if age == 15 {
            self.people[last].sex = if self.chance.permille(350) {
                Sex::Woman
            } else {
                Sex::Man
            };
            self.people[last].background = if self.chance.permille(280) { '2' } else { '0' };
        }
        last
    }

    /// Where the fourth years are next year.
    fn move_on(&mut self, year: u32) {
        let mut by_profile: BTreeMap<&'static str, Vec<Leaver>> = BTreeMap::new();
        for ((leerweg, profile), mut group) in std::mem::take(&mut self.fourth) {
            let ends = self.ends(year, leerweg, profile);
            // Those who must be able to count as technical come first.
            self.chance.shuffle(&mut group);
            group.sort_by_key(|person| !self.people[*person].known());
            let mut rest = group.into_iter();
            let leavers = by_profile.entry(profile).or_default();
            for (bbl, count) in [(false, ends.bol), (true, ends.bbl)] {
                leavers.extend(rest.by_ref().take(count).map(|person| Leaver { person, leerweg, bbl }));
            }
            for person in rest.by_ref().take(ends.havo) {
                self.enter_havo(year + 1, person);
            }
            self.again[1].insert((leerweg, profile), rest.by_ref().take(ends.vmbo).collect());
        }
        for (profile, leavers) in by_profile {
            let margin = self.country.margins.technical.get(&(year.clamp(2019, 2022), profile));
            mbo::enter(
                &mut self.chance,
                &mut self.people,
                year + 1,
                profile,
                leavers,
                margin.copied(),
            );
        }
    }

    fn enter_havo(&mut self, year: u32, person: usize) {
        let offering: Vec<usize> = (0..self.country.sites.len())
            .filter(|site| self.country.sites[*site].tracks.contains(&Track::Havo))
            .collect();
        let site = self.chance.one(&offering).copied().unwrap_or(0);
        let place = Place::School {
            track: Track::Havo,
            leerjaar: 4,
            choice: u8::try_from(self.chance.below(4)).unwrap_or(0),
            site: u16::try_from(site).unwrap_or(0),
            second: None,
        };
        self.people[person].places.push((year, place));
    }
}
