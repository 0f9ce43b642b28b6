//! Invented persons: what does not change, and where they are in each school year.
use std::sync::Arc;

use super::chance::Chance;
use super::places::{POSTCODES, Town};
use super::programmes::Track;

/// Where a person is on 1 October of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In secondary education.
    School {
        track: Track,
        leerjaar: u8,
        /// Place in `PROFILES`; for the other tracks any number.
        choice: u8,
        site: u16,
        /// A few follow part of their programme at a second site, and are delivered twice.
        second: Option<u16>,
    },
    /// In vocational education.
    Mbo {
        bbl: bool,
        technical: bool,
        chamber: u8,
        level: u8,
    },
}

/// A person.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) sex: Sex,
    /// Migration background: `0`, `1`, `2`, or `9` where it is unknown.
    pub(super) background: char,
    /// `JJJJMMDD`.
    pub(super) born: u32,
    pub(super) pc4: u32,
    pub(super) lwoo: bool,
    pub(super) places: Vec<(u32, Place)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    Man,
    Woman,
    Unknown,
}

impl Person {
    /// Somebody of `age`, or a year more, on 1 October of a year, who lives in or near a town.
    pub(super) fn new(chance: &mut Chance, year: u32, age: u32, towns: &[Arc<Town>], town: &Town) -> Self {
        let home = match chance.permille(750) {
            true => town,
            false => chance.one(towns).map_or(town, AsRef::as_ref),
        };
        let month = 1 + chance.below(12);
        let older = u32::from(chance.permille(120));
        let born = year - age - older - u32::from(month >= 10);
        Self {
            sex: Sex::Man,
            background: '0',
            born: (born * 100 + month) * 100 + 1 + chance.below(28),
            pc4: home.pc4 + chance.below(POSTCODES),
            lwoo: chance.permille(150),
            places: Vec::new(),
        }
    }

    /// Where the person is in a year.
    pub(super) fn place(&self, year: u32) -> Option<Place> {
        self.places.iter().find(|(at, _)| *at == year).map(|(_, place)| *place)
    }

    /// Whether sex and background are both known.
    pub(super) fn known(&self) -> bool {
        self.sex != Sex::Unknown && self.background != '9'
    }

    pub(super) fn migrant(&self) -> bool {
        matches!(self.background, '1' | '2')
    }
}
