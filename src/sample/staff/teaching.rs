//! `ipto_lessen_<year>.csv` and `ipto_vakken_<year>.csv`: the same lessons as lines, and packed in one field a person.
use std::path::Path;

use super::corps::Corps;
use super::delivery::{Delivery, failing};
use super::line::Line;
use super::numbers::Numbers;
use super::person::{Post, year};
use super::schools::Schools;
use super::subjects::TRACKS;
use crate::sample::SampleError;
use crate::sample::report::schooljaar;

const HEADER: &str = "BURGERSERVICENUMMER;BRIN;LEERWEG;VAKCODE;UREN;BEVOEGDHEID";
const PACKED_HEADER: &str = "BURGERSERVICENUMMER;BRIN;LESEENHEDEN";

const DIRT: [&str; 7] = [
    "persoon: fails the eleven-test",
    "persoon: blank",
    "brin: not of the form",
    "leerweg: not a code",
    "vakcode: not in the code list",
    "uren: a decimal point",
    "bevoegdheid: out of range",
];
/// Characters of a packed item: grade sector, subject, lessons a week, minutes of a lesson.
const ITEM: usize = 9;
/// Tracks of which the higher years ask for a first-grade licence.
const HIGHER: [&str; 2] = ["havo", "vwo"];
/// The tracks as some years spell them.
const CAPITALS: [&str; 8] = ["BL", "KL", "GL", "TL", "ONDERBOUW", "HAVO", "VWO", "PRO"];

const PACKED_DIRT: [&str; 2] = ["persoon: fails the eleven-test", "persoon: blank"];

/// Starts both deliveries of a school year.
pub(super) fn create(landing: &Path, at: usize) -> Result<(Delivery, Delivery), SampleError> {
    let of = |pipeline: &'static str, header, dirt| {
        let name = format!("{pipeline}_{}.csv", year(at));
        let delivery = Delivery::create(landing, &name, pipeline, header, dirt)?;
        Ok::<_, SampleError>(delivery.of_schooljaar(schooljaar(year(at))))
    };
    Ok((
        of("ipto_lessen", HEADER, &DIRT)?,
        of("ipto_vakken", PACKED_HEADER, &PACKED_DIRT)?,
    ))
}

/// Writes the lessons of everybody in a school year.
pub(super) fn write(
    (lines, packed): (&mut Delivery, &mut Delivery),
    corps: &Corps,
    citizens: &[u32],
    schools: &Schools,
    numbers: &mut Numbers,
    at: usize,
) -> Result<(), SampleError> {
    let mut line = Line::default();
    for (person, citizen) in corps.persons.iter().zip(citizens) {
        let Some(post) = &person.posts[at] else { continue };
        for lesson in &post.lessons {
            let school = post.at_school(lesson.second);
            let minutes = lesson.units as u64 * u64::from(schools.minutes(school));
            // In some years the tracks are in capitals.
            let names = if at.is_multiple_of(2) { &TRACKS } else { &CAPITALS };
            line.clear()
                .number(*citizen, 9)
                .text(&schools.brins[school])
                .text(names[lesson.track])
                .text(lesson.subject)
                .decimal((minutes * 100 + 30) / 60, 2, ',')
                .number(lesson.licence, 1);
            lines.line(&line, 1, |kind, fields| spoil(kind, fields, numbers.citizen()))?;
        }
        for second in [false, true] {
            let items = pack(&mut line, post, second, *citizen, schools);
            if items > 0 {
                packed.line(&line, items, |kind, fields| {
                    let stranger = numbers.citizen();
                    fields[0] = if kind == 0 { failing(stranger) } else { String::new() };
                    fields[2].truncate(ITEM);
                })?;
            }
        }
    }
    Ok(())
}

fn spoil(kind: usize, fields: &mut [String], stranger: u32) {
    fields[0] = format!("{stranger:09}");
    match kind {
        0 => fields[0] = failing(stranger),
        1 => fields[0].clear(),
        2 => fields[1].replace_range(2..4, "00"),
        3 => fields[2] = "XL".to_owned(),
        4 => fields[3] = "Z999".to_owned(),
        5 => fields[4] = fields[4].replace(',', "."),
        _ => fields[5] = "7".to_owned(),
    }
}

/// Packs the lessons of a subject in all tracks of a grade sector together; how many items that is.
fn pack(line: &mut Line, post: &Post, second: bool, citizen: u32, schools: &Schools) -> usize {
    let mut items: Vec<(u32, &str, u64)> = Vec::new();
    for lesson in post.lessons.iter().filter(|lesson| lesson.second == second) {
        let sector = if HIGHER.contains(&TRACKS[lesson.track]) { 1 } else { 2 };
        let units = lesson.units as u64;
        let known = items
            .iter_mut()
            .find(|item| (item.0, item.1) == (sector, lesson.subject));
        match known {
            Some((.., sum)) => *sum += units,
            None => items.push((sector, lesson.subject, units)),
        }
    }
    let school = post.at_school(second);
    line.clear().number(citizen, 9).text(&schools.brins[school]).text("");
    for (sector, subject, units) in &items {
        line.digits(u64::from(*sector), 1).more(subject).digits(*units, 2);
        line.digits(schools.minutes(school).into(), 2);
    }
    items.len()
}
