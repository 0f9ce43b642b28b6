//! Seeded sample deliveries in the formats and under the names of the real ones: for the demo and the tests, nothing
//! downloaded, nobody real in them.
//!
//! The pupils are the same in every file: the open counts of a school year are those of the enrolments. Dirty lines are
//! extra lines, so that the marts can be known beforehand; [`SampleReport`] and `sample.json` tell them.
mod census;
mod chance;
mod counts;
mod enrolments;
mod error;
mod exams;
mod flow;
mod lists;
mod margins;
mod mbo;
mod number;
mod offers;
mod others;
mod output;
mod part;
mod people;
mod places;
mod programmes;
mod pupils;
mod regions;
mod report;
mod results;
mod sav;
mod sites;
mod staff;
mod students;
mod subjects;
mod survey;
#[cfg(test)]
mod tests;
pub mod xlsx;

use std::fs;
use std::path::Path;

pub use error::SampleError;
pub use report::{ExpectedCell, ExpectedMarts, SampleFile, SampleReport};

use census::{Census, OPEN_YEARS};
use output::{Encoding, Output};
use pupils::{World, YEARS};
use report::schooljaar;

/// The largest scale: some 8 million enrolments. Everybody of the sample is in memory, 60 MB at scale 1.
pub const MAX_SCALE: f64 = 10.0;

/// The file that tells what a sample holds.
pub const REPORT_FILE: &str = "sample.json";

/// Writes sample deliveries into the folder `out`, which is made when absent, and tells what they hold.
///
/// The same seed and scale give the same bytes.
///
/// # Errors
/// When the scale is not above 0 and at most [`MAX_SCALE`], when a file of that name is there already, or when a file
/// cannot be written.
pub fn write(out: &Path, seed: u64, scale: f64) -> Result<SampleReport, SampleError> {
    if !(scale > 0.0 && scale <= MAX_SCALE) {
        return Err(SampleError::Scale { scale, max: MAX_SCALE });
    }
    fs::create_dir_all(out).map_err(|source| SampleError::Write {
        path: out.to_path_buf(),
        source,
    })?;
    let world = World::new(seed, scale)?;
    let census = Census::new(&world);

    let mut files = vec![lists::postcodes(out, &world.towns)?, lists::sites(out, &world.sites)?];
    for year in OPEN_YEARS {
        files.push(counts::write(out, &census, &world.sites, year)?);
    }
    let mut spare = world.people.len() as u64;
    for year in YEARS {
        let clean = census.rows.get(&year).copied().unwrap_or(0);
        files.push(enrolments::write(out, &world, year, clean, spare)?);
        spare += enrolments::dirty_lines(clean);
    }
    for year in YEARS {
        files.push(regions::write(out, &world.sites, year)?);
    }
    for year in subjects::YEARS {
        files.extend(subjects::write(out, &world, year)?);
    }
    for year in students::YEARS {
        files.push(students::enrolments(out, &world, year)?);
    }
    files.push(students::links(out, &world)?);
    files.push(exams::write(out, &world)?);
    files.extend(results::write(out, &world)?);
    files.push(survey::write(out, &world)?);
    files.extend(staff::write(out, seed, scale, &staff::schools(&world.sites))?);

    let unlisted = census
        .lines
        .keys()
        .map(|line| &world.sites[line.site])
        .filter(|site| !site.listed);
    let mut unlisted_sites: Vec<String> = unlisted.map(sites::Site::code).collect();
    unlisted_sites.sort();
    unlisted_sites.dedup();
    let report = SampleReport {
        seed,
        scale,
        files,
        unlisted_sites,
        marts: expected(&census),
    };
    write_report(out, &report)?;
    Ok(report)
}

fn expected(census: &Census) -> ExpectedMarts {
    let cells = |open: bool| {
        census
            .cells
            .iter()
            .filter(|((year, ..), _)| !open || OPEN_YEARS.contains(year))
            .map(|((year, leerweg, profiel, sector), leerlingen)| ExpectedCell {
                schooljaar: schooljaar(*year),
                leerweg,
                profiel,
                sector,
                leerlingen: *leerlingen,
            })
            .collect()
    };
    ExpectedMarts {
        leerlingen_per_profiel: cells(false),
        leerlingen_per_profiel_open: cells(true),
        vestigingen_per_profiel_open: census
            .offering
            .iter()
            .map(|((year, profiel), sites)| (schooljaar(*year), *profiel, sites.len() as u64))
            .collect(),
    }
}

fn write_report(out: &Path, report: &SampleReport) -> Result<(), SampleError> {
    let failed = |source| SampleError::Write {
        path: out.join(REPORT_FILE),
        source,
    };
    let text = serde_json::to_string_pretty(report).map_err(|error| failed(error.into()))?;
    let mut output = Output::create(out, REPORT_FILE, Encoding::Utf8, "\n")?;
    output.line(&text)?;
    output.finish().map(|_| ())
}
