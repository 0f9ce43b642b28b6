//! The margins that the sample's persons meet: data files worked out from the printed tables by `margins/make.py`.
use std::collections::BTreeMap;

use super::SampleError;

/// School year (by the year of its 1 October), leerweg, profile.
pub(super) type Cell = (u32, &'static str, &'static str);

/// Third-year pupils of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Third {
    pub(super) pupils: usize,
    pub(super) girls: usize,
    pub(super) sex_unknown: usize,
    pub(super) migrants: usize,
    pub(super) origin_unknown: usize,
}

/// Where the fourth-year pupils of a cell are a year later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) bol: usize,
    pub(super) bbl: usize,
    pub(super) havo: usize,
    pub(super) vmbo: usize,
    pub(super) other: usize,
}

impl Ends {
    pub(super) fn pupils(self) -> usize {
        self.bol + self.bbl + self.havo + self.vmbo + self.other
    }
}

/// Those of a profile who go to a technical programme of mbo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Technical {
    pub(super) students: usize,
    pub(super) girls: usize,
    pub(super) migrants: usize,
}

/// All margins, at a scale.
#[derive(Debug)]
pub(super) struct Margins {
    pub(super) third: BTreeMap<Cell, Third>,
    pub(super) ends: BTreeMap<Cell, Ends>,
    pub(super) technical: BTreeMap<(u32, &'static str), Technical>,
    /// Exams by year, offering profile and profile of enrolment.
    pub(super) exams: BTreeMap<(u32, &'static str, &'static str), usize>,
    /// Sites that offer a technical profile, and how many of them are outside every region.
    pub(super) sites: BTreeMap<(u32, &'static str), (usize, usize)>,
    /// Share in percent of the sites of a profile that offer it in a leerweg.
    pub(super) site_shares: BTreeMap<(&'static str, &'static str), usize>,
    /// Percent of former pupils who are positive, by statement of the survey: by year of the diploma, sector, leerweg.
    pub(super) opinions: BTreeMap<Cell, [usize; STATEMENTS]>,
}

/// Statements of the survey of former pupils.
pub(super) const STATEMENTS: usize = 6;

const THIRD: &str = include_str!("margins/derdejaars.csv");
const ENDS: &str = include_str!("margins/vervolg.csv");
const TECHNICAL: &str = include_str!("margins/technisch_mbo.csv");
const EXAMS: &str = include_str!("margins/examens.csv");
const SITES: &str = include_str!("margins/vestigingen.csv");
const OPINIONS: &str = include_str!("margins/oud_leerlingen.csv");
const SITE_SHARES: &str = include_str!("margins/vestigingen_per_leerweg.csv");

impl Margins {
    /// The margins times `scale`; at scale 1 those of the printed tables.
    ///
    /// # Errors
    /// When a data file is not what it should be.
    pub(super) fn new(scale: f64) -> Result<Self, SampleError> {
        let times = |count: usize| scaled(count, scale);
        let mut margins = Self {
            third: BTreeMap::new(),
            ends: BTreeMap::new(),
            technical: BTreeMap::new(),
            exams: BTreeMap::new(),
            sites: BTreeMap::new(),
            site_shares: BTreeMap::new(),
            opinions: BTreeMap::new(),
        };
        for line in lines(THIRD) {
            let ([year], [leerweg, profile], n) = fields::<1, 2, 5>(line)?;
            let third = Third {
                pupils: times(n[0]),
                girls: times(n[1]),
                sex_unknown: times(n[2]),
                migrants: times(n[3]),
                origin_unknown: times(n[4]),
            };
            margins.third.insert((year, leerweg, profile), third);
        }
        for line in lines(ENDS) {
            let ([year], [leerweg, profile], n) = fields::<1, 2, 5>(line)?;
            let [bol, bbl, havo, vmbo, other] = n.map(times);
            margins.ends.insert(
                (year, leerweg, profile),
                Ends {
                    bol,
                    bbl,
                    havo,
                    vmbo,
                    other,
                },
            );
        }
        for line in lines(TECHNICAL) {
            let ([year], [profile], n) = fields::<1, 1, 3>(line)?;
            let [students, girls, migrants] = n.map(times);
            let technical = Technical {
                students,
                girls,
                migrants,
            };
            margins.technical.insert((year, profile), technical);
        }
        for line in lines(EXAMS) {
            let ([year], [offering, profile], [exams]) = fields::<1, 2, 1>(line)?;
            margins.exams.insert((year, offering, profile), times(exams));
        }
        for line in lines(SITES) {
            let ([year], [profile], n) = fields::<1, 1, 2>(line)?;
            let [sites, outside] = n.map(times);
            margins.sites.insert((year, profile), (sites.max(1), outside));
        }
        for line in lines(SITE_SHARES) {
            let ([], [leerweg, profile], [share]) = fields::<0, 2, 1>(line)?;
            margins.site_shares.insert((leerweg, profile), share);
        }
        for line in lines(OPINIONS) {
            let ([year], [sector, leerweg], percent) = fields::<1, 2, STATEMENTS>(line)?;
            margins.opinions.insert((year, sector, leerweg), percent);
        }
        Ok(margins)
    }
}

/// The lines behind the header.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().skip(1)
}

/// The fields of a line: years, words, counts.
#[expect(clippy::type_complexity, reason = "three arrays, taken apart at once")]
fn fields<const Y: usize, const W: usize, const N: usize>(
    line: &'static str,
) -> Result<([u32; Y], [&'static str; W], [usize; N]), SampleError> {
    let wrong = || SampleError::Margins { line };
    let mut parts = line.split(',');
    let (mut years, mut words, mut counts) = ([0; Y], [""; W], [0; N]);
    for year in &mut years {
        *year = parts.next().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    }
    for word in &mut words {
        *word = parts.next().ok_or_else(wrong)?;
    }
    for count in &mut counts {
        *count = parts.next().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    }
    Ok((years, words, counts))
}

/// A count times the scale, to the nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts are below a million and the scale is above 0 and bounded"
)]
pub(super) fn scaled(count: usize, scale: f64) -> usize {
    (count as f64 * scale).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margins_are_those_of_the_printed_tables() {
        let margins = Margins::new(1.0).unwrap();
        assert_eq!(margins.third.len(), 6 * 31);
        assert_eq!(margins.ends.len(), 4 * 30);
        let of_2023 = margins.third.iter().filter(|((year, ..), _)| *year == 2023);
        // Table B3.1, total.
        assert_eq!(of_2023.map(|(_, third)| third.pupils).sum::<usize>(), 60_418);
        // Table B3.19: to mbo from PIE in 2022/2023.
        let pie = margins
            .ends
            .iter()
            .filter(|((year, _, profile), _)| (*year, *profile) == (2022, "PIE"));
        assert_eq!(pie.map(|(_, ends)| ends.bol + ends.bbl).sum::<usize>(), 3_835);
        // Table B3.7: exams in technical subjects in 2022/2023.
        let offered = ["BWI", "MaT", "MVI", "M&T", "PIE"];
        let exams = margins
            .exams
            .iter()
            .filter(|((year, by, _), _)| *year == 2022 && offered.contains(by));
        assert_eq!(exams.map(|(_, exams)| exams).sum::<usize>(), 49_070);
    }
}
