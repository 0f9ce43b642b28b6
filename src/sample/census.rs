//! One pass over all pupils before anything is written: the open counts, and what the marts must give.
use std::collections::{BTreeMap, BTreeSet};

use super::people::Sex;
use super::pupils::{World, YEARS};

/// The years, by their 1 October, that open counts are delivered for.
pub(super) const OPEN_YEARS: std::ops::RangeInclusive<u32> = 2020..=2021;

/// A line of the open counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) year: u32,
    /// Place in the list of sites.
    pub(super) site: usize,
    pub(super) onderwijstype: &'static str,
    pub(super) elementcode: String,
    pub(super) name: String,
    pub(super) vmbo_sector: &'static str,
    pub(super) afdeling: &'static str,
}

/// A cell of a pupils mart: school year, leerweg, profile, sector.
pub(super) type Cell = (u32, &'static str, &'static str, &'static str);

/// What one pass found.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// Rows of the enrolments, by year.
    pub(super) rows: BTreeMap<u32, u64>,
    /// Pupils by line, and in it by year in school and sex (man, woman).
    pub(super) lines: BTreeMap<Line, [[u32; 2]; 6]>,
    /// Third-year pupils, each counted once.
    pub(super) cells: BTreeMap<Cell, u64>,
    /// Sites with a third-year pupil in a profile, in the open counts.
    pub(super) offering: BTreeMap<(u32, &'static str), BTreeSet<usize>>,
}

impl Census {
    /// Counts the pupils of a world.
    pub(super) fn new(world: &World) -> Self {
        let mut census = Self {
            rows: YEARS.map(|year| (year, 0)).collect(),
            ..Self::default()
        };
        for pupil in world.pupils() {
            let woman = usize::from(pupil.person.sex == Sex::Woman);
            for enrolment in pupil.enrolments {
                let (year, programme) = (enrolment.year, enrolment.programme);
                *census.rows.entry(year).or_default() += 1 + u64::from(enrolment.second_site.is_some());
                let third = programme.cell.filter(|_| enrolment.leerjaar == 3);
                if let Some((leerweg, profiel, sector)) = third {
                    *census.cells.entry((year, leerweg, profiel, sector)).or_default() += 1;
                }
                if !OPEN_YEARS.contains(&year) {
                    continue;
                }
                if let Some((_, profiel, _)) =
                    third.filter(|(leerweg, _, sector)| *leerweg != "tl" && *sector != "geen profiel")
                {
                    census
                        .offering
                        .entry((year, profiel))
                        .or_default()
                        .insert(enrolment.site);
                }
                let line = Line {
                    year,
                    site: enrolment.site,
                    onderwijstype: programme.onderwijstype,
                    elementcode: programme.elementcode,
                    name: programme.name,
                    vmbo_sector: programme.vmbo_sector,
                    afdeling: programme.afdeling,
                };
                let counts = census.lines.entry(line).or_default();
                let leerjaar = usize::try_from(enrolment.leerjaar - 1).unwrap_or(0).min(5);
                counts[leerjaar][woman] += 1;
            }
        }
        census
    }
}
