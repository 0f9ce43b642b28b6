//! `duo_examen_raw_all.csv`: school year and sex in the column names, counts below five as `<5`.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::chance::{Chance, Stream};
use super::output::{Encoding, Output};
use super::programmes::Track;
use super::pupils::World;
use super::report::{SampleFile, schooljaar};

/// The exam programmes of a track: code of the inspectorate and name.
const PROGRAMMES: [(Track, &str, &str, &str); 13] = [
    (Track::Bl, "VMBO", "34", "VMBO B - techniek"),
    (Track::Bl, "VMBO", "35", "VMBO B - zorg en welzijn"),
    (Track::Bl, "VMBO", "36", "VMBO B - economie"),
    (Track::Kl, "VMBO", "38", "VMBO K - techniek"),
    (Track::Kl, "VMBO", "39", "VMBO K - zorg en welzijn"),
    (Track::Kl, "VMBO", "40", "VMBO K - economie"),
    (Track::Gl, "VMBO", "42", "VMBO G - techniek"),
    (Track::Tl, "VMBO", "90", "VMBO T - techniek"),
    (Track::Tl, "VMBO", "92", "VMBO T - economie"),
    (Track::Havo, "HAVO", "50", "HAVO - N&T"),
    (Track::Havo, "HAVO", "52", "HAVO - E&M"),
    (Track::Vwo, "VWO", "60", "VWO - N&T"),
    (Track::Vwo, "VWO", "62", "VWO - E&M"),
];

/// Writes the exam candidates of five school years.
pub(super) fn write(folder: &Path, world: &World) -> Result<SampleFile, SampleError> {
    let name = "duo_examen_raw_all.csv".to_owned();
    let mut output = Output::create(folder, &name, Encoding::Utf8, "\r\n")?;
    let mut header: Vec<String> = [
        "INSTELLINGSCODE",
        "VESTIGINGSCODE",
        "INSTELLINGSNAAM VESTIGING",
        "GEMEENTENAAM",
        "ONDERWIJSTYPE VO",
        "INSPECTIECODE",
        "OPLEIDINGSNAAM",
    ]
    .map(str::to_owned)
    .into();
    let years = 2019..=2023;
    for year in years.clone().map(schooljaar) {
        for sex in ["MAN", "VROUW", "TOTAAL"] {
            for what in ["EXAMENKANDIDATEN", "GESLAAGDEN", "SLAAGPERC"] {
                header.push(format!("{what} SCHOOLJAAR {year} - {sex}"));
            }
        }
    }
    output.line(&quoted(&header))?;
    let mut marks = Marks::default();
    for (index, site) in (0..).zip(&world.sites) {
        let chance = &mut Chance::new(world.seed, Stream::Exams, index);
        for (_, kind, code, programme) in PROGRAMMES.iter().filter(|(track, ..)| site.tracks.contains(track)) {
            let municipality = site.town.municipality.1;
            let mut line = [
                &site.brin,
                &site.code(),
                &site.name,
                municipality,
                kind,
                code,
                programme,
            ]
            .map(str::to_owned)
            .to_vec();
            let size = 1 + chance.below(24);
            for _ in years.clone() {
                let men = result(chance, size);
                let women = result(chance, size);
                for (candidates, passed) in [men, women, (men.0 + women.0, men.1 + women.1)] {
                    line.push(marks.count(candidates, "kandidaten_suppressed"));
                    line.push(marks.count(passed, "geslaagden_suppressed"));
                    line.push(percentage(candidates, passed));
                }
            }
            output.line(&quoted(&line))?;
        }
    }
    let rows = (output.lines() - 1) * 15;
    Ok(SampleFile {
        name,
        pipeline: "duo_examenkandidaten",
        schooljaar: None,
        bytes: output.finish()?,
        rows,
        dirty: BTreeMap::new(),
        sums: marks.0,
        dropped: 0,
        replaced_by: None,
    })
}

/// Candidates and passed.
fn result(chance: &mut Chance, size: u32) -> (u32, u32) {
    let candidates = if chance.permille(120) {
        0
    } else {
        chance.below(size + 1)
    };
    let failed = chance.below(1 + candidates / 6);
    (candidates, candidates - failed)
}

/// How many counts were replaced by `<5`, by what they count.
#[derive(Default)]
struct Marks(BTreeMap<&'static str, u64>);

impl Marks {
    fn count(&mut self, count: u32, what: &'static str) -> String {
        if (1..5).contains(&count) {
            *self.0.entry(what).or_default() += 1;
            return "<5".to_owned();
        }
        count.to_string()
    }
}

/// The share in tenths of a percent, as DUO prints it: no decimal when it is zero.
fn percentage(candidates: u32, passed: u32) -> String {
    if candidates == 0 {
        return "0".to_owned();
    }
    let tenths = (passed * 2000 + candidates) / (2 * candidates);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

fn quoted(fields: &[String]) -> String {
    let quoted: Vec<String> = fields
        .iter()
        .map(|text| format!("\"{}\"", text.replace('"', "\"\"")))
        .collect();
    quoted.join(";")
}
