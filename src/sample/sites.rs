//! Invented school sites. Their codes start with 9, which no real school has.
use super::chance::{Chance, Stream};
use super::places::{POSTCODES, TOWNS, Town};
use super::programmes::{PROFILES, Track};

/// A school site.
#[derive(Debug)]
pub(super) struct Site {
    /// Four characters.
    pub(super) brin: String,
    /// Two digits.
    pub(super) number: String,
    pub(super) name: String,
    pub(super) town: &'static Town,
    pub(super) pc4: u32,
    pub(super) denomination: &'static str,
    /// Which profiles it offers, as places in `PROFILES`.
    pub(super) profiles: Vec<usize>,
    pub(super) tracks: Vec<Track>,
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

/// Makes `count` sites, in the order of their codes.
pub(super) fn sites(seed: u64, count: u32) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for index in 0..count {
        let mut chance = Chance::new(seed, Stream::Site, index.into());
        let site = site(&mut chance, index, sites.last());
        sites.push(site);
    }
    // Every profile and track must be somewhere.
    for (profile, site) in (0..PROFILES.len()).zip((0..sites.len()).cycle()) {
        if !sites.iter().any(|site| site.profiles.contains(&profile)) {
            sites[site].profiles.push(profile);
        }
    }
    sites
}

fn site(chance: &mut Chance, index: u32, before: Option<&Site>) -> Site {
    let same_school = before.filter(|site| site.number.as_str() < "02" && chance.permille(350));
    let (brin, number) = match same_school {
        Some(site) => (
            site.brin.clone(),
            if site.number == "00" { "01" } else { "02" }.to_owned(),
        ),
        None => (school_code(index), "00".to_owned()),
    };
    let town = chance.one(&TOWNS).unwrap_or(&TOWNS[0]);
    let core = chance.one(&NAMES).copied().unwrap_or(NAMES[0]);
    let name = match index {
        // Names with quotes occur, and tell whether a reader knows about doubled quotes.
        1 => format!("VMBO \"De Sluiswachter\" {}", title(town.name)),
        _ if chance.permille(300) => format!("{core} vmbo {}", title(town.name)),
        _ => format!("{core} {}", title(town.name)),
    };
    let mut profiles: Vec<usize> = Vec::new();
    for _ in 0..5 {
        let weights = PROFILES
            .iter()
            .enumerate()
            .map(|(at, profile)| (at, profile.weight + 30));
        let profile = chance.weighted(weights).unwrap_or(0);
        if !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    let mut tracks = vec![Track::Bl, Track::Kl, Track::Tl];
    let all = index == 0;
    for (track, permille) in [
        (Track::Gl, 550),
        (Track::Havo, 300),
        (Track::Vwo, 250),
        (Track::Praktijk, 150),
    ] {
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
        town,
        profiles,
        tracks,
        listed: index % 40 != 39 && index != 6,
    }
}

fn school_code(index: u32) -> String {
    let letter = |at: u32| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
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
