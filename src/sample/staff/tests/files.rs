//! The files as a stranger would read them: nothing of what wrote them is used but the margins.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;

use super::super::sums::number;
use super::*;

const SCALE: f64 = 0.1;

struct Sample {
    folder: tempfile::TempDir,
    files: Vec<SampleFile>,
}

/// Deliveries to 60 schools.
fn sample() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), 3, SCALE, &invented_schools()[..60]).unwrap();
    Sample { folder, files }
}

type Row = HashMap<String, String>;

impl Sample {
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// The rows of a file, by the names of its columns in capitals.
    fn rows(&self, name: &str) -> Vec<Row> {
        let text = self.text(name);
        let mut lines = text.lines();
        let header: Vec<String> = lines.next().unwrap().split(';').map(str::to_uppercase).collect();
        let row = |line: &str| header.iter().cloned().zip(line.split(';').map(str::to_owned)).collect();
        lines.map(row).collect()
    }

    /// Those that break no rule.
    fn good(&self, name: &str) -> impl Iterator<Item = Row> {
        self.rows(name).into_iter().filter(is_good)
    }

    /// Good rows, by citizen.
    fn by_citizen(&self, name: &str) -> BTreeMap<String, Vec<Row>> {
        let mut found: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in self.good(name) {
            found.entry(row["BURGERSERVICENUMMER"].clone()).or_default().push(row);
        }
        found
    }
}

fn is_citizen(number: &str) -> bool {
    let digits = number.bytes().zip([9u32, 8, 7, 6, 5, 4, 3, 2, 10]);
    number.len() == 9
        && digits
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum::<u32>()
            % 11
            == 0
}

fn is_date(text: &str) -> bool {
    let month: u32 = text[4..6].parse().unwrap();
    text == "99999999" || text == "00000000" || (1..=12).contains(&month)
}

fn decimal(text: &str) -> f64 {
    text.replace(',', ".").parse().unwrap()
}

/// Whether a row breaks no rule, by what is known of each column.
fn is_good(row: &Row) -> bool {
    let in_list = |value: &str, list: &[&str]| list.contains(&value);
    row.iter().all(|(column, value)| match column.as_str() {
        "BURGERSERVICENUMMER" => is_citizen(value),
        "RINPERSOONS" => value == "R",
        "RINPERSOON" => value.len() == 9,
        "BEID" => !value.is_empty(),
        "BRIN" => value[2..].bytes().all(|letter| letter.is_ascii_uppercase()),
        "AARD ARBEIDSRELATIE" => in_list(value, &["1", "2", "3", "4"]),
        "BETREKKINGSOMVANG" | "UREN" => value.contains(','),
        "FUNCTIECATEGORIE" => (1..=18).contains(&value.parse::<u32>().unwrap()),
        "GESLACHT" => in_list(value, &["M", "V", "O"]),
        "LEERWEG" => value != "XL",
        "VAKCODE" => value != "Z999",
        "BEVOEGDHEID" => in_list(value, &["1", "2", "3"]),
        "SBASISUREN" => value.contains('.'),
        "SCONTRACTSOORT" => in_list(value, &["O", "B", "N"]),
        "GEBOORTEDATUM" | "SDATUMAANVANGIKO" | "AANVSECM" => is_date(value),
        "SDATUMEINDEIKO" | "EINDSECM" => value != "19991231",
        "SECM" => value != "XX",
        "GBAGEBOORTEJAAR" => value != "19XX",
        "GBAGESLACHT" => in_list(value, &["1", "2"]),
        "OPLNIVSOI2021AGG4HBMETNIRWO" | "RICHTISCEDF2013HBMETNIRWO" => value != "7777",
        sbi if sbi.starts_with("SBI2008_") => value.bytes().all(|digit| digit.is_ascii_digit()),
        _ => true,
    })
}

#[test]
fn dirty_rows_are_as_many_as_told_and_few() {
    let sample = sample();
    let mut dirty = 0;
    // what is in SPSS files is counted once they are taken in
    for file in sample.files.iter().filter(|file| file.name.ends_with(".csv")) {
        let rows = sample.rows(&file.name);
        let other = |row: &&Row| row.get("RINPERSOONS").is_some_and(|register| register != "R");
        let dropped = rows.iter().filter(other).count() as u64;
        let bad = rows.iter().filter(|row| !is_good(row)).count() as u64 - dropped;
        assert_eq!((bad, dropped), (file.dirty_rows(), file.dropped), "{}", file.name);
        assert!((bad + dropped) * 1000 < 5 * rows.len() as u64, "{}", file.name);
        if file.pipeline != "ipto_vakken" {
            assert_eq!(rows.len() as u64, file.rows + file.dropped, "{}", file.name);
        }
        dirty += bad;
    }
    assert!(dirty > 300, "{dirty}");
}

/// The profile of a subject.
fn profile(row: &Row) -> Option<&'static str> {
    const DIGITS: [&str; 10] = ["D&P", "BWI", "PIE", "M&T", "MVI", "MaT", "HBR", "Z&W", "Groen", "E&O"];
    let counts = ["BL", "KL", "GL"].contains(&row["LEERWEG"].to_uppercase().as_str()) && decimal(&row["UREN"]) > 0.0;
    let digit = row["VAKCODE"].strip_prefix('P').filter(|_| counts)?[..1].parse::<usize>();
    Some(DIGITS[digit.unwrap()])
}

const TECHNIQUE: [&str; 5] = ["BWI", "PIE", "M&T", "MVI", "MaT"];

/// The teachers of technical profiles on 1 October of a year.
fn technical(sample: &Sample, year: u32) -> BTreeSet<String> {
    let lessons = sample.by_citizen(&format!("ipto_lessen_{year}.csv"));
    let is = |rows: &Vec<Row>| {
        rows.iter()
            .filter_map(profile)
            .any(|profile| TECHNIQUE.contains(&profile))
    };
    lessons
        .into_iter()
        .filter(|(_, rows)| is(rows))
        .map(|(citizen, _)| citizen)
        .collect()
}

fn close(found: f64, wanted: f64, by: f64, what: &str) {
    assert!((found - wanted).abs() <= by, "{what}: {found}, not {wanted}");
}

#[test]
fn teachers_and_their_fte_are_those_of_the_margins() {
    let (sample, margins) = (sample(), Margins::new());
    for (at, year) in [(0, 2017), (5, 2022)] {
        let staff = sample.by_citizen(&format!("duo_personeel_{year}.csv"));
        let lessons = sample.by_citizen(&format!("ipto_lessen_{year}.csv"));
        let mut persons: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        let mut fte: BTreeMap<&str, f64> = BTreeMap::new();
        let (mut permanent, mut support, mut women, mut qualified) = (0, 0, 0, 0);
        for (citizen, rows) in &lessons {
            let hours = |row: &&Row| decimal(&row["UREN"]);
            let all: f64 = rows.iter().map(|row| hours(&row)).sum();
            let posts = staff.get(citizen);
            let size = posts.map_or(0.0, |posts| {
                posts.iter().map(|post| decimal(&post["BETREKKINGSOMVANG"])).sum()
            });
            for profile_name in rows.iter().filter_map(profile).collect::<BTreeSet<_>>() {
                let of = rows.iter().filter(|row| profile(row) == Some(profile_name));
                *fte.entry(profile_name).or_default() += of.map(|row| hours(&row)).sum::<f64>() / all * size;
                persons.entry(profile_name).or_default().insert(citizen);
                if TECHNIQUE.contains(&profile_name) {
                    persons.entry("techniek").or_default().insert(citizen);
                }
            }
            if persons
                .get("techniek")
                .is_some_and(|persons| persons.contains(citizen.as_str()))
            {
                let largest = posts
                    .unwrap()
                    .iter()
                    .max_by(|a, b| decimal(&a["BETREKKINGSOMVANG"]).total_cmp(&decimal(&b["BETREKKINGSOMVANG"])));
                let largest = largest.unwrap();
                permanent += u32::from(largest["AARD ARBEIDSRELATIE"] == "1");
                support += u32::from(["12", "13", "14", "15"].contains(&largest["FUNCTIECATEGORIE"].as_str()));
                women += u32::from(largest["GESLACHT"] == "V");
                let in_technique = rows
                    .iter()
                    .filter(|row| profile(row).is_some_and(|name| TECHNIQUE.contains(&name)));
                qualified += u32::from(in_technique.clone().all(|row| row["BEVOEGDHEID"] == "1"));
            }
        }
        let count = persons["techniek"].len();
        assert_eq!(count, margins.persons("techniek", at, SCALE));
        for (profile, persons) in &persons {
            close(
                number(persons.len()),
                number(margins.persons(profile, at, SCALE)),
                1.0,
                profile,
            );
            if let Some(wanted) = margins.value(profile, "fte", at) {
                close(fte[profile], wanted * SCALE, 0.7 + 0.02 * wanted * SCALE, profile);
            }
        }
        for (found, measure) in [
            (permanent, "vast"),
            (support, "ondersteunend"),
            (women, "vrouw"),
            (qualified, "bevoegd"),
        ] {
            let wanted = margins.value("techniek", measure, at).unwrap();
            close(f64::from(found) * 100.0 / number(count), wanted, 1.0, measure);
        }
    }
}

#[test]
fn careers_are_those_of_the_margins() {
    let (sample, margins) = (sample(), Margins::new());
    let links = sample.good("cbs/cbs_koppeling.csv");
    let rins: HashMap<String, String> = links
        .map(|row| (row["BURGERSERVICENUMMER"].clone(), row["RINPERSOON"].clone()))
        .collect();
    for (at, cohort) in [(0, 2017), (5, 2022)] {
        let teachers: Vec<String> = technical(&sample, cohort)
            .iter()
            .map(|citizen| rins[citizen].clone())
            .collect();
        for back in [0, 2, 5] {
            let year = cohort - back;
            let (studying, elsewhere) = (studying(&sample, year), elsewhere(&sample, year));
            let percent = |is: &dyn Fn(&String) -> bool| {
                let count = teachers.iter().filter(|rin| is(rin)).count();
                100.0 * number(count) / number(teachers.len())
            };
            let found = percent(&|rin| studying.contains(rin));
            let wanted = margins.value("techniek", &format!("{back} studerend"), at).unwrap();
            close(found, wanted, 1.0, &format!("studying in {year}"));
            let found = percent(&|rin| !studying.contains(rin) && elsewhere.contains(rin));
            let wanted = margins.value("techniek", &format!("{back} andere sector"), at).unwrap();
            close(found, wanted, 1.0, &format!("elsewhere in {year}"));
        }
    }
}

/// Who studies on 1 October.
fn studying(sample: &Sample, year: u32) -> HashSet<String> {
    let day = format!("{year}1001");
    let covers = |row: &Row| row["AANVSECM"] <= day && row["EINDSECM"] >= day;
    let rows = sample.good("cbs/secmbus/SECMBUS2022V1.csv");
    let rows = rows.filter(|row| ["26", "31"].contains(&row["SECM"].as_str()) && covers(row));
    rows.map(|row| row["RINPERSOON"].clone()).collect()
}

/// Whose main job of a year is not in education.
fn elsewhere(sample: &Sample, year: u32) -> HashSet<String> {
    let sbi: HashMap<String, String> = sample
        .good(&format!("cbs/betab/BETAB{year}V1.csv"))
        .map(|row| (row["BEID"].clone(), row[&format!("SBI2008_{year}")].clone()))
        .collect();
    let version = if year == 2019 { 2 } else { 1 };
    let mut jobs: HashMap<String, HashMap<String, (f64, bool, f64)>> = HashMap::new();
    for row in sample.good(&format!("cbs/spolisbus/SPOLISBUS{year}V{version}.csv")) {
        let job = jobs.entry(row["RINPERSOON"].clone()).or_default();
        let job = job.entry(row["SBEID"].clone()).or_default();
        job.0 += decimal(&row["SBASISUREN"]);
        job.1 |= row["SCONTRACTSOORT"] == "O";
        job.2 += decimal(&row["SBASISLOON"]);
    }
    let mut found = HashSet::new();
    for (rin, jobs) in jobs {
        let main = jobs.iter().max_by(|(_, a), (_, b)| {
            let hours = (a.0 * 100.0).round().total_cmp(&(b.0 * 100.0).round());
            hours.then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        // Nobody at a school has an employer of which nothing is known; others may.
        if sbi
            .get(main.unwrap().0)
            .is_some_and(|sbi| !sbi.is_empty() && !sbi.starts_with("85"))
        {
            found.insert(rin);
        }
    }
    found
}

#[test]
fn packed_lessons_are_the_same_lessons() {
    let sample = sample();
    let lines = sample.by_citizen("ipto_lessen_2020.csv");
    let packed = sample.by_citizen("ipto_vakken_2020.csv");
    let hours = |rows: &Vec<Row>| rows.iter().map(|row| decimal(&row["UREN"])).sum::<f64>();
    assert!(lines.len() > 2000);
    for (citizen, packed) in &packed {
        let Some(lines) = lines.get(citizen) else {
            panic!("packed lessons of nobody");
        };
        let mut minutes = 0.0;
        for items in packed.iter().map(|row| &row["LESEENHEDEN"]) {
            assert!(items.is_ascii() && items.len() % 9 == 0, "{items}");
            for item in (0..items.len()).step_by(9).map(|from| &items[from..from + 9]) {
                assert!(
                    ["1", "2"].contains(&&item[..1]) && item[1..2].bytes().all(|letter| letter.is_ascii_uppercase())
                );
                minutes += decimal(&item[5..7]) * decimal(&item[7..]);
            }
        }
        close(hours(lines) * 60.0, minutes, 0.4 * number(lines.len()), "minutes");
    }
}

#[test]
fn versions_of_a_year_differ_and_headers_change_case() {
    let sample = sample();
    let [first, second] = [1, 2].map(|version| sample.text(&format!("cbs/spolisbus/SPOLISBUS2019V{version}.csv")));
    assert!(first.lines().count() > 1000 && first.len() < second.len());
    let headers: HashSet<String> = (2012..=2022)
        .filter(|year| *year != 2019)
        .map(|year| {
            sample
                .text(&format!("cbs/spolisbus/SPOLISBUS{year}V1.csv"))
                .lines()
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(headers.len() >= 3, "{headers:?}");
    assert_eq!(
        headers
            .iter()
            .map(|header| header.to_uppercase())
            .collect::<HashSet<_>>()
            .len(),
        1
    );
}
