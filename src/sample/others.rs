//! Pupils of the tracks without profiles: a tenth of the real numbers, for there is no table of them.
use std::sync::Arc;

use super::chance::{Chance, Stream};
use super::margins::scaled;
use super::people::{Person, Place, Sex};
use super::places::Town;
use super::programmes::Track;
use super::pupils::YEARS;
use super::sites::Site;

/// Third-year pupils a year at scale 1.
const COHORTS: [(Track, usize); 4] = [
    (Track::Tl, 3_600),
    (Track::Havo, 700),
    (Track::Vwo, 500),
    (Track::Praktijk, 200),
];

/// Everybody who is in one of the tracks in one of the years, from the third year on.
pub(super) fn people(seed: u64, scale: f64, sites: &[Site], towns: &[Arc<Town>]) -> Vec<Person> {
    let mut people = Vec::new();
    let chance = &mut Chance::new(seed, Stream::People, 1);
    for (track, size) in COHORTS {
        let offering: Vec<usize> = (0..sites.len())
            .filter(|site| sites[*site].tracks.contains(&track))
            .collect();
        for cohort in YEARS.start() - 1..=*YEARS.end() {
            for _ in 0..scaled(size, scale).max(2) {
                let Some(&site) = chance.one(&offering) else { continue };
                let mut person = Person::new(chance, cohort, 14, towns, &sites[site].town);
                person.sex = if chance.permille(500) { Sex::Woman } else { Sex::Man };
                person.background = chance
                    .weighted([('0', 740), ('1', 70), ('2', 170), ('9', 20)].into_iter())
                    .unwrap_or('9');
                person.places = places(chance, track, cohort, site);
                people.push(person);
            }
        }
    }
    people
}

fn places(chance: &mut Chance, track: Track, cohort: u32, site: usize) -> Vec<(u32, Place)> {
    let choice = u8::try_from(chance.below(40)).unwrap_or(0);
    let (mut year, mut leerjaar, mut places) = (cohort, 3, Vec::new());
    while YEARS.contains(&year.max(*YEARS.start())) && u32::from(leerjaar) <= track.years() {
        let place = Place::School {
            track,
            leerjaar,
            choice,
            site: u16::try_from(site).unwrap_or(0),
            second: None,
        };
        if YEARS.contains(&year) {
            places.push((year, place));
        }
        year += 1;
        leerjaar += u8::from(!chance.permille(40));
    }
    places
}
