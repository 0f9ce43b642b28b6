//! Invented pupils who move up through the school years.
use super::chance::{Chance, Stream};
use super::number::Numbers;
use super::places::{POSTCODES, TOWNS};
use super::programmes::{PROFILES, Programme, Track, programme};
use super::sites::Site;

/// The school years, by the year of their 1 October, that enrolments are delivered for.
pub(super) const YEARS: std::ops::RangeInclusive<u32> = 2018..=2021;
/// Cohorts that start in 2012 to 2021 fill those years.
const FIRST_COHORT: u32 = 2012;
const COHORTS: u64 = 10;
/// First-year pupils a cohort at scale 1.
const COHORT_SIZE: f64 = 1140.0;

/// The country: its sites, and how many pupils live in it.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) sites: Vec<Site>,
    /// Places in `sites` by track.
    by_track: Vec<(Track, Vec<usize>)>,
    pub(super) pupils: u64,
    /// Numbers of the pupils, and after them of strangers (fewer than one to fifty pupils).
    pub(super) numbers: Numbers,
}

/// A pupil, as far as it does not change.
pub(super) struct Pupil {
    pub(super) bsn: String,
    pub(super) woman: bool,
    /// `JJJJMMDD`.
    pub(super) born: String,
    pub(super) pc4: u32,
    pub(super) nationality: &'static str,
    pub(super) background: char,
    pub(super) enrolments: Vec<Enrolment>,
}

/// Where a pupil is on 1 October of a year.
pub(super) struct Enrolment {
    pub(super) year: u32,
    pub(super) leerjaar: u32,
    pub(super) programme: Programme,
    pub(super) site: usize,
    /// A few follow part of their programme at a second site, and are delivered twice.
    pub(super) second_site: Option<usize>,
}

impl World {
    /// A country with `scale` times the pupils of a small one.
    pub(super) fn new(seed: u64, scale: f64) -> Self {
        let sites = super::sites::sites(seed, whole((40.0 * scale.sqrt()).clamp(8.0, 1500.0)));
        let by_track = Track::ALL
            .iter()
            .map(|(track, _)| {
                let at = sites.iter().enumerate().filter(|(_, site)| site.tracks.contains(track));
                (*track, at.map(|(at, _)| at).collect())
            })
            .collect();
        let pupils = COHORTS * u64::from(whole((COHORT_SIZE * scale).max(10.0)));
        Self {
            seed,
            sites,
            by_track,
            pupils,
            numbers: Numbers::new(pupils + pupils / 50 + 1),
        }
    }

    /// All pupils, each made when asked for: memory does not grow with their number.
    pub(super) fn pupils(&self) -> impl Iterator<Item = Pupil> {
        (0..self.pupils).map(|index| self.pupil(index))
    }

    fn pupil(&self, index: u64) -> Pupil {
        let chance = &mut Chance::new(self.seed, Stream::Person, index);
        let cohort = FIRST_COHORT + u32::try_from(index % COHORTS).unwrap_or(0);
        let track = chance.weighted(Track::ALL.into_iter()).unwrap_or(Track::Kl);
        let site = self.site_for(chance, track);
        let town = if chance.permille(800) {
            self.sites[site].town
        } else {
            chance.one(&TOWNS).unwrap_or(&TOWNS[0])
        };
        Pupil {
            bsn: self.numbers.digits(index),
            woman: chance.permille(490),
            born: birth_date(chance, cohort),
            pc4: town.pc4 + chance.below(POSTCODES),
            nationality: if chance.permille(930) { "0001" } else { "0339" },
            background: chance
                .weighted([('0', 740), ('1', 70), ('2', 170), ('9', 20)].into_iter())
                .unwrap_or('9'),
            enrolments: self.career(chance, cohort, track, site),
        }
    }

    fn career(&self, chance: &mut Chance, cohort: u32, mut track: Track, mut site: usize) -> Vec<Enrolment> {
        let lwoo = chance.permille(match track {
            Track::Bl => 330,
            Track::Kl => 90,
            Track::Gl => 20,
            _ => 0,
        });
        let mut choice = self.profile_at(chance, track, site);
        let (mut year, mut leerjaar) = (cohort, 1);
        let mut enrolments = Vec::new();
        while year <= *YEARS.end() && leerjaar <= track.years() {
            if YEARS.contains(&year) {
                let second = chance
                    .permille(6)
                    .then(|| self.site_for(chance, track))
                    .filter(|second| *second != site);
                enrolments.push(Enrolment {
                    year,
                    leerjaar,
                    programme: programme(track, leerjaar, choice, lwoo),
                    site,
                    second_site: second,
                });
            }
            if chance.permille(12) {
                break; // left secondary education
            }
            year += 1;
            if !chance.permille(40) {
                leerjaar += 1;
            }
            if track == Track::Kl && chance.permille(20) {
                track = Track::Bl;
            }
            if chance.permille(25) {
                site = self.site_for(chance, track);
                choice = self.profile_at(chance, track, site);
            } else if chance.permille(20) {
                choice = self.profile_at(chance, track, site);
            }
        }
        enrolments
    }

    fn site_for(&self, chance: &mut Chance, track: Track) -> usize {
        let offers = self.by_track.iter().find(|(known, _)| *known == track);
        offers.and_then(|(_, sites)| chance.one(sites)).copied().unwrap_or(0)
    }

    /// A profile that the site offers; in the other tracks any number, of which the programme takes what it needs.
    fn profile_at(&self, chance: &mut Chance, track: Track, site: usize) -> usize {
        let offered = self.sites[site].profiles.iter().map(|at| (*at, PROFILES[*at].weight));
        let profile = chance.weighted(offered).unwrap_or(0);
        match track {
            Track::Bl | Track::Kl | Track::Gl => profile,
            _ => usize::try_from(chance.below(40)).unwrap_or(0),
        }
    }
}

/// Twelve years old, now and then a year more, on 1 October of the first year.
fn birth_date(chance: &mut Chance, cohort: u32) -> String {
    let month = 1 + chance.below(12);
    let older = u32::from(chance.permille(120));
    let year = cohort - 12 - older - u32::from(month >= 10);
    format!("{year:04}{month:02}{:02}", 1 + chance.below(28))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers keep it between 0 and 2 million"
)]
fn whole(number: f64) -> u32 {
    number.round() as u32
}
