//! Which files a contract takes, and the period and version a file's name tells.
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use super::format::{Compression, Encoding};

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

/// A pattern on the file name that tells which version of a delivery it is.
#[derive(Debug, Clone)]
pub struct VersionPattern(Regex);

impl VersionPattern {
    /// The group that holds the version; the only one where no group has this name.
    pub const GROUP: &'static str = "versie";

    /// A pattern.
    ///
    /// # Errors
    /// A sentence, when the pattern does not tell which group is the version.
    pub fn new(pattern: Regex) -> Result<Self, &'static str> {
        let named = pattern.capture_names().flatten().any(|name| name == Self::GROUP);
        match pattern.captures_len() {
            0 | 1 => Err("the pattern has no group"),
            2 => Ok(Self(pattern)),
            _ if named => Ok(Self(pattern)),
            _ => Err("the pattern has several groups, and none is named `versie`"),
        }
    }

    /// The version this file name tells: a whole number.
    pub fn version(&self, file_name: &str) -> Option<u64> {
        let captures = self.0.captures(file_name)?;
        let version = captures.name(Self::GROUP).or_else(|| captures.get(1))?;
        version.as_str().parse().ok()
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
    /// How the version is read from the name; the highest of a period counts.
    pub version: Option<VersionPattern>,
    /// How these files are packed.
    pub compression: Compression,
    /// Their encoding, where it differs from the format's.
    pub encoding: Option<Encoding>,
}

impl FileRule {
    /// Compiles the glob; `*` does not cross a `/`. Names tell nothing yet, and files are packed as their endings say.
    pub fn new(glob: String, ignore_case: bool) -> Result<Self, globset::Error> {
        let matcher = GlobBuilder::new(&glob)
            .literal_separator(true)
            .case_insensitive(ignore_case)
            .build()?
            .compile_matcher();
        Ok(Self {
            glob,
            matcher,
            period: None,
            version: None,
            compression: Compression::Auto,
            encoding: None,
        })
    }

    /// Whether a path relative to the landing folder belongs to this rule.
    pub fn matches(&self, relative: &str) -> bool {
        self.matcher.is_match(relative)
    }

    /// The version that the name of a file tells, if the rule asks for one.
    pub fn version_of(&self, relative: &str) -> Option<u64> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        self.version.as_ref()?.version(name)
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

    #[test]
    fn a_file_name_tells_its_version() {
        let rule = |pattern: &str| FileRule {
            version: Some(VersionPattern::new(Regex::new(pattern).unwrap()).unwrap()),
            ..FileRule::new("cbs/*.csv".to_owned(), true).unwrap()
        };
        let first = rule(r"V(\d+)\.csv$");
        assert_eq!(first.version_of("cbs/SPOLISBUS2017V10.csv"), Some(10));
        let named = rule(r"(?i)^SPOLISBUS(?<jaar>\d{4})V(?<versie>\d+)\.(csv|sav)$");
        assert_eq!(named.version_of("cbs/spolisbus2017v03.sav"), Some(3));
        assert_eq!(named.version_of("cbs/spolisbus2017.csv"), None);
        assert!(VersionPattern::new(Regex::new("V[0-9]").unwrap()).is_err());
        assert!(VersionPattern::new(Regex::new("([0-9])V([0-9])").unwrap()).is_err());
        assert!(first.matches("CBS/Spolisbus.CSV") && !first.matches("cbs/deep/x.csv"));
    }
}
