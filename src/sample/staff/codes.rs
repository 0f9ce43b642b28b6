//! Codes of levels and directions of education.
use super::dice::Dice;
use super::person::{Direction, Level};

/// A code of the level and one of the direction; nothing for some of those of whom it is not known.
pub(super) fn education(dice: &mut Dice, level: Level, direction: Direction) -> Option<(&'static str, &'static str)> {
    let levels: &[(&str, u32)] = match level {
        Level::Unknown if dice.permille(500) => return None,
        Level::Unknown => &[("9999", 1)],
        Level::Mbo => &[("2121", 70), ("2112", 20), ("2111", 10)],
        Level::Hbo => &[("3112", 86), ("3211", 11), ("3111", 3)],
        Level::Wo => &[("3212", 82), ("3113", 12), ("3213", 6)],
    };
    let directions: &[(&str, u32)] = match direction {
        Direction::Unknown => &[("9999", 1)],
        Direction::Teacher => &[("0114", 1)],
        Direction::OtherEducation => &[("0113", 75), ("0111", 15), ("0112", 6), ("0100", 4)],
        Direction::Different => &[
            ("0715", 14),
            ("0732", 13),
            ("0713", 8),
            ("0716", 8),
            ("0731", 4),
            ("0211", 5),
            ("0613", 5),
            ("0413", 8),
            ("0416", 6),
            ("0811", 5),
            ("0913", 8),
            ("0922", 7),
            ("1013", 6),
            ("1014", 3),
        ],
    };
    Some((dice.weighted(levels)?, dice.weighted(directions)?))
}
