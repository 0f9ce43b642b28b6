//! Invented towns, with postcodes and places on the map. Some names have accents, as real ones do.

/// A town.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) name: &'static str,
    pub(super) province: &'static str,
    /// Of the municipality: code and name.
    pub(super) municipality: (&'static str, &'static str),
    /// Its first postcode; it has `POSTCODES` of them.
    pub(super) pc4: u32,
    /// Degrees times 10,000.
    pub(super) latitude: u32,
    pub(super) longitude: u32,
}

/// Postcodes of a town.
pub(super) const POSTCODES: u32 = 4;

const fn town(
    name: &'static str,
    province: &'static str,
    municipality: (&'static str, &'static str),
    pc4: u32,
    latitude: u32,
    longitude: u32,
) -> Town {
    Town {
        name,
        province,
        municipality,
        pc4,
        latitude,
        longitude,
    }
}

const NOORD: (&str, &str) = ("9901", "SÚDERMAR-FRYSLÂN");
const OOST: (&str, &str) = ("9902", "OOSTERDIEP");
const MIDDEN: (&str, &str) = ("9903", "MIDDELSLUIS");
const WEST: (&str, &str) = ("9904", "WESTERHAVEN");
const ZUID: (&str, &str) = ("9905", "ZUIDERBEEK");

/// The towns.
pub(super) const TOWNS: [Town; 15] = [
    town("SLUISWOUDE", "Noord-Holland", WEST, 1911, 52_5012, 4_7305),
    town("WESTERHAVEN", "Noord-Holland", WEST, 1921, 52_5241, 4_6312),
    town("KWAKELDAM", "Zuid-Holland", WEST, 2951, 51_9034, 4_6711),
    town("NIEUWE SLUIS", "Zuid-Holland", WEST, 3281, 51_8127, 4_4419),
    town("MIDDELSLUIS", "Utrecht", MIDDEN, 3991, 52_0213, 5_1544),
    town("OUD-GEËRDE", "Utrecht", MIDDEN, 3971, 52_0592, 5_2817),
    town("BRAKELVOORT", "Gelderland", MIDDEN, 4061, 51_8720, 5_4215),
    town("ZUIDERBEEK", "Noord-Brabant", ZUID, 5281, 51_5871, 5_3310),
    town("HEIKANT AAN DE SLUIS", "Noord-Brabant", ZUID, 5091, 51_4912, 5_1208),
    town("MAASKESSEL", "Limburg", ZUID, 6091, 51_2604, 5_8417),
    town("OOSTERDIEP", "Overijssel", OOST, 7721, 52_5210, 6_3122),
    town("TWENTERBRUG", "Overijssel", OOST, 7631, 52_3918, 6_8305),
    town("VEENWIJK", "Drenthe", OOST, 7951, 52_7012, 6_1914),
    town("SÚDERMAR", "Friesland", NOORD, 8551, 52_9533, 5_5012),
    town("NOARDERDYK", "Friesland", NOORD, 9081, 53_2417, 5_8830),
];

/// Degrees as the map file prints them: four decimals, zeros at the end cut.
pub(super) fn degrees(ten_thousandths: u32) -> String {
    let text = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
