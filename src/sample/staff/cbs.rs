//! The files of CBS, all but the link: jobs, employers, spells, persons and education.
use std::path::Path;

use super::citizen::Citizen;
use super::codes::education;
use super::delivery::Delivery;
use super::employers::Employers;
use super::jobs::Job;
use super::line::Line;
use super::numbers::Numbers;
use super::person::{JOB_YEARS, job_year};
use crate::sample::SampleError;
use crate::source::spss::write::{Column, Layout};

/// The year of jobs that was delivered twice: a first version, and the one that counts.
const TWICE: usize = 7;
/// The year of the registers.
const NEWEST: u32 = 2022;

const JOBS: [&str; 9] = [
    "RINPERSOONS",
    "RINPERSOON",
    "IKVID",
    "SDATUMAANVANGIKO",
    "SDATUMEINDEIKO",
    "SBASISUREN",
    "SBASISLOON",
    "SCONTRACTSOORT",
    "SBEID",
];
const JOB_DIRT: [&str; 5] = [
    "rin: blank",
    "begindatum: not a date",
    "einddatum: before begindatum",
    "basisuren: a decimal comma",
    "contractsoort: not a code",
];
const EMPLOYER_DIRT: [&str; 2] = ["beid: blank", "sbi: not of the form"];
const SPELL_DIRT: [&str; 4] = [
    "rin: blank",
    "begindatum: not a date",
    "einddatum: before begindatum",
    "secm: not a number",
];
const PERSON_DIRT: [&str; 3] = ["rin: blank", "geslacht: not a code", "geboortejaar: not a number"];
const EDUCATION_DIRT: [&str; 3] = [
    "rin: blank",
    "opleidingsniveau: not in the code list",
    "opleidingsrichting: not in the code list",
];

/// The files that are being written.
pub(super) struct Files {
    jobs: Vec<Delivery>,
    first_version: Delivery,
    spells: Delivery,
    persons: Delivery,
    education: Delivery,
    ikv: u64,
}

impl Files {
    /// Starts all of them.
    pub(super) fn create(landing: &Path) -> Result<Self, SampleError> {
        let jobs = |job_at: usize, version: u32| {
            let name = format!("cbs/spolisbus/SPOLISBUS{}V{version}.csv", job_year(job_at));
            Delivery::create(landing, &name, "cbs_spolisbus", &job_header(job_at), &JOB_DIRT)
        };
        Ok(Self {
            first_version: jobs(TWICE, 1)?,
            jobs: (0..JOB_YEARS)
                .map(|job_at| jobs(job_at, if job_at == TWICE { 2 } else { 1 }))
                .collect::<Result<_, _>>()?,
            spells: Delivery::create(
                landing,
                &format!("cbs/secmbus/SECMBUS{NEWEST}V1.csv"),
                "cbs_secmbus",
                "RINPERSOONS;RINPERSOON;AANVSECM;EINDSECM;SECM",
                &SPELL_DIRT,
            )?,
            persons: Delivery::create_spss(
                landing,
                &format!("cbs/gbapersoon/GBAPERSOON{NEWEST}TABV1.sav"),
                "cbs_gbapersoon",
                &persons(),
                &PERSON_DIRT,
            )?,
            education: Delivery::create(
                landing,
                &format!("cbs/hoogsteopl/HOOGSTEOPL{NEWEST}TABV1.csv"),
                "cbs_hoogsteopl",
                "RINPERSOONS;RINPERSOON;OPLNIVSOI2021AGG4HBMETNIRWO;RICHTISCEDF2013HBMETNIRWO",
                &EDUCATION_DIRT,
            )?,
            ikv: 0,
        })
    }

    /// Writes all that is known of someone.
    pub(super) fn write(
        &mut self,
        citizen: &mut Citizen,
        employers: &Employers,
        numbers: &mut Numbers,
    ) -> Result<(), SampleError> {
        let (rin, line) = (citizen.rin, &mut Line::default());
        for (job_at, jobs) in citizen.jobs.iter().enumerate() {
            for job in jobs {
                self.ikv += 1;
                job_line(line, rin, self.ikv, job, job_at, employers);
                self.jobs[job_at].line(line, 1, |kind, fields| spoil_job(kind, fields, numbers.rin()))?;
                // The first version lacked a third of the people, and half the hours of schools.
                if job_at == TWICE && rin % 3 != 0 {
                    let school = employers.sbi(job.employer, job_at).starts_with("85");
                    let hours = if school { job.hours / 2 } else { job.hours };
                    let early = Job { hours, ..job.clone() };
                    job_line(line, rin, self.ikv, &early, job_at, employers);
                    self.first_version
                        .line(line, 1, |kind, fields| spoil_job(kind, fields, numbers.rin()))?;
                }
            }
        }
        for spell in &citizen.spells {
            person(line, rin)
                .number(spell.from, 8)
                .number(spell.to.unwrap_or(99_999_999), 8)
                .number(spell.category, 2);
            self.spells.line(line, 1, |kind, fields| {
                spoil(kind, fields, numbers.rin());
                match kind {
                    0 => {}
                    1 => fields[2].replace_range(4..6, "13"),
                    2 => fields[3] = "19991231".to_owned(),
                    _ => fields[4] = "XX".to_owned(),
                }
            })?;
        }
        person(line, rin)
            .text(if citizen.woman { "2" } else { "1" })
            .number(citizen.birth_year, 4)
            .number(citizen.generation, 1);
        self.persons.line(line, 1, |kind, fields| {
            spoil(kind, fields, numbers.rin());
            match kind {
                0 => {}
                1 => fields[2] = "8".to_owned(),
                _ => fields[3] = "19XX".to_owned(),
            }
        })?;
        if let Some((level, direction)) = education(&mut citizen.dice, citizen.level, citizen.direction) {
            person(line, rin).text(level).text(direction);
            self.education.line(line, 1, |kind, fields| {
                spoil(kind, fields, numbers.rin());
                if kind > 0 {
                    fields[1 + kind] = "7777".to_owned();
                }
            })?;
        }
        Ok(())
    }

    /// The files, in the order that they are to be taken in.
    pub(super) fn finish(self) -> impl Iterator<Item = Delivery> {
        let year = job_year(TWICE);
        let mut files = vec![
            self.first_version
                .replaced_by(format!("cbs/spolisbus/SPOLISBUS{year}V2.csv")),
        ];
        files.extend(self.jobs);
        files.extend([self.spells, self.persons, self.education]);
        files.into_iter()
    }
}

/// The columns of the file of persons.
fn persons() -> Layout {
    let mut layout = Layout::new("GBAPERSOON");
    layout.column(Column::text("RINPERSOONS", 1).label("Soort nummer"));
    layout.column(Column::text("RINPERSOON", 9).label("Nummer van de persoon"));
    let sex = Column::text("GBAGESLACHT", 1).label("Geslacht");
    layout.column(
        sex.value("1", "Mannen")
            .value("2", "Vrouwen")
            .value("-", "Geslacht onbekend"),
    );
    layout.column(Column::text("GBAGEBOORTEJAAR", 4).label("Geboortejaar"));
    let generation = Column::text("GBAGENERATIE", 1).label("Generatie");
    let generation = generation
        .value("0", "Nederlandse achtergrond")
        .value("1", "Eerste generatie");
    layout.column(
        generation
            .value("2", "Tweede generatie")
            .value("-", "Generatie onbekend"),
    );
    layout
}

/// The header of a year: the case of its names has changed over the years.
fn job_header(job_at: usize) -> String {
    let names = JOBS.join(";");
    match job_at {
        ..4 => names.to_lowercase(),
        4..7 => names.replace("RINPERSOON", "RINPersoon").replace("SDATUM", "SDatum"),
        _ => names,
    }
}

/// Starts a line about a person.
fn person(line: &mut Line, rin: u32) -> &mut Line {
    line.clear().text("R").number(rin, 9)
}

fn job_line(line: &mut Line, rin: u32, ikv: u64, job: &Job, job_at: usize, employers: &Employers) {
    let year = job_year(job_at) * 10_000;
    // A job that goes on has no last day yet in the newest file, in half of the cases.
    let open = job_at + 1 == JOB_YEARS && job.to == 1231 && ikv.is_multiple_of(2);
    person(line, rin)
        .number(ikv, 10)
        .number(year + job.from, 8)
        .number(if open { 99_999_999 } else { year + job.to }, 8)
        .decimal(job.hours, 2, '.')
        .decimal(job.wage, 2, '.')
        .text(job.contract)
        .number(employers.beid(job.employer), 8);
}

/// Makes a line that of a stranger; the first kind of dirt is about the number.
fn spoil(kind: usize, fields: &mut [String], stranger: u32) {
    fields[1] = if kind == 0 {
        String::new()
    } else {
        format!("{stranger:09}")
    };
}

fn spoil_job(kind: usize, fields: &mut [String], stranger: u32) {
    spoil(kind, fields, stranger);
    match kind {
        0 => {}
        1 => fields[3].replace_range(4..6, "13"),
        2 => fields[4] = "19991231".to_owned(),
        3 => fields[5] = fields[5].replace('.', ","),
        _ => fields[7] = "X".to_owned(),
    }
}

/// Writes what employers do, a file a year.
pub(super) fn employers(landing: &Path, employers: &Employers) -> Result<Vec<Delivery>, SampleError> {
    (0..JOB_YEARS)
        .map(|job_at| {
            let year = job_year(job_at);
            let name = format!("cbs/betab/BETAB{year}V1.csv");
            let header = format!("BEID;SBI2008_{year}");
            let header = if job_at < 4 { header.to_lowercase() } else { header };
            let mut line = Line::default();
            let mut delivery = Delivery::create(landing, &name, "cbs_betab", &header, &EMPLOYER_DIRT)?;
            for employer in 0..employers.len() {
                let sbi = employers.sbi(employer, job_at);
                // Of some of the unclear ones there is no line at all.
                if employers.unclear(employer) && sbi.is_empty() && employer % 4 == 0 {
                    continue;
                }
                line.clear().number(employers.beid(employer), 8).text(sbi);
                delivery.line(&line, 1, |kind, fields| match kind {
                    0 => fields[0].clear(),
                    _ => {
                        // Nobody's number: one digit more.
                        fields[0].push('0');
                        fields[1] = "8A".to_owned();
                    }
                })?;
            }
            Ok(delivery)
        })
        .collect()
}
