//! How many people are to have each home and each second profile in a school year.
use super::margins::Margins;
use super::person::{ELSEWHERE, HOMES, OFFICE, OTHER, PROFILES, TECHNICAL};
use super::sums::{apportion, number};

/// Non-technical profiles that technical teachers also teach, by weight: those of `PROFILES` from `TECHNICAL` on.
const ACROSS: [f64; 5] = [5.0, 2.0, 1.0, 0.5, 0.5];

/// The numbers of a year.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// By home.
    pub(super) homes: [usize; HOMES],
    /// Second profiles of the same kind, by profile.
    pub(super) sides: [usize; PROFILES.len()],
    /// Non-technical profiles of people with a technical home, by profile.
    pub(super) across: [usize; PROFILES.len()],
}

impl Targets {
    /// From the margins: who teaches two profiles counts in both, and once in the total.
    pub(super) fn new(margins: &Margins, at: usize, scale: f64) -> Self {
        let persons = |group: &str| margins.persons(group, at, scale);
        let profiles = PROFILES.map(persons);
        let (technical, non_technical) = (persons("techniek"), persons("niet-techniek"));
        let both = persons("techniek en niet-techniek");
        let mut targets = Self::default();
        let across = apportion(both, &ACROSS);
        targets.across[TECHNICAL..].copy_from_slice(&across);
        for (part, total) in [(0..TECHNICAL, technical), (TECHNICAL..OTHER, non_technical)] {
            let weights: Vec<f64> = profiles[part.clone()].iter().map(|persons| number(*persons)).collect();
            let twice = profiles[part.clone()].iter().sum::<usize>().saturating_sub(total);
            targets.sides[part.clone()].copy_from_slice(&apportion(twice, &weights));
            for profile in part {
                let seconds = targets.sides[profile] + targets.across[profile];
                targets.homes[profile] = profiles[profile].saturating_sub(seconds);
            }
        }
        targets.homes[OTHER] = (persons("bl kl gl") + both).saturating_sub(technical + non_technical);
        targets.homes[ELSEWHERE] = persons("elders");
        targets.homes[OFFICE] = persons("zonder lessen");
        targets
    }
}
