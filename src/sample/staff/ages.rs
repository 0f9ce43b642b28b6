//! Ages of newcomers, such that the mean and the share of people over fifty come out.
use super::corps::Corps;
use super::dice::{About, Dice};
use super::group::Group;
use super::margins::Margins;
use super::person::year;
use super::quota::best;
use super::sums::{number, whole};

/// Youngest and oldest under fifty, and over.
const BOUNDS: [(u32, u32); 2] = [(20, 49), (50, 66)];

/// Gives ages to the newcomers of a school year: all from the person `known` on.
pub(super) fn give(corps: &mut Corps, margins: &Margins, at: usize, known: usize) {
    for group in [
        Group::Technical,
        Group::NonTechnical,
        Group::Other,
        Group::Elsewhere,
        Group::Office,
    ] {
        let members = corps.with(at, |post| group.has(post));
        let (with_age, newcomers): (Vec<usize>, Vec<usize>) = members
            .iter()
            .copied()
            .partition(|person| *person < known || corps.persons[*person].cohort > 0);
        let ages: Vec<u32> = with_age
            .iter()
            .map(|person| corps.persons[*person].age(year(at)))
            .collect();
        let over = ages.iter().filter(|age| **age >= 50).count();
        let over_wanted = margins.share(group.name(), "50-plus", at, members.len()).unwrap_or(0);
        let sum_wanted = whole(margins.value(group.name(), "leeftijd", at).unwrap_or(0.0) * number(members.len()));

        let mut dice = Dice::in_year(corps.seed, About::Age, members.len(), year(at));
        let chances: Vec<f64> = newcomers.iter().map(|_| dice.unit()).collect();
        let places: Vec<usize> = (0..newcomers.len()).collect();
        let mut given: Vec<(usize, usize, u32)> = places.iter().map(|place| (*place, 0, 0)).collect();
        for place in best(&places, over_wanted.saturating_sub(over), |place| chances[place]) {
            given[place].1 = 1;
        }
        for (_, band, age) in &mut given {
            let (youngest, oldest) = BOUNDS[*band];
            // Newcomers are young more often than not, in each band; those over fifty are rarely close to their pension.
            let first = dice.between(youngest, oldest);
            *age = if at > 0 {
                first.min(dice.between(youngest, oldest))
            } else {
                first
            };
        }
        let sum = ages.iter().chain(given.iter().map(|(.., age)| age)).sum();
        shift(&mut given, sum, sum_wanted);
        for (place, _, age) in given {
            corps.persons[newcomers[place]].cohort = year(at) - age;
        }
    }
}

/// Makes people older or younger by a year at a time until the sum is right, or nobody can change any more.
fn shift(given: &mut [(usize, usize, u32)], mut sum: u32, wanted: u32) {
    loop {
        let before = sum;
        for (_, band, age) in given.iter_mut() {
            let (youngest, oldest) = BOUNDS[*band];
            if sum < wanted && *age < oldest {
                *age += 1;
                sum += 1;
            } else if sum > wanted && *age > youngest {
                *age -= 1;
                sum -= 1;
            }
        }
        if sum == before {
            return;
        }
    }
}
