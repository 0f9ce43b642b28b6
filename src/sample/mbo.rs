//! Who goes to which programme of mbo.
use super::chance::Chance;
use super::margins::Technical;
use super::people::{Person, Place, Sex};

/// A fourth-year pupil who goes to mbo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaver {
    /// Place in the list of people.
    pub(super) person: usize,
    pub(super) leerweg: &'static str,
    pub(super) bbl: bool,
}

/// Chambers of technical programmes, with weights, by profile; and those of the others.
fn chambers(profile: &str, technical: bool) -> &'static [(u8, u32)] {
    match (technical, profile) {
        (true, "BWI") => &[(1, 85), (8, 10), (2, 5)],
        (true, "MaT") => &[(2, 80), (1, 20)],
        (true, "MVI") => &[(5, 85), (1, 15)],
        (true, "M&T") => &[(2, 80), (1, 20)],
        (true, _) => &[(1, 75), (2, 15), (5, 10)],
        (false, "MVI") => &[(5, 20), (4, 40), (7, 40)],
        (false, "Groen") => &[(6, 60), (3, 25), (4, 15)],
        (false, "HBR") => &[(6, 70), (4, 15), (3, 15)],
        (false, "Z&W") => &[(3, 75), (7, 15), (8, 10)],
        (false, "E&O") => &[(4, 50), (7, 40), (3, 10)],
        (false, _) => &[(3, 40), (7, 30), (4, 20), (6, 10)],
    }
}

/// Enters the leavers of a profile in mbo; as many as the margin says in a technical programme, girls and pupils with a
/// migration background among them.
pub(super) fn enter(
    chance: &mut Chance,
    people: &mut [Person],
    year: u32,
    profile: &str,
    mut leavers: Vec<Leaver>,
    margin: Option<Technical>,
) {
    chance.shuffle(&mut leavers);
    let group = |leaver: &Leaver| {
        let person = &people[leaver.person];
        match person.known() {
            true => usize::from(person.sex == Sex::Woman) + 2 * usize::from(person.migrant()),
            false => 4,
        }
    };
    let mut have = [0; 5];
    for leaver in &leavers {
        have[group(leaver)] += 1;
    }
    let mut left = match margin {
        Some(margin) => quotas(margin, [have[0], have[1], have[2], have[3]]),
        None => have.map(|count| count / 20),
    };
    let places: Vec<Place> = leavers
        .iter()
        .map(|leaver| {
            let left = &mut left[group(leaver)];
            let technical = *left > 0;
            *left -= usize::from(technical);
            let chamber = chance
                .weighted(chambers(profile, technical).iter().copied())
                .unwrap_or(9);
            let level = match leaver.leerweg {
                "bl" => 2,
                "kl" => 3,
                _ => 4,
            };
            Place::Mbo {
                bbl: leaver.bbl,
                technical,
                chamber,
                level,
            }
        })
        .collect();
    for (leaver, place) in leavers.iter().zip(places) {
        people[leaver.person].places.push((year, place));
    }
}

/// How many of each group (boys, girls, boys and girls with a migration background) are technical, so that the margins
/// hold and no group gives more than it has.
fn quotas(margin: Technical, have: [usize; 4]) -> [usize; 5] {
    let Technical {
        students,
        girls,
        migrants,
    } = margin;
    let wanted = girls * migrants / students.max(1);
    let split = |both: usize| -> Option<[usize; 4]> {
        let girls = girls.checked_sub(both)?;
        let boys = migrants.checked_sub(both)?;
        let rest = students.checked_sub(girls + boys + both)?;
        Some([rest, girls, boys, both])
    };
    let fits = |quota: &[usize; 4]| quota.iter().zip(have).all(|(quota, have)| *quota <= have);
    let nearby = (0..=girls.min(migrants))
        .flat_map(|step| [wanted.checked_sub(step), Some(wanted + step)])
        .flatten();
    let found = nearby.filter_map(split).find(fits);
    // At small scales a group can be too small; then as many as there are.
    let quota = found.unwrap_or_else(|| {
        let wanted = split(wanted).unwrap_or([students, 0, 0, 0]);
        [0, 1, 2, 3].map(|at| wanted[at].min(have[at]))
    });
    [quota[0], quota[1], quota[2], quota[3], 0]
}
