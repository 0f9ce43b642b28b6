//! Invented school sites. Their codes start with 9, which no real school has.
use std::sync::Arc;

use super::chance::{Chance, Stream};
use super::offers::Offers;
use super::places::{POSTCODES, Town};
use super::programmes::{PROFILES, Track};

/// A school site.
#[derive(Debug)]
pub(super) struct Site {
    /// Four characters.
    pub(super) brin: String,
    /// Two digits.
    pub(super) number: String,
    pub(super) name: String,
    pub(super) town: Arc<Town>,
    pub(super) pc4: u32,
    pub(super) denomination: &'static str,
    /// Which profiles it offers, as places in `PROFILES`.
    pub(super) profiles: Vec<usize>,
    pub(super) tracks: Vec<Track>,
    /// The region of co-operating sites it is in, counted from 1.
    pub(super) region: Option<usize>,
    /// Whether the list of sites has it. Some are always missing there.
    pub(super) listed: bool,
}

impl Site {
    /// Six characters.
    pub(super) fn code(&self) -> String {
        format!("{}{}", self.brin, self.number)
    }
}

const NAMES: [&str; 12] = [
    "Sluiscollege",
    "De Vaart",
    "Het Diep",
    "Mariëndijk",
    "De Schutkolk",
    "Niekée",
    "Lage Brug",
    "Baken",
    "Dalí",
    "Waterlinie",
    "De Ophaalbrug",
    "Peilschaal",
];
const DENOMINATIONS: [&str; 5] = [
    "Openbaar",
    "Rooms-Katholiek",
    "Protestants-Christelijk",
    "Algemeen bijzonder",
    "Samenwerking PC, RK",
];

/// The most regions there are.
const REGIONS: usize = 78;

/// Makes `count` sites, in the order of their codes; the first `outside` are in no region.
pub(super) fn sites(seed: u64, count: usize, outside: usize, towns: &[Arc<Town>], offers: &Offers) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let regions = REGIONS.min(count.div_ceil(7));
    for index in 0..count {
        let mut chance = Chance::new(seed, Stream::Site, index as u64);
        // Sites of a region lie together.
        let region = (index >= outside).then(|| 1 + index * regions / count);
        let home = region.map_or(index, |region| region * towns.len() / (regions + 1) + index % 3);
        let mut site = site(&mut chance, index, sites.last(), &towns[home % towns.len()]);
        site.region = region;
        sites.push(site);
    }
    for ((_, leerweg, profile), of_cell) in offers {
        let Some(place) = PROFILES.iter().position(|known| known.short == *profile) else {
            continue;
        };
        for &site in of_cell {
            let (site, track) = (&mut sites[site], Track::of(leerweg));
            if !site.profiles.contains(&place) {
                site.profiles.push(place);
            }
            if !site.tracks.contains(&track) {
                site.tracks.push(track);
            }
        }
    }
    sites
}

fn site(chance: &mut Chance, index: usize, before: Option<&Site>, town: &Arc<Town>) -> Site {
    let same_school = before.filter(|site| *site.number < *"02" && chance.permille(350));
    let (brin, number) = match same_school {
        Some(site) => (
            site.brin.clone(),
            if site.number == "00" { "01" } else { "02" }.to_owned(),
        ),
        None => (school_code(index), "00".to_owned()),
    };
    let core = chance.one(&NAMES).copied().unwrap_or(NAMES[0]);
    let name = match index {
        // Names with quotes occur, and tell whether a reader knows about doubled quotes.
        1 => format!("VMBO \"De Sluiswachter\" {}", title(&town.name)),
        _ if chance.permille(300) => format!("{core} vmbo {}", title(&town.name)),
        _ => format!("{core} {}", title(&town.name)),
    };
    let mut tracks = vec![Track::Tl];
    let all = index == 0;
    for (track, permille) in [(Track::Havo, 300), (Track::Vwo, 250), (Track::Praktijk, 150)] {
        if chance.permille(permille) || all {
            tracks.push(track);
        }
    }
    Site {
        brin,
        number,
        name,
        pc4: town.pc4 + chance.below(POSTCODES),
        denomination: chance.one(&DENOMINATIONS).copied().unwrap_or("Openbaar"),
        town: Arc::clone(town),
        profiles: Vec::new(),
        tracks,
        region: None,
        listed: index % 40 != 39 && index != 6,
    }
}

fn school_code(index: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    format!("9{}{}{}", index / 676 % 10, letter(index / 26), letter(index))
}

/// `NIEUWE SLUIS` -> `Nieuwe Sluis`.
fn title(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let shown = if start {
                c.to_string()
            } else {
                c.to_lowercase().collect()
            };
            start = !c.is_alphabetic();
            shown
        })
        .collect()
}
