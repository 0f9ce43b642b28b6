//! Second profiles: who has one keeps it where possible.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::person::{HOMES, OTHER, PROFILES, Post, TECHNICAL, year};
use super::quota::best;
use super::schools::Schools;
use super::targets::Targets;

/// Where in a post a second profile stands.
type Place = fn(&mut Post) -> &mut Option<usize>;

/// Gives second profiles of the same kind, and non-technical ones to people with a technical home.
pub(super) fn give(corps: &mut Corps, homes: &[Vec<usize>; HOMES], targets: &Targets, schools: &Schools, at: usize) {
    let technical: Vec<usize> = homes[..TECHNICAL].iter().flatten().copied().collect();
    let other: Vec<usize> = homes[TECHNICAL..OTHER].iter().flatten().copied().collect();
    for profile in 0..PROFILES.len() {
        let same = if profile < TECHNICAL { &technical } else { &other };
        let side: Place = |post| &mut post.side;
        let across: Place = |post| &mut post.across;
        for (staff, place, count) in [
            (same, side, targets.sides[profile]),
            (&technical, across, targets.across[profile]),
        ] {
            take(corps, staff, place, profile, count, schools, at);
        }
    }
}

fn take(corps: &mut Corps, staff: &[usize], place: Place, profile: usize, count: usize, schools: &Schools, at: usize) {
    let mut free = Vec::new();
    let mut liking = Vec::new();
    for index in staff {
        let posts = &mut corps.persons[*index].posts;
        let before = at.checked_sub(1).and_then(|before| posts[before].as_mut());
        let before = before.and_then(|post| *place(post));
        let Some(post) = posts[at].as_mut() else { continue };
        if post.home == profile || place(post).is_some() || !schools.has(post.school, profile, at) {
            continue;
        }
        let chance = Dice::in_year(corps.seed, About::Side, *index, year(at)).unit();
        liking.push(match before {
            Some(known) if known == profile => 2.0 + chance,
            Some(_) => chance - 2.0,
            None => chance,
        });
        free.push(*index);
    }
    let places: Vec<usize> = (0..free.len()).collect();
    for at_place in best(&places, count, |at_place| liking[at_place]) {
        if let Some(post) = corps.persons[free[at_place]].posts[at].as_mut() {
            *place(post) = Some(profile);
        }
    }
}
