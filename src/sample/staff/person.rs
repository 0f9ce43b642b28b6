//! People who work at schools, and their posts of each school year.
use super::lessons::Lesson;

/// The first school year, by its 1 October.
pub(super) const FIRST: u32 = 2017;
/// School years that there are deliveries of.
pub(super) const YEARS: usize = 6;
/// The first calendar year of jobs.
pub(super) const FIRST_JOBS: u32 = 2012;
/// Calendar years of jobs.
pub(super) const JOB_YEARS: usize = 11;

/// Profiles, the technical ones first.
pub(super) const PROFILES: [&str; 10] = ["BWI", "PIE", "M&T", "MVI", "MaT", "D&P", "E&O", "Groen", "HBR", "Z&W"];
/// How many of them are technical.
pub(super) const TECHNICAL: usize = 5;

/// What a person mainly does: the place of a profile, or one of these.
pub(super) type Home = usize;
/// Teaches in bl, kl or gl, but no profile.
pub(super) const OTHER: Home = 10;
/// Teaches elsewhere only.
pub(super) const ELSEWHERE: Home = 11;
/// Teaches nothing.
pub(super) const OFFICE: Home = 12;
/// How many of them there are.
pub(super) const HOMES: usize = 13;

/// Highest education.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Mbo,
    Hbo,
    Wo,
    Unknown,
}

/// Direction of the highest education.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Teacher,
    OtherEducation,
    Different,
    Unknown,
}

/// What someone does in a calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Situation {
    Studying,
    Education,
    /// Another sector.
    Sector(usize),
    /// No job.
    Unknown,
}

/// Someone who has worked at a school in one of the years.
#[derive(Debug)]
pub(super) struct Person {
    /// Age on 1 October of a year is that year less this.
    pub(super) cohort: u32,
    pub(super) woman: bool,
    pub(super) level: Level,
    pub(super) direction: Direction,
    /// By school year; without gaps.
    pub(super) posts: [Option<Post>; YEARS],
    /// By calendar year of jobs.
    pub(super) situations: [Situation; JOB_YEARS],
}

/// What someone does at school in a school year.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) home: Home,
    /// A second profile of the same kind.
    pub(super) side: Option<usize>,
    /// A profile that is not technical, of someone whose home is.
    pub(super) across: Option<usize>,
    /// Place in the list of schools.
    pub(super) school: usize,
    /// A few also work at another school.
    pub(super) second_school: Option<usize>,
    pub(super) support: bool,
    pub(super) permanent: bool,
    pub(super) qualified: bool,
    /// Teaches general subjects (avo) in bl, kl, gl.
    pub(super) avo: bool,
    /// Teaches other subjects (overig) there.
    pub(super) overig: bool,
    /// Part-time factor, in ten-thousandths.
    pub(super) factor: u32,
    pub(super) lessons: Vec<Lesson>,
}

impl Post {
    /// A post of which the rest is still to be decided.
    pub(super) fn new(home: Home, school: usize) -> Self {
        Self {
            home,
            side: None,
            across: None,
            school,
            second_school: None,
            support: false,
            permanent: false,
            qualified: false,
            avo: false,
            overig: false,
            factor: 0,
            lessons: Vec::new(),
        }
    }

    /// Whether a profile is taught.
    pub(super) fn teaches(&self, profile: usize) -> bool {
        self.home == profile || self.side == Some(profile) || self.across == Some(profile)
    }

    /// The profiles that are taught.
    pub(super) fn profiles(&self) -> impl Iterator<Item = usize> {
        let home = Some(self.home).filter(|home| *home < OTHER);
        [home, self.side, self.across].into_iter().flatten()
    }
}

impl Person {
    /// Someone of whom all is still to be decided.
    pub(super) fn new() -> Self {
        Self {
            cohort: 0,
            woman: false,
            level: Level::Hbo,
            direction: Direction::Different,
            posts: Default::default(),
            situations: [Situation::Unknown; JOB_YEARS],
        }
    }

    /// The first school year with a post.
    pub(super) fn entry(&self) -> usize {
        self.posts.iter().position(Option::is_some).unwrap_or(0)
    }

    /// The last school year with a post.
    pub(super) fn exit(&self) -> usize {
        self.posts.iter().rposition(Option::is_some).unwrap_or(0)
    }

    /// The post on 1 October of a calendar year.
    pub(super) fn post_in(&self, year: u32) -> Option<&Post> {
        let at = usize::try_from(year.checked_sub(FIRST)?).ok()?;
        self.posts.get(at)?.as_ref()
    }

    /// Age on 1 October.
    pub(super) fn age(&self, year: u32) -> u32 {
        year.saturating_sub(self.cohort)
    }
}

/// The calendar year of a place in the list of school years.
pub(super) fn year(at: usize) -> u32 {
    FIRST + u32::try_from(at).unwrap_or(0)
}

/// The calendar year of a place in the list of years of jobs.
pub(super) fn job_year(at: usize) -> u32 {
    FIRST_JOBS + u32::try_from(at).unwrap_or(0)
}
