//! `duo_personeel_<year>.csv`: a line for each employment.
use std::path::Path;

use super::corps::Corps;
use super::delivery::{Delivery, failing};
use super::dice::{About, Dice};
use super::line::Line;
use super::numbers::Numbers;
use super::person::{OFFICE, OTHER, Person, Post, Situation, year};
use super::schools::Schools;
use super::sums::whole;
use crate::sample::SampleError;
use crate::sample::report::schooljaar;

const HEADER: &str = "BURGERSERVICENUMMER;BRIN;VOLGNUMMER;AARD ARBEIDSRELATIE;BETREKKINGSOMVANG;FUNCTIECATEGORIE;\
    GESLACHT;GEBOORTEDATUM";

const DIRT: [&str; 8] = [
    "persoon: fails the eleven-test",
    "persoon: blank",
    "brin: not of the form",
    "aard: out of range",
    "betrekkingsomvang: a decimal point",
    "functiecategorie: not in the code list",
    "geslacht: not a code",
    "geboortedatum: not a date",
];

/// An employment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Employment {
    pub(super) school: usize,
    pub(super) number: u32,
    pub(super) kind: u32,
    /// Ten-thousandths.
    pub(super) size: u32,
    pub(super) function: u32,
}

/// Starts the delivery of a school year.
pub(super) fn create(landing: &Path, at: usize) -> Result<Delivery, SampleError> {
    let name = format!("duo_personeel_{}.csv", year(at));
    let delivery = Delivery::create(landing, &name, "duo_personeel", HEADER, &DIRT)?;
    Ok(delivery.of_schooljaar(schooljaar(year(at))))
}

/// The employments of a post. A second one is always the smaller, whatever else it is.
pub(super) fn employments(seed: u64, index: usize, person: &Person, at: usize) -> Vec<Employment> {
    let Some(post) = &person.posts[at] else {
        return Vec::new();
    };
    let mut steady = Dice::in_year(seed, About::Post, index, 0);
    let mut dice = Dice::in_year(seed, About::Post, index, year(at));
    let studying = person.situations[at + 5] == Situation::Studying;
    let mut main = Employment {
        school: post.school,
        number: 1,
        kind: if post.permanent { 1 } else { temporary(&mut dice) },
        size: post.factor,
        function: function(post, studying, &mut steady),
    };
    let twice = post.second_school.is_some() || steady.permille(55);
    if !twice || post.factor < 1500 {
        return vec![main];
    }
    let size = whole(f64::from(post.factor) * (0.10 + 0.28 * dice.unit()));
    main.size -= size;
    let elsewhere = post.second_school.filter(|second| *second != post.school);
    let second = Employment {
        school: elsewhere.unwrap_or(post.school),
        number: if elsewhere.is_some() { 1 } else { 2 },
        kind: if dice.permille(400) { 1 } else { temporary(&mut dice) },
        size,
        function: if dice.permille(700) {
            main.function
        } else {
            dice.between(9, 18)
        },
    };
    // The order in the file says nothing.
    if dice.permille(500) {
        vec![second, main]
    } else {
        vec![main, second]
    }
}

fn temporary(dice: &mut Dice) -> u32 {
    dice.weighted(&[(2, 75), (3, 18), (4, 7)]).unwrap_or(2)
}

fn function(post: &Post, studying: bool, dice: &mut Dice) -> u32 {
    let functions: &[(u32, u32)] = match (post.home, post.support, studying && !post.qualified) {
        (OFFICE, ..) => &[
            (2, 4),
            (3, 4),
            (4, 5),
            (5, 8),
            (6, 12),
            (7, 9),
            (13, 12),
            (16, 20),
            (17, 18),
            (18, 8),
        ],
        (_, true, _) => &[(14, 58), (12, 30), (15, 12)],
        (.., true) => &[(10, 60), (9, 40)],
        _ => &[(9, 92), (11, 6), (8, 2)],
    };
    dice.weighted(functions).unwrap_or(9)
}

/// Day of birth, as `JJJJMMDD`; it fits the age on 1 October.
pub(super) fn born(seed: u64, index: usize, cohort: u32) -> u32 {
    let mut dice = Dice::in_year(seed, About::Person, index, 0);
    let day = if dice.permille(8) {
        1000 + dice.between(1, 2)
    } else {
        100 * dice.between(1, 12) + dice.between(1, 28)
    };
    (cohort - u32::from(day > 1001)) * 10_000 + day
}

/// Writes the employments of everybody in a school year.
pub(super) fn write(
    delivery: &mut Delivery,
    corps: &Corps,
    citizens: &[u32],
    schools: &Schools,
    numbers: &mut Numbers,
    at: usize,
) -> Result<(), SampleError> {
    let mut line = Line::default();
    for (index, person) in corps.persons.iter().enumerate() {
        let Some(post) = &person.posts[at] else { continue };
        // Of a few nobody knows the sex, or the birth date; of teachers of a profile both are known.
        let unknown = Dice::in_year(corps.seed, About::Person, index, 1).below(1000);
        let unknown = if post.home < OTHER { 1000 } else { unknown };
        let sex = match (unknown, person.woman) {
            (0..2, _) => "O",
            (_, true) => "V",
            _ => "M",
        };
        let born = if unknown == 2 {
            0
        } else {
            born(corps.seed, index, person.cohort)
        };
        for employment in employments(corps.seed, index, person, at) {
            line.clear()
                .number(citizens[index], 9)
                .text(&schools.brins[employment.school])
                .number(employment.number, 1)
                .number(employment.kind, 1)
                .decimal(employment.size, 4, ',')
                .number(employment.function, 1)
                .text(sex)
                .number(born, 8);
            delivery.line(&line, 1, |kind, fields| {
                let stranger = numbers.citizen();
                fields[0] = format!("{stranger:09}");
                match kind {
                    0 => fields[0] = failing(stranger),
                    1 => fields[0].clear(),
                    2 => fields[1].replace_range(2..4, "00"),
                    3 => fields[3] = "5".to_owned(),
                    4 => fields[4] = fields[4].replace(',', "."),
                    5 => fields[5] = "99".to_owned(),
                    6 => fields[6] = "X".to_owned(),
                    _ => fields[7] = "19791301".to_owned(),
                }
            })?;
        }
    }
    Ok(())
}
