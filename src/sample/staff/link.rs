//! `cbs/cbs_koppeling.csv`: which number of CBS is of which citizen. Nearly always one to one.
use std::path::Path;

use super::corps::Corps;
use super::delivery::{Delivery, failing};
use super::dice::{About, Dice};
use super::line::Line;
use super::numbers::Numbers;
use super::person::{OTHER, Person};
use crate::sample::SampleError;

const DIRT: [&str; 2] = ["rin: blank", "persoon: fails the eleven-test"];

/// Starts the delivery.
pub(super) fn create(landing: &Path) -> Result<Delivery, SampleError> {
    let header = "RINPERSOONS;RINPERSOON;BURGERSERVICENUMMER";
    Delivery::create(landing, "cbs/cbs_koppeling.csv", "cbs_koppeling", header, &DIRT)
}

/// Writes the links of school people. Of those who never teach a profile a few have no link, two numbers, or share one; a
/// few lines stand there twice.
pub(super) fn write(
    delivery: &mut Delivery,
    corps: &Corps,
    (citizens, rins): (&[u32], &[u32]),
    numbers: &mut Numbers,
) -> Result<(), SampleError> {
    for (index, person) in corps.persons.iter().enumerate() {
        let (citizen, rin) = (citizens[index], rins[index]);
        let plain = !teaches_profile(person);
        let odd = Dice::in_year(corps.seed, About::Link, index, 0).below(2000);
        match odd {
            0..6 if plain => continue,
            6..8 if plain => line(delivery, numbers.rin(), citizen, numbers)?,
            8..10 if plain => {
                let other = numbers.citizen();
                line(delivery, rin, other, numbers)?;
            }
            10..13 => line(delivery, rin, citizen, numbers)?,
            _ => {}
        }
        line(delivery, rin, citizen, numbers)?;
    }
    Ok(())
}

fn teaches_profile(person: &Person) -> bool {
    person.posts.iter().flatten().any(|post| post.home < OTHER)
}

fn line(delivery: &mut Delivery, rin: u32, citizen: u32, numbers: &mut Numbers) -> Result<(), SampleError> {
    let mut line = Line::default();
    line.text("R").number(rin, 9).number(citizen, 9);
    delivery.line(&line, 1, |kind, fields| {
        let (stranger, rin) = (numbers.citizen(), numbers.rin());
        fields[1] = format!("{rin:09}");
        fields[2] = format!("{stranger:09}");
        match kind {
            0 => fields[1].clear(),
            _ => fields[2] = failing(stranger),
        }
    })
}
