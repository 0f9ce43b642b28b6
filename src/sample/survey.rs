//! `svo_schoolverlaters_<year>.sav`: what some of those who left vmbo with a diploma think of it a year and a half later.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::chance::{Chance, Stream};
use super::margins::STATEMENTS;
use super::people::{Person, Place, Sex};
use super::programmes::{NO_PROFILE, PROFILES, Track};
use super::pupils::World;
use super::report::{SampleFile, schooljaar};
use super::sav::Sav;
use crate::source::spss::write::{Column, Layout, Packing, Value};

/// The year of the survey, and the one in which the school year of the diploma began.
const SURVEY: u32 = 2023;
const DIPLOMA: u32 = 2021;
const TRACKS: [Track; 4] = [Track::Bl, Track::Kl, Track::Gl, Track::Tl];
/// Who answers, in permille: boys, and all others.
const ANSWER: [u32; 2] = [160, 240];
/// Of those who answer, in permille: who has no answer to a statement, and who came too late to be weighted.
const BLANK: u32 = 40;
const LATE: u32 = 15;
/// One case after this many is dirty.
const DIRTY_AFTER: usize = 350;
const DIRT: [&str; 3] = [
    "aantrekkelijk: not an answer",
    "leerweg: a number without a label",
    "diplomajaar: not a school year",
];
/// Statements, and their highest answer; the two highest are positive.
const ITEMS: [(&str, &str, u32); STATEMENTS] = [
    ("AANTREKKELIJK", "De opleiding was aantrekkelijk om te volgen", 5),
    ("ACTUEEL", "De opleiding speelde in op de actualiteit", 5),
    ("UITDAGEND", "Het niveau van de opleiding was uitdagend", 5),
    (
        "BASIS_KIEZEN",
        "Is vmbo-opleiding goede basis om vervolgopleiding te kiezen?",
        5,
    ),
    (
        "BASIS_VOLGEN",
        "Is vmbo-opleiding goede basis om vervolgopleiding te volgen?",
        5,
    ),
    (
        "AANSLUITING",
        "Sluit gevolgde opleiding goed aan bij vervolgopleiding?",
        4,
    ),
];

/// Someone who answers.
struct Respondent {
    track: Track,
    choice: usize,
    /// How many former pupils he or she stands for; none for who came too late.
    weight: Option<f64>,
    answers: [Option<u32>; STATEMENTS],
}

/// Those of a track and sector; none of a sector where the profile is not known.
type Cell = (Track, Option<bool>);

/// Writes the survey.
pub(super) fn write(folder: &Path, world: &World) -> Result<SampleFile, SampleError> {
    let chance = &mut Chance::new(world.seed, Stream::Survey, u64::from(SURVEY));
    let mut cells: BTreeMap<Cell, Vec<Respondent>> = BTreeMap::new();
    for (cell, strata) in graduates(world) {
        for people in strata.into_values() {
            cells.entry(cell).or_default().extend(respondents(chance, &people));
        }
    }
    for ((track, technical), people) in &mut cells {
        let sector = if *technical == Some(true) {
            "techniek"
        } else {
            "niet-techniek"
        };
        let leerweg = ["bl", "kl", "gl"].into_iter().find(|name| Track::of(name) == *track);
        let printed = leerweg.and_then(|leerweg| world.margins.opinions.get(&(DIPLOMA, sector, leerweg)));
        for (item, (.., highest)) in ITEMS.iter().enumerate() {
            let percent = printed.map_or(50, |percent| percent[item]);
            answer(chance, people, item, *highest, percent);
        }
    }
    let mut people: Vec<Respondent> = cells.into_values().flatten().collect();
    chance.shuffle(&mut people);
    file(folder, &people)
}

/// Who left vmbo with a diploma, by cell and in it by profile and sex: the strata of the weights.
fn graduates(world: &World) -> BTreeMap<Cell, BTreeMap<(usize, bool), Vec<&Person>>> {
    let mut cells: BTreeMap<Cell, BTreeMap<(usize, bool), Vec<&Person>>> = BTreeMap::new();
    for person in &world.people {
        let Some(Place::School {
            track,
            leerjaar: 4,
            choice,
            ..
        }) = person.place(DIPLOMA)
        else {
            continue;
        };
        let again = matches!(person.place(DIPLOMA + 1), Some(Place::School { track, .. }) if TRACKS.contains(&track));
        if again || !TRACKS.contains(&track) {
            continue;
        }
        let choice = if track.has_profiles() {
            usize::from(choice)
        } else {
            NO_PROFILE
        };
        let profile = PROFILES.get(choice);
        let technical = profile.map(|profile| profile.vmbo_sector == "Techniek");
        let stratum = (choice, person.sex == Sex::Man);
        let strata = cells.entry((track, technical)).or_default();
        strata.entry(stratum).or_default().push(person);
    }
    cells
}

/// Those of a stratum who answer. Who answered in time stands for all of it.
fn respondents(chance: &mut Chance, people: &[&Person]) -> Vec<Respondent> {
    let mut respondents = Vec::new();
    for person in people {
        let Some(Place::School { track, choice, .. }) = person.place(DIPLOMA) else {
            continue;
        };
        if chance.permille(ANSWER[usize::from(person.sex != Sex::Man)]) {
            respondents.push(Respondent {
                track,
                choice: if track.has_profiles() {
                    usize::from(choice)
                } else {
                    NO_PROFILE
                },
                weight: (!chance.permille(LATE)).then_some(0.0),
                answers: [None; STATEMENTS],
            });
        }
    }
    let in_time = respondents.iter().filter(|person| person.weight.is_some()).count();
    let [all, in_time] = [people.len(), in_time].map(|count| f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    let weight = (all / in_time * 10_000.0).round() / 10_000.0;
    for respondent in &mut respondents {
        respondent.weight = respondent.weight.map(|_| weight);
    }
    respondents
}

/// Answers a statement, so that `percent` of the weight of those who answer it is positive.
fn answer(chance: &mut Chance, people: &mut [Respondent], item: usize, highest: u32, percent: usize) {
    chance.shuffle(people);
    let share = f64::from(u32::try_from(percent).unwrap_or(100)) / 100.0;
    let mut answering: Vec<&mut Respondent> = people.iter_mut().filter(|_| !chance.permille(BLANK)).collect();
    let total: f64 = answering.iter().filter_map(|person| person.weight).sum();
    let mut left = share * total;
    for person in &mut answering {
        let weight = person.weight.unwrap_or(0.0);
        let positive = left > 0.0 && weight <= 2.0 * left;
        left -= if positive { weight } else { 0.0 };
        person.answers[item] = Some(match positive {
            true => highest - u32::from(chance.permille(650)),
            false => 1 + chance.below(highest - 2),
        });
    }
}

fn layout() -> Layout {
    let mut layout = Layout::new("Schoolverlatersonderzoek");
    layout.packing(Packing::Bytecode);
    layout.column(Column::text("DIPLOMAJAAR", 9).label("Schooljaar van het diploma"));
    let track = Column::number("LEERWEG", 1, 0).label("Leerweg");
    let track = track
        .value(1, "basisberoepsgerichte leerweg")
        .value(2, "kaderberoepsgerichte leerweg")
        .value(3, "gemengde leerweg")
        .value(4, "theoretische leerweg");
    layout.column(track);
    let profile = Column::number("PROFIEL", 2, 0).label("Profiel");
    let named = (1..).zip(&PROFILES);
    layout.column(named.fold(profile, |column, (at, profile)| column.value(at, profile.name)));
    for (name, statement, _) in ITEMS {
        let item = Column::number(name, 1, 0).label(statement);
        let item = item.value(8, "weet niet").value(9, "geen antwoord");
        layout.column(item.missing(8).missing(9));
    }
    layout.column(Column::number("GEWICHT", 8, 4).label("Gewicht"));
    layout.weight("GEWICHT");
    layout
}

fn file(folder: &Path, people: &[Respondent]) -> Result<SampleFile, SampleError> {
    let name = format!("svo_schoolverlaters_{SURVEY}.sav");
    let mut file = Sav::create(folder, &name, &layout())?;
    let mut dirty = BTreeMap::new();
    let diploma = schooljaar(DIPLOMA).replace('-', "/");
    for (at, person) in (1usize..).zip(people) {
        let mut case: Vec<Value<'_>> = vec![diploma.as_str().into()];
        let track = TRACKS.iter().position(|track| *track == person.track);
        case.extend([track, Some(person.choice).filter(|choice| *choice < NO_PROFILE)].map(number));
        case.extend((0..).zip(person.answers).map(|(item, answer)| {
            // Of those without an answer one in two says so.
            let missing = 8 + (at + item) % 2;
            Value::Number(answer.map_or_else(|| f64::from(u32::try_from(missing).unwrap_or(9)), f64::from))
        }));
        case.push(person.weight.into());
        file.case(&case)?;
        if at.is_multiple_of(DIRTY_AFTER) {
            let kind = at / DIRTY_AFTER % DIRT.len();
            match kind {
                0 => case[3] = 7.into(),
                1 => case[1] = 6.into(),
                _ => case[0] = "21/22".into(),
            }
            file.case(&case)?;
            *dirty.entry(DIRT[kind]).or_insert(0) += 1;
        }
    }
    Ok(SampleFile {
        name,
        pipeline: "svo_schoolverlaters",
        schooljaar: None,
        bytes: file.finish()?,
        rows: people.len() as u64 + dirty.values().sum::<u64>(),
        dirty,
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}

/// The number of the thing at a place: from 1 on.
fn number(place: Option<usize>) -> Value<'static> {
    let number = place.and_then(|place| i32::try_from(place + 1).ok());
    number.into()
}
