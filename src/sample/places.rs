//! Invented towns, with postcodes and places on the map. Some names have accents, as real ones do.
use std::sync::Arc;

/// A town.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) name: String,
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

const NOORD: (&str, &str) = ("9901", "SÚDERMAR-FRYSLÂN");
const OOST: (&str, &str) = ("9902", "OOSTERDIEP");
const MIDDEN: (&str, &str) = ("9903", "MIDDELSLUIS");
const WEST: (&str, &str) = ("9904", "WESTERHAVEN");
const ZUID: (&str, &str) = ("9905", "ZUIDERBEEK");

/// Where towns lie together: name of the first, province, municipality, degrees north and east.
type Cluster = (&'static str, &'static str, (&'static str, &'static str), u32, u32);

const CLUSTERS: [Cluster; 15] = [
    ("SLUISWOUDE", "Noord-Holland", WEST, 52_5012, 4_7305),
    ("MIDDELSLUIS", "Utrecht", MIDDEN, 52_0213, 5_1544),
    ("ZUIDERBEEK", "Noord-Brabant", ZUID, 51_5871, 5_3310),
    ("OOSTERDIEP", "Overijssel", OOST, 52_5210, 6_3122),
    ("SÚDERMAR", "Friesland", NOORD, 52_9533, 5_5012),
    ("WESTERHAVEN", "Noord-Holland", WEST, 52_5241, 4_6312),
    ("OUD-GEËRDE", "Utrecht", MIDDEN, 52_0592, 5_2817),
    ("HEIKANT AAN DE SLUIS", "Noord-Brabant", ZUID, 51_4912, 5_1208),
    ("TWENTERBRUG", "Overijssel", OOST, 52_3918, 6_8305),
    ("NOARDERDYK", "Friesland", NOORD, 53_2417, 5_8830),
    ("KWAKELDAM", "Zuid-Holland", WEST, 51_9034, 4_6711),
    ("BRAKELVOORT", "Gelderland", MIDDEN, 51_8720, 5_4215),
    ("MAASKESSEL", "Limburg", ZUID, 51_2604, 5_8417),
    ("VEENWIJK", "Drenthe", OOST, 52_7012, 6_1914),
    ("NIEUWE SLUIS", "Zuid-Holland", WEST, 51_8127, 4_4419),
];

/// Ends of the names of the towns around the first one of a cluster.
const ENDS: [&str; 27] = [
    "", "-NOORD", "-ZUID", "-OOST", "-WEST", "-BUITEN", "-DIJK", "-BROEK", "-VEEN", "-HORST", "-LAAR", "-WAARD",
    "-BERG", "-KERKE", "-HAVEN", "-MOLEN", "-HEIDE", "-POLDER", "-BOSCH", "-ZIJL", "-TERP", "-AKKER", "-ESCH", "-KAMP",
    "-HOEK", "-DONK", "-DREEF",
];

/// The most towns there are.
pub(super) const MOST_TOWNS: usize = CLUSTERS.len() * ENDS.len();

/// The first `count` towns, all different, in the order of their postcodes.
pub(super) fn towns(count: usize) -> Vec<Arc<Town>> {
    let all = ENDS
        .iter()
        .zip(0u32..)
        .flat_map(|(end, ring)| CLUSTERS.iter().map(move |cluster| (cluster, end, ring)));
    all.take(count)
        .zip(0u32..)
        .map(
            |((&(name, province, municipality, latitude, longitude), end, ring), index)| {
                Arc::new(Town {
                    name: format!("{name}{end}"),
                    province,
                    municipality,
                    pc4: 1011 + 20 * index,
                    // Within some twenty kilometres, never twice the same.
                    latitude: latitude + 97 * (ring * 11 % 27),
                    longitude: longitude + 151 * (ring * 17 % 27),
                })
            },
        )
        .collect()
}

/// Degrees as the map file prints them: four decimals, zeros at the end cut.
pub(super) fn degrees(ten_thousandths: u32) -> String {
    let text = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
