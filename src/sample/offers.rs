//! Which sites offer which profile, by school year and leerweg: as many as table B3.5 prints.
use std::collections::BTreeMap;

use super::chance::{Chance, Stream};
use super::margins::{Cell, Margins, scaled};
use super::programmes::PROFILES;
use super::pupils::YEARS;

/// The leerwegen with profiles.
pub(super) const LEERWEGEN: [&str; 3] = ["bl", "kl", "gl"];

/// Sites by cell. Most sites keep their profiles over the years.
pub(super) type Offers = BTreeMap<Cell, Vec<usize>>;

/// Shares the profiles out over `sites` sites, of which the first `outside` are outside every region.
pub(super) fn offers(seed: u64, margins: &Margins, sites: usize, outside: usize) -> Offers {
    let mut offers = Offers::new();
    for (at, profile) in (0..).zip(&PROFILES) {
        let (out, within) = order(
            &mut Chance::new(seed, Stream::Offer, at),
            profile.vmbo_sector,
            sites,
            outside,
        );
        for year in YEARS {
            let Some(&(count, beyond)) = margins.sites.get(&(year, profile.short)) else {
                continue;
            };
            let beyond = beyond.min(out.len()).min(count);
            let mut chosen: Vec<usize> = within.iter().copied().take(count - beyond).collect();
            chosen.extend(&out[..beyond]);
            for leerweg in LEERWEGEN {
                let pupils = margins
                    .third
                    .get(&(year, leerweg, profile.short))
                    .map_or(0, |third| third.pupils);
                let share = margins
                    .site_shares
                    .get(&(leerweg, profile.short))
                    .copied()
                    .unwrap_or(100);
                let mut of_leerweg = part(&chosen, leerweg, share);
                of_leerweg.truncate(pupils);
                offers.insert((year, leerweg, profile.short), of_leerweg);
            }
        }
    }
    offers
}

/// Sites outside and inside the regions, in the order in which they take up a profile.
fn order(chance: &mut Chance, sector: &str, sites: usize, outside: usize) -> (Vec<usize>, Vec<usize>) {
    let (mut out, mut within): (Vec<usize>, Vec<usize>) = (0..sites).partition(|site| *site < outside);
    chance.shuffle(&mut out);
    chance.shuffle(&mut within);
    if sector == "Techniek" {
        // Half of the sites are technical ones.
        within.sort_by_key(|site| site % 2);
    }
    (out, within)
}

/// The sites that offer a profile in a leerweg: bl leaves out the last ones, kl those before them, so that every site
/// has one of the two; gl has the first ones.
fn part(chosen: &[usize], leerweg: &str, percent: usize) -> Vec<usize> {
    let count = scaled(chosen.len() * percent, 0.01).clamp(usize::from(!chosen.is_empty()), chosen.len());
    let left_out = chosen.len() - count;
    match leerweg {
        "kl" => {
            let end = chosen
                .len()
                .saturating_sub(scaled(chosen.len() * 26, 0.01))
                .max(left_out);
            chosen[..end - left_out].iter().chain(&chosen[end..]).copied().collect()
        }
        _ => chosen[..count].to_vec(),
    }
}
