//! `duo_inschrijvingen_<year>.asc`: fixed width, Latin-1, trailing blanks cut, a few dirty lines.
use std::collections::BTreeMap;
use std::path::Path;

use super::SampleError;
use super::output::{Encoding, Output};
use super::pupils::{Pupil, World};
use super::report::{SampleFile, schooljaar};
use super::sites::Site;

/// One line in this many is dirty, well within the budget of the contract (0.5%).
const DIRTY_ONE_IN: u64 = 350;

/// What can be wrong with a line.
pub(super) const DIRT: [&str; 8] = [
    "persoon: fails the eleven-test",
    "persoon: blank",
    "elementcode: not in the code list",
    "geboortedatum: not a date",
    "leerjaar: out of range",
    "peiljaar: not that of the delivery",
    "geslacht: not a code",
    "brin: not of the form",
];

/// How many dirty lines a file with this many clean lines gets.
pub(super) fn dirty_lines(clean: u64) -> u64 {
    clean / DIRTY_ONE_IN
}

/// Writes the enrolments of a year. Dirty lines are extra lines, of people who are in no other.
pub(super) fn write(
    folder: &Path,
    world: &World,
    year: u32,
    clean: u64,
    first_spare_number: u64,
) -> Result<SampleFile, SampleError> {
    let name = format!("duo_inschrijvingen_{year}.asc");
    let mut output = Output::create(folder, &name, Encoding::Windows1252, "\r\n")?;
    let wanted = dirty_lines(clean);
    let mut dirty: BTreeMap<&'static str, u64> = BTreeMap::new();
    let (mut written, mut planted) = (0, 0);
    for pupil in world.pupils() {
        for enrolment in pupil.enrolments.iter().filter(|enrolment| enrolment.year == year) {
            for site in [Some(enrolment.site), enrolment.second_site].into_iter().flatten() {
                let record = Record::new(&pupil, enrolment, &world.sites[site]);
                output.line(&record.text())?;
                written += 1;
                // Spread evenly over the file, also over its blocks.
                while planted < wanted && written >= (planted + 1) * clean / (wanted + 1) {
                    let kind = usize::try_from((planted + u64::from(year)) % 8).unwrap_or(0);
                    let stranger = world.numbers.digits(first_spare_number + planted);
                    output.line(
                        &Record {
                            bsn: stranger,
                            ..record.clone()
                        }
                        .spoilt(kind)
                        .text(),
                    )?;
                    *dirty.entry(DIRT[kind]).or_default() += 1;
                    planted += 1;
                }
            }
        }
    }
    let rows = output.lines();
    Ok(SampleFile {
        name,
        pipeline: "duo_inschrijvingen",
        schooljaar: Some(schooljaar(year)),
        bytes: output.finish()?,
        rows,
        dirty,
        sums: BTreeMap::new(),
        dropped: 0,
        replaced_by: None,
    })
}

/// The fields of a line, in the order of the layout.
#[derive(Clone)]
struct Record {
    bsn: String,
    peiljaar: u32,
    site: String,
    leerjaar: u32,
    elementcode: String,
    sex: char,
    born: String,
    pc4: u32,
    nationality: &'static str,
    background: char,
    site_name: String,
}

impl Record {
    fn new(pupil: &Pupil<'_>, enrolment: &super::pupils::Enrolment, site: &Site) -> Self {
        Self {
            bsn: pupil.bsn.clone(),
            peiljaar: enrolment.year,
            site: site.code(),
            leerjaar: enrolment.leerjaar,
            elementcode: enrolment.programme.elementcode.clone(),
            sex: pupil.sex(),
            born: pupil.person.born.to_string(),
            pc4: pupil.person.pc4,
            nationality: pupil.nationality,
            background: pupil.person.background,
            // The name is often left out, and with it the rest of the line.
            site_name: if enrolment.leerjaar == 1 {
                String::new()
            } else {
                site.name.chars().take(40).collect()
            },
        }
    }

    /// The same line with one thing wrong, as in `DIRT`.
    fn spoilt(mut self, kind: usize) -> Self {
        match kind {
            0 => {
                // Any other last digit fails.
                let last = if self.bsn.ends_with('9') { "0" } else { "9" };
                self.bsn.replace_range(8.., last);
            }
            1 => self.bsn = " ".repeat(9),
            2 => self.elementcode = "9999".to_owned(),
            3 => self.born.replace_range(4..6, "13"),
            4 => self.leerjaar = 9,
            5 => self.peiljaar -= 1,
            6 => self.sex = 'X',
            _ => self.site.replace_range(2..4, "00"),
        }
        self
    }

    fn text(&self) -> String {
        let line = format!(
            "{}{}{}{}{}{}{}{:04}{}{}{:<40}",
            self.bsn,
            self.peiljaar,
            self.site,
            self.leerjaar,
            self.elementcode,
            self.sex,
            self.born,
            self.pc4,
            self.nationality,
            self.background,
            self.site_name
        );
        line.trim_end().to_owned()
    }
}
