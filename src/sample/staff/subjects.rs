//! Subjects, as the lessons name them.
use super::dice::Dice;
use super::margins::{cell, lines};
use super::person::PROFILES;

/// Tracks, as the lessons name them: the three that the monitor is about come first.
pub(super) const TRACKS: [&str; 8] = ["bl", "kl", "gl", "tl", "onderbouw", "havo", "vwo", "pro"];
/// How many the monitor is about.
pub(super) const VOCATIONAL: usize = 3;

/// Subjects with their weights, by kind.
#[derive(Debug)]
pub(super) struct Subjects {
    pub(super) profiles: Vec<Vec<(&'static str, u32)>>,
    avo: Vec<(&'static str, u32)>,
    overig: Vec<(&'static str, u32)>,
}

impl Subjects {
    /// Reads the table that the binary carries.
    pub(super) fn new() -> Self {
        let of = |kind: &str| -> Vec<(&'static str, u32)> {
            let lines = lines(include_str!("../margins/lesgevenden_vakken.csv"));
            let lines = lines.filter(|cells| cells.first() == Some(&kind));
            lines
                .filter_map(|cells| Some((*cells.get(1)?, cell(&cells, 2))))
                .collect()
        };
        Self {
            profiles: PROFILES.iter().map(|profile| of(profile)).collect(),
            avo: of("avo"),
            overig: of("overig"),
        }
    }

    /// A general subject.
    pub(super) fn avo(&self, dice: &mut Dice) -> &'static str {
        dice.weighted(&self.avo).unwrap_or_default()
    }

    /// Another subject.
    pub(super) fn overig(&self, dice: &mut Dice) -> &'static str {
        dice.weighted(&self.overig).unwrap_or_default()
    }
}
