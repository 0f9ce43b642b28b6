//! Which files a contract takes, and the period a file's name tells.
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use super::format::{Compression, Encoding, Format};

/// How the captured part of a file name becomes a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodKind {
    /// As captured.
    Text,
    /// A calendar year of four digits.
    Year,
    /// A school year written `2019-2020`, `2019_2020` or `20192020`.
    SchoolYear,
    /// The first calendar year of a school year.
    SchoolYearBegin,
    /// The last calendar year of a school year.
    SchoolYearEnd,
}

impl PeriodKind {
    /// The names a contract may use.
    pub const NAMES: [&'static str; 5] = ["text", "jaar", "schooljaar", "schooljaar_begin", "schooljaar_einde"];

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "jaar" => Some(Self::Year),
            "schooljaar" => Some(Self::SchoolYear),
            "schooljaar_begin" => Some(Self::SchoolYearBegin),
            "schooljaar_einde" => Some(Self::SchoolYearEnd),
            _ => None,
        }
    }

    fn period(self, captured: &str) -> Option<String> {
        let digits: String = captured.chars().filter(char::is_ascii_digit).collect();
        let year = |text: &str| text.parse::<u32>().ok().filter(|year| (1000..9999).contains(year));
        match self {
            Self::Text => Some(captured.to_owned()).filter(|text| !text.is_empty()),
            Self::Year => year(&digits).map(|year| year.to_string()),
            Self::SchoolYear => {
                let (first, last) = (year(digits.get(..4)?)?, year(digits.get(4..)?)?);
                (last == first + 1).then(|| format!("{first}-{last}"))
            }
            Self::SchoolYearBegin => year(&digits).map(|year| format!("{year}-{}", year + 1)),
            Self::SchoolYearEnd => year(&digits).map(|year| format!("{}-{year}", year - 1)),
        }
    }
}

/// A pattern on the file name whose first group is the period.
#[derive(Debug, Clone)]
pub struct PeriodPattern {
    /// Matched anywhere in the file name.
    pub pattern: Regex,
    /// What the captured text means.
    pub kind: PeriodKind,
}

impl PeriodPattern {
    /// The period this file name tells, if the pattern matches and the capture makes sense.
    pub fn period(&self, file_name: &str) -> Option<String> {
        let captures = self.pattern.captures(file_name)?;
        self.kind.period(captures.get(1)?.as_str())
    }
}

/// One group of files a contract takes.
#[derive(Debug, Clone)]
pub struct FileRule {
    /// The glob as written, relative to the landing folder.
    pub glob: String,
    matcher: GlobMatcher,
    /// How the period is read from the name.
    pub period: Option<PeriodPattern>,
    /// How these files are packed.
    pub compression: Compression,
    /// Their encoding, where it differs from the format's.
    pub encoding: Option<Encoding>,
    /// Their layout, where it differs from the contract's.
    pub format: Option<Format>,
}

impl FileRule {
    /// Compiles the glob; `*` does not cross a `/`.
    pub fn new(
        glob: String,
        period: Option<PeriodPattern>,
        compression: Compression,
        encoding: Option<Encoding>,
        format: Option<Format>,
    ) -> Result<Self, globset::Error> {
        let matcher = GlobBuilder::new(&glob)
            .literal_separator(true)
            .build()?
            .compile_matcher();
        Ok(Self {
            glob,
            matcher,
            period,
            compression,
            encoding,
            format,
        })
    }

    /// Whether a path relative to the landing folder belongs to this rule.
    pub fn matches(&self, relative: &str) -> bool {
        self.matcher.is_match(relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_tells_its_school_year() {
        let rule = |pattern: &str, kind| PeriodPattern {
            pattern: Regex::new(pattern).unwrap(),
            kind,
        };
        let begin = rule(r"-(\d{4})\.csv$", PeriodKind::SchoolYearBegin);
        assert_eq!(begin.period("leerlingen-2019.csv").as_deref(), Some("2019-2020"));
        let end = rule(r"_(\d{4})\.csv$", PeriodKind::SchoolYearEnd);
        assert_eq!(end.period("passed_failed_2011.csv").as_deref(), Some("2010-2011"));
        let both = rule(r"(\d{4}-\d{4})", PeriodKind::SchoolYear);
        assert_eq!(both.period("x-2018-2019.csv").as_deref(), Some("2018-2019"));
        assert_eq!(both.period("x-2018-2020.csv"), None);
    }
}
