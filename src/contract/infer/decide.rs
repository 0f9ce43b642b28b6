//! From what a column holds to its entry in the contract.
use super::draft::{ColumnDraft, Setting, TO_FILL_IN, grouped};
use super::names::{self, About};
use super::profile::Profile;
use super::value::{self, DATES, Mark};
use crate::contract::format::Encoding;
use crate::pseudonym::{ELEVEN_BSN, ELEVEN_ONDERWIJSNUMMER};
use crate::source::encoding::decode;

/// Distinct values that are still a code list
const MOST_CODES: usize = 40;
/// A code list is only believed, and shown, when there are this many rows, and this many for each code
const LEAST_ROWS: u64 = 100;
const LEAST_ROWS_A_CODE: u64 = 10;
/// Distinct numbers without which the eleven-test proves nothing
const LEAST_NUMBERS: usize = 30;
/// Share of the distinct numbers that must pass, in percent
const PASSING: usize = 95;

/// A column by name
#[derive(Debug)]
pub struct Named<'a> {
    /// In SQL
    pub name: &'a str,
    /// In the file; `None` when it has no header
    pub header: Option<&'a str>,
    /// What the name says of people
    pub about: About,
    /// To be tagged personal
    pub personal: bool,
}

/// What was decided
#[derive(Debug)]
pub struct Decided {
    /// The entry
    pub draft: ColumnDraft,
    /// Counts and amounts take no part in keys
    pub measure: bool,
}

/// The kind of person number a column holds, by the eleven-test of its distinct values
pub fn person_number(profile: &Profile) -> Option<About> {
    let all = profile.numbers.len();
    if all < LEAST_NUMBERS || profile.number_rows * 100 < profile.present() * 95 {
        return None;
    }
    [
        (ELEVEN_BSN, About::Bsn),
        (ELEVEN_ONDERWIJSNUMMER, About::Onderwijsnummer),
    ]
    .into_iter()
    .find(|(remainder, _)| passing(profile, *remainder) * 100 > all * PASSING)
    .map(|(_, about)| about)
}

/// Whether too few numbers to prove it look like person numbers all the same: of any others one in eleven passes
pub fn may_be_person_number(profile: &Profile) -> bool {
    let all = profile.numbers.len();
    let most = [ELEVEN_BSN, ELEVEN_ONDERWIJSNUMMER].map(|remainder| passing(profile, remainder));
    (2..LEAST_NUMBERS).contains(&all)
        && profile.number_rows * 100 >= profile.present() * 95
        && most.iter().any(|passing| passing * 2 > all)
}

/// Whether most fields hold an address of mail
pub fn holds_mail(profile: &Profile) -> bool {
    profile.present() > 0 && profile.at_signs * 2 > profile.present()
}

fn passing(profile: &Profile, remainder: u8) -> usize {
    profile
        .numbers
        .notes()
        .filter(|number| number.remainder == remainder)
        .count()
}

/// The column's entry
pub fn decide(column: &Named<'_>, profile: &Profile, encoding: Encoding) -> Decided {
    let mut draft = ColumnDraft::new(column.name);
    if let Some(header) = column.header.filter(|header| *header != column.name) {
        draft.set("header", vec![header.to_owned()]);
    }
    let mut measure = false;
    match column.about {
        About::Bsn | About::Onderwijsnummer | About::Rin => person_key(&mut draft, column, profile),
        About::OtherNumber => {
            draft.remark(
                "A number of a person that sluis has no rule for: not stored. If it is a bsn, onderwijsnummer or rin,",
            );
            draft.remark("make it a person_key.");
            draft
                .set("type", "text")
                .set("nullable", profile.blank > 0)
                .set("store", false);
        }
        _ => measure = ordinary(&mut draft, column, profile, encoding),
    }
    if column.personal {
        draft.set("tag", "personal");
    }
    Decided { draft, measure }
}

fn person_key(draft: &mut ColumnDraft, column: &Named<'_>, profile: &Profile) {
    draft.remark("Identifies a person: say why it may be here (legal basis, purpose) before the first delivery.");
    let key = match column.about {
        About::Onderwijsnummer => "onderwijsnummer",
        About::Rin => "rin",
        _ => "bsn",
    };
    draft.set("type", "person_key").set("key", key);
    if column.about == About::Rin {
        let register = column.name.replacen("rinpersoon", "rinpersoons", 1);
        draft.set(
            "register",
            if register == column.name {
                "rinpersoons".to_owned()
            } else {
                register
            },
        );
    } else {
        eleven_test(draft, column.about, profile);
    }
    if profile.blank > 0 {
        draft.set("nullable", true);
    }
    draft
        .set("legal_basis", TO_FILL_IN)
        .set("purpose", vec![TO_FILL_IN.to_owned()]);
}

fn eleven_test(draft: &mut ColumnDraft, about: About, profile: &Profile) {
    let remainder = if about == About::Onderwijsnummer {
        ELEVEN_ONDERWIJSNUMMER
    } else {
        ELEVEN_BSN
    };
    let (all, good) = (profile.numbers.len(), passing(profile, remainder));
    if let Some(percent) = (good * 100).checked_div(all) {
        draft.remark(format!(
            "Eleven-test: {good} of {all} distinct numbers looked at pass ({percent}%); of arbitrary numbers about 9% do,"
        ));
        draft.remark("of a company's RSIN all: if it is one, make it a text and say so with not_a_person_key.");
        if good * 100 <= all * PASSING {
            draft.remark("Too few for this kind of number: is it another, or damaged?");
        }
    }
    let padded = profile
        .numbers
        .notes()
        .filter(|number| number.padded && number.remainder == remainder)
        .count();
    let mut repairs = Vec::new();
    if padded > 0 {
        draft.remark(format!(
            "{padded} numbers of eight digits pass with a zero before them: a spreadsheet ate it?"
        ));
        repairs.push("leading_zero".to_owned());
    }
    if profile.decimal_numbers > 0 {
        draft.remark(format!("{} numbers end in `.0`.", grouped(profile.decimal_numbers)));
        repairs.push("trailing_decimal".to_owned());
    }
    if !repairs.is_empty() {
        draft.settings.push(Setting::new("repairs", repairs).suggested());
    }
}

/// Type, nullability and marks of a column that holds no person number; tells whether it is a measure
fn ordinary(draft: &mut ColumnDraft, column: &Named<'_>, profile: &Profile, encoding: Encoding) -> bool {
    let present = profile.present();
    if present == 0 {
        if profile.rows > 0 {
            draft.remark("Blank in every row.");
        }
        draft.set("type", "text").set("nullable", true);
        return false;
    }
    let typed = present - profile.odd;
    let marks_explain = profile.odd == profile.marked();
    let mut measure = false;
    let mut missing = Vec::new();
    let all_are = |kind| typed > 0 && profile.count_of(kind) == typed;
    let no_dates: u64 = profile.no_dates.values().sum();
    let date = (0..DATES.len()).find(|&place| {
        let dates = profile.count_of(value::date_kind(place));
        dates > 0 && dates + if DATES[place] == "%Y%m%d" { no_dates } else { 0 } == typed
    });
    if !marks_explain || typed == 0 {
        text(draft, column, profile, encoding);
        if typed * 100 > present * 98 {
            let (odd, present) = (grouped(profile.odd - profile.marked()), grouped(present));
            draft.remark(format!(
                "Nearly a number or a date: {odd} of {present} values are neither."
            ));
        }
    } else if all_are(value::SCHOOL_YEAR) {
        draft.set("type", "schooljaar");
    } else if let Some(place) = date {
        draft.set("type", "date").set("format", DATES[place]);
        if all_are(value::date_kind(place)) && DATES[place] == "%d/%m/%Y" && all_are(value::date_kind(place + 2)) {
            draft.remark("No day is above 12: day and month could be the other way around.");
        }
        missing.extend(profile.no_dates.keys().map(|date| (*date).to_owned()));
    } else if all_are(value::INTEGER) {
        measure = integer(draft, column, profile);
    } else if let Some((sign, thousands)) = decimal(profile, typed) {
        measure = true;
        let (scale, whole) = (profile.digits.fraction, profile.digits.whole);
        let precision = if whole + scale < 9 {
            9
        } else if whole + scale < 18 {
            18
        } else {
            38
        };
        draft
            .set("type", "decimal")
            .set("precision", precision)
            .set("scale", i64::try_from(scale).unwrap_or(0));
        draft.set("decimal_sign", sign);
        if let Some(thousands) = thousands {
            draft.set("thousands_sign", thousands);
        }
        if profile.count_of(value::COMMA_GROUPED) == typed && profile.count_of(value::POINT_GROUPED) == typed {
            draft.remark("Points and commas could be the other way around here: ask the supplier.");
        }
    } else {
        text(draft, column, profile, encoding);
    }
    marks(draft, profile, missing);
    measure
}

fn integer(draft: &mut ColumnDraft, column: &Named<'_>, profile: &Profile) -> bool {
    let flags = profile
        .values
        .as_ref()
        .is_some_and(|values| values.keys().all(|value| value == b"0" || value == b"1"));
    if flags
        && column
            .name
            .split('_')
            .any(|word| ["ind", "indicatie", "is", "jn"].contains(&word))
    {
        draft
            .set("type", "boolean")
            .set("true_values", vec!["1".to_owned()])
            .set("false_values", vec!["0".to_owned()]);
        return false;
    }
    if profile.digits.whole > 18 {
        draft
            .remark("Too long for a number of 64 bits: a code?")
            .set("type", "text");
        return false;
    }
    draft.set(
        "type",
        if profile.largest > i32::MAX.unsigned_abs().into() {
            "bigint"
        } else {
            "integer"
        },
    );
    // whole numbers count, unless the name says that they number
    !names::numbers_something(column.name) || !profile.marks.is_empty()
}

/// Decimal sign and thousands sign under which every value is a number
fn decimal(profile: &Profile, typed: u64) -> Option<(&'static str, Option<&'static str>)> {
    [
        (value::COMMA, ",", None),
        (value::POINT, ".", None),
        (value::COMMA_GROUPED, ",", Some(".")),
        (value::POINT_GROUPED, ".", Some(",")),
    ]
    .into_iter()
    .find(|(kind, _, _)| profile.count_of(*kind) == typed)
    .map(|(_, sign, thousands)| (sign, thousands))
}

/// Text, or the codes or truth values that it is
fn text(draft: &mut ColumnDraft, column: &Named<'_>, profile: &Profile, encoding: Encoding) {
    let codes = profile
        .values
        .as_ref()
        .filter(|_| !column.personal && !names::is_number(column.name))
        .and_then(|values| {
            let (missing, suppressed) = reported(profile);
            let marked = |value: &[u8]| missing.iter().chain(&suppressed).any(|mark| mark.as_bytes() == value);
            let codes = values.keys().filter(|value| !marked(value));
            codes
                .map(|value| decoded(value, encoding))
                .collect::<Option<Vec<String>>>()
        });
    let counted = profile.present() - profile.marked();
    let many = |codes: &[String]| counted >= LEAST_ROWS && counted >= LEAST_ROWS_A_CODE * codes.len() as u64;
    match codes {
        Some(codes) if truth(&codes).is_some() => {
            let (yes, no) = truth(&codes).unwrap_or_default();
            draft
                .set("type", "boolean")
                .set_all("true_values", &yes)
                .set_all("false_values", &no);
        }
        Some(codes) if (2..=MOST_CODES).contains(&codes.len()) && many(&codes) => {
            draft.set("type", "code").set_all("codes", &codes);
        }
        _ => {
            draft.set("type", "text");
            if let Some(pattern) = profile.pattern().filter(|_| profile.present() >= LEAST_ROWS) {
                draft.settings.push(
                    Setting::new("pattern", pattern)
                        .suggested()
                        .note("every value of this file"),
                );
            }
        }
    }
}

fn truth(codes: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let [one, other] = codes else { return None };
    let is = |text: &str, words: &[&str]| words.contains(&text.to_lowercase().as_str());
    for (yes, no) in [
        ("j", "n"),
        ("ja", "nee"),
        ("y", "n"),
        ("yes", "no"),
        ("true", "false"),
        ("waar", "onwaar"),
    ] {
        for (first, second) in [(one, other), (other, one)] {
            if is(first, &[yes]) && is(second, &[no]) {
                return Some((vec![first.clone()], vec![second.clone()]));
            }
        }
    }
    None
}

/// Nullability, and the texts that stand for a value that is not there
fn marks(draft: &mut ColumnDraft, profile: &Profile, mut missing: Vec<String>) {
    let (found, suppressed) = reported(profile);
    missing.extend(found);
    if profile.blank > 0 || !missing.is_empty() {
        draft.set("nullable", true);
    }
    draft.set_all("missing", &missing).set_all("suppressed", &suppressed);
}

/// Marks of missing and of suppressed values. Among numbers each of them is one; among texts a word is as likely a value.
fn reported(profile: &Profile) -> (Vec<String>, Vec<String>) {
    let among_numbers = profile.odd == profile.marked() && profile.odd < profile.present();
    let of = |kind| {
        let marks = profile.marks.iter().filter(move |(_, (mark, _))| *mark == kind);
        let texts = marks.filter_map(|(text, _)| Some(std::str::from_utf8(text).ok()?.to_owned()));
        texts.filter(|text| among_numbers || !value::is_word(text)).collect()
    };
    (of(Mark::Missing), of(Mark::Suppressed))
}

fn decoded(value: &[u8], encoding: Encoding) -> Option<String> {
    let mut text = Vec::new();
    decode(encoding, value, &mut text).ok()?;
    String::from_utf8(text).ok()
}
