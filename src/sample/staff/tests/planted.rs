//! What is planted, counted from the persons themselves: every margin, in every year, at the full scale.
use super::super::group::Group;
use super::super::person::{Direction, Level, PROFILES, Person, Post, Situation, TECHNICAL, year};
use super::super::sectors::{OTHER_SECTORS, SECTORS};
use super::super::sums::number;
use super::*;

/// Everybody with a post in a school year.
pub(super) fn everybody(corps: &Corps, at: usize) -> Vec<(&Person, &Post)> {
    let posts = corps.persons.iter().map(|person| (person, person.posts[at].as_ref()));
    posts.filter_map(|(person, post)| Some((person, post?))).collect()
}

fn share(members: &[(&Person, &Post)], is: impl Fn(&Person, &Post) -> bool) -> f64 {
    let count = members.iter().filter(|(person, post)| is(person, post)).count();
    100.0 * number(count) / number(members.len())
}

/// What a measure of the margins comes out as.
pub(super) fn measured(measure: &str, members: &[(&Person, &Post)], at: usize) -> f64 {
    let age = |person: &Person| person.age(year(at));
    if let Some((back, situation)) = measure
        .split_once(' ')
        .filter(|(back, _)| back.parse::<usize>().is_ok())
    {
        let job_at = at + 5 - back.parse::<usize>().unwrap();
        return share(members, |person, _| match person.situations[job_at] {
            Situation::Studying => situation == "studerend",
            Situation::Sector(_) => situation == "andere sector",
            Situation::Unknown => situation == "onbekend",
            Situation::Education => false,
        });
    }
    if let Some(sector) = SECTORS.iter().take(OTHER_SECTORS).position(|name| *name == measure) {
        let before = |person: &Person| person.situations[at + 3];
        let elsewhere: Vec<_> = members
            .iter()
            .copied()
            .filter(|(person, _)| matches!(before(person), Situation::Sector(_)))
            .collect();
        return share(&elsewhere, |person, _| before(person) == Situation::Sector(sector));
    }
    match measure {
        "personen" => number(members.len()),
        "leeftijd" => members.iter().map(|(person, _)| f64::from(age(person))).sum::<f64>() / number(members.len()),
        "50-plus" => share(members, |person, _| age(person) >= 50),
        "vrouw" => share(members, |person, _| person.woman),
        "ondersteunend" => share(members, |_, post| post.support),
        "bevoegd" => share(members, |_, post| post.qualified),
        "vast" => share(members, |_, post| post.permanent),
        "avo" => share(members, |_, post| post.avo),
        "overig" => share(members, |_, post| post.overig),
        "lerarenopleiding" => share(members, |person, _| person.direction == Direction::Teacher),
        "overige onderwijsopleiding" => share(members, |person, _| person.direction == Direction::OtherEducation),
        "opleiding onbekend" => share(members, |person, _| person.direction == Direction::Unknown),
        "mbo" => share(members, |person, _| person.level == Level::Mbo),
        "wo" => share(members, |person, _| person.level == Level::Wo),
        other => panic!("{other}: no measure"),
    }
}

#[test]
fn every_margin_is_met_in_every_year() {
    let margins = Margins::new();
    let mut wrong = Vec::new();
    for at in 0..YEARS {
        let everybody = everybody(&CORPS, at);
        for group in Group::all() {
            let members: Vec<_> = everybody.iter().copied().filter(|(_, post)| group.has(post)).collect();
            for measure in margins.measures(group.name()).filter(|measure| *measure != "fte") {
                let wanted = margins.value(group.name(), measure, at).unwrap();
                let found = measured(measure, &members, at);
                let allowed = match measure {
                    "personen" => 0.0,
                    "leeftijd" => 0.02,
                    // Of those elsewhere there are few, and careers of several years share them.
                    _ if SECTORS.contains(&measure) => 3.0,
                    // Half a person, and half a percent.
                    _ => 50.0 / number(members.len()) + 0.5,
                };
                if (found - wanted).abs() > allowed {
                    wrong.push(format!(
                        "{} {}: {measure} is {found:.2}, not {wanted:.2}",
                        year(at),
                        group.name()
                    ));
                }
            }
        }
        for (profile, name) in PROFILES.iter().enumerate() {
            let found = fte(&everybody, profile);
            let wanted = margins.value(name, "fte", at).unwrap();
            // A handful of people have few hours to choose from.
            let allowed = if wanted < 20.0 { 1.0 } else { 0.2 };
            if (found - wanted).abs() > allowed {
                wrong.push(format!("{} {name}: {found:.2} fte, not {wanted}", year(at)));
            }
        }
        let vocational = everybody
            .iter()
            .filter(|(_, post)| post.lessons.iter().any(|lesson| lesson.counts()));
        assert_eq!(vocational.count(), margins.persons("bl kl gl", at, 1.0));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    stability(&CORPS);
}

/// Hours in the profile, of all hours, times the part-time factor.
pub(super) fn fte(everybody: &[(&Person, &Post)], profile: usize) -> f64 {
    let members = everybody.iter().filter(|(_, post)| post.teaches(profile));
    let each = members.map(|(_, post)| {
        let hours = |lesson: &lessons::Lesson| {
            let minutes = SCHOOLS.minutes(post.at_school(lesson.second));
            number(lesson.units) * f64::from(minutes)
        };
        let all: f64 = post.lessons.iter().map(hours).sum();
        let of_profile = post.lessons.iter().filter(|lesson| lesson.profile == Some(profile));
        of_profile.map(hours).sum::<f64>() / all * f64::from(post.factor) / 10_000.0
    });
    each.sum()
}

/// Most stay, without gaps; who stays in a profile keeps sex, birth and education by construction.
fn stability(corps: &Corps) {
    for at in 1..YEARS {
        let before = corps.with(at - 1, |post| post.home < TECHNICAL);
        let stayed = before
            .iter()
            .filter(|person| corps.persons[**person].posts[at].is_some())
            .count();
        assert!(
            (84..95).contains(&(100 * stayed / before.len())),
            "{stayed} of {}",
            before.len()
        );
    }
    for person in &corps.persons {
        assert!((person.entry()..=person.exit()).all(|at| person.posts[at].is_some()));
        let ages = [person.age(year(person.entry())), person.age(year(person.exit()))];
        assert!(ages.iter().all(|age| (20..=67).contains(age)), "{ages:?}");
    }
}
