//! What is planted, against the figures that the report prints.
use super::super::group::Group;
use super::planted::{everybody, fte, measured};
use super::*;

/// Figures that need more than the staff of schools: regions, and which programme somebody followed.
const ELSEWHERE: [&str; 2] = ["per regio", "zes opleidingen"];

fn group(name: &str) -> Group {
    let name = match name {
        "technische profielen" => "techniek",
        "niet-technische profielen" => "niet-techniek",
        name => name,
    };
    Group::all().find(|group| group.name() == name).unwrap()
}

/// A measure of a group in a school year.
fn value(measure: &str, group: Group, at: usize) -> f64 {
    let all = everybody(&CORPS, at);
    let members: Vec<_> = all.iter().copied().filter(|(_, post)| group.has(post)).collect();
    match (measure, group) {
        ("fte", Group::Profile(profile)) => fte(&all, profile),
        ("fte", _) => {
            let profiles = if group == Group::Technical { 0..5 } else { 5..10 };
            profiles.map(|profile| fte(&all, profile)).sum()
        }
        ("per school", _) => {
            let schools: std::collections::HashSet<usize> = members.iter().map(|(_, post)| post.school).collect();
            sums::number(members.len()) / sums::number(schools.len())
        }
        _ => measured(measure, &members, at),
    }
}

/// The figure of a line, worked out from what is planted.
fn figure(indicator: &str, name: &str, at: usize) -> f64 {
    if indicator == "lesgevenden bl kl gl" {
        let vocational = |post: &person::Post| post.lessons.iter().any(lessons::Lesson::counts);
        return sums::number(CORPS.with(at, vocational).len());
    }
    let change = |measure: &str, before: usize| {
        let (now, before) = (value(measure, group(name), at), value(measure, group(name), before));
        100.0 * (now / before - 1.0)
    };
    if let Some((what, since)) = indicator.split_once(" t.o.v. ") {
        let before = if since == "vorig jaar" { at - 1 } else { 0 };
        return match what.strip_prefix("verandering ").unwrap() {
            "lesgevenden" => change("personen", before),
            "lesgevenden per school" => change("per school", before),
            "fte" => change("fte", before),
            "aandeel bevoegd" => value("bevoegd", group(name), at) - value("bevoegd", group(name), before),
            other => panic!("{other}"),
        };
    }
    let support = indicator.contains("ondersteunend personeel");
    let group = if support { Group::TechnicalSupport } else { group(name) };
    let measure = match indicator.trim_end_matches(" onder ondersteunend personeel") {
        "lesgevenden" => "personen",
        "geeft ook avo-vak" => "avo",
        "geeft ook overig vak" => "overig",
        "gemiddelde leeftijd" => "leeftijd",
        "aandeel vast contract" => "vast",
        "2 jaar eerder in andere sector" => "2 andere sector",
        "2 jaar eerder studerend" => "2 studerend",
        "5 jaar eerder in andere sector" => "5 andere sector",
        "5 jaar eerder studerend" => "5 studerend",
        "hoofdbaan buiten onderwijs" => "0 andere sector",
        "aandeel overige opleiding" => {
            let known = ["lerarenopleiding", "overige onderwijsopleiding", "opleiding onbekend"];
            return 100.0 - known.iter().map(|measure| value(measure, group, at)).sum::<f64>();
        }
        primary if primary.starts_with("2 jaar eerder in primair") => "Primair",
        other => other.trim_start_matches("aandeel "),
    };
    value(measure, group, at)
}

#[test]
fn what_the_report_prints_comes_out() {
    let path = format!(
        "{}/config/reference/published/b4_kerncijfers.csv",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in text.lines().skip(1) {
        let [_, indicator, name, year, printed, unit, precision] = line.split(',').collect::<Vec<_>>()[..7] else {
            panic!("{line}");
        };
        if ELSEWHERE.iter().any(|elsewhere| indicator.contains(elsewhere)) {
            continue;
        }
        let at = year[..4].parse::<usize>().unwrap() - 2017;
        let printed: f64 = printed.parse().unwrap();
        let found = figure(indicator, name, at);
        let range = match (precision, unit) {
            ("bijna", _) => 0.98 * printed..=printed,
            ("ruim", _) => printed..=1.02 * printed,
            ("meer dan", _) if printed < 0.0 => printed - 1.5..=printed,
            ("meer dan", _) => printed..=printed + 1.5,
            ("minder dan", _) => printed - 1.5..=printed,
            (_, "personen" | "fte") => 0.98 * printed..=1.02 * printed,
            (_, "jaar") => printed - 0.05..=printed + 0.05,
            _ => printed - 1.0..=printed + 1.0,
        };
        if !range.contains(&found) {
            wrong.push(format!("{indicator}, {name}, {year}: {found:.2}, printed {printed}"));
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 45, "{checked}");
}
