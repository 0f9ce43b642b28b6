//! Groups of teachers that the margins are about.
use super::person::{ELSEWHERE, OFFICE, OTHER, PROFILES, Post, TECHNICAL};

/// A group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Profile(usize),
    /// Technical, in a supporting function.
    TechnicalSupport,
    /// Not technical, in a supporting function.
    NonTechnicalSupport,
    Technical,
    NonTechnical,
    /// In bl, kl, gl without a profile.
    Other,
    Elsewhere,
    Office,
    /// All without a profile.
    NoProfile,
}

impl Group {
    /// All groups: a group within another comes before it, as quotas need.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..PROFILES.len()).map(Self::Profile).chain([
            Self::TechnicalSupport,
            Self::NonTechnicalSupport,
            Self::Technical,
            Self::NonTechnical,
            Self::Other,
            Self::Elsewhere,
            Self::Office,
            Self::NoProfile,
        ])
    }

    /// The name in the margins.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Profile(profile) => PROFILES[profile],
            Self::NonTechnicalSupport => "ondersteunend niet-techniek",
            Self::TechnicalSupport => "ondersteunend techniek",
            Self::Technical => "techniek",
            Self::NonTechnical => "niet-techniek",
            Self::Other => "overige",
            Self::Elsewhere => "elders",
            Self::Office => "zonder lessen",
            Self::NoProfile => "geen profiel",
        }
    }

    /// Whether someone with this post is in it.
    pub(super) fn has(self, post: &Post) -> bool {
        match self {
            Self::Profile(profile) => post.teaches(profile),
            Self::TechnicalSupport => post.home < TECHNICAL && post.support,
            Self::NonTechnicalSupport => post.support && Self::NonTechnical.has(post),
            Self::Technical => post.home < TECHNICAL,
            Self::NonTechnical => (TECHNICAL..OTHER).contains(&post.home) || post.across.is_some(),
            Self::Other => post.home == OTHER,
            Self::Elsewhere => post.home == ELSEWHERE,
            Self::Office => post.home == OFFICE,
            Self::NoProfile => post.home >= OTHER,
        }
    }
}
