//! What is printed or assumed about groups of teachers, by school year: the tables in `src/sample/margins/`.
use super::person::YEARS;
use super::sums::{length, number};

/// The tables.
#[derive(Debug)]
pub(super) struct Margins(Vec<Margin>);

#[derive(Debug)]
struct Margin {
    group: &'static str,
    measure: &'static str,
    values: [f64; YEARS],
}

impl Margins {
    /// Reads the tables that the binary carries.
    pub(super) fn new() -> Self {
        let texts = [
            include_str!("../margins/lesgevenden.csv"),
            include_str!("../margins/lesgevenden_kenmerken.csv"),
            include_str!("../margins/lesgevenden_loopbanen.csv"),
            include_str!("../margins/lesgevenden_sectoren.csv"),
        ];
        let lines = texts.into_iter().flat_map(lines);
        Self(
            lines
                .filter_map(|cells| {
                    Some(Margin {
                        group: cells.first()?,
                        measure: cells.get(1)?,
                        values: interpolated(cells.get(2..)?),
                    })
                })
                .collect(),
        )
    }

    /// The value of a group in a school year, where there is one.
    pub(super) fn value(&self, group: &str, measure: &str, at: usize) -> Option<f64> {
        let found = self
            .0
            .iter()
            .find(|margin| margin.group == group && margin.measure == measure);
        found.map(|margin| margin.values[at])
    }

    /// What the tables tell of a group.
    #[cfg(test)]
    pub(super) fn measures(&self, group: &str) -> impl Iterator<Item = &'static str> {
        self.0
            .iter()
            .filter(move |margin| margin.group == group)
            .map(|margin| margin.measure)
    }

    /// How many of `members` a percentage of the group is.
    pub(super) fn share(&self, group: &str, measure: &str, at: usize, members: usize) -> Option<usize> {
        let percent = self.value(group, measure, at)?;
        Some(length(percent / 100.0 * number(members)))
    }

    /// How many persons the group has at a scale.
    pub(super) fn persons(&self, group: &str, at: usize, scale: f64) -> usize {
        length(self.value(group, "personen", at).unwrap_or(0.0) * scale)
    }
}

/// The lines of a table, cut in cells; without comments and the header.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(|line| line.split(',').collect())
}

/// Years left blank lie on the line between the years around them.
fn interpolated(cells: &[&str]) -> [f64; YEARS] {
    let given: Vec<(usize, f64)> = cells
        .iter()
        .enumerate()
        .filter_map(|(at, cell)| Some((at, cell.parse().ok()?)))
        .collect();
    std::array::from_fn(|at| {
        let before = given.iter().rev().find(|(known, _)| *known <= at);
        let after = given.iter().find(|(known, _)| *known >= at);
        match (before, after) {
            (Some((from, low)), Some((to, high))) if to > from => {
                low + (high - low) * number(at - from) / number(to - from)
            }
            (Some((_, value)), _) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        }
    })
}

/// A number of a table; 0 when it is none.
pub(super) fn cell(cells: &[&str], at: usize) -> u32 {
    cells.get(at).and_then(|cell| cell.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_left_blank_are_between_those_given() {
        let margins = Margins::new();
        let age = |at| margins.value("techniek", "leeftijd", at).unwrap();
        assert!((age(0) - 48.3).abs() < 1e-9 && (age(5) - 46.9).abs() < 1e-9 && (age(1) - 48.02).abs() < 1e-9);
        assert_eq!(margins.persons("techniek", 5, 1.0), 1590);
        assert_eq!(margins.share("techniek", "bevoegd", 0, 200), Some(102));
        assert_eq!(margins.value("techniek", "lengte", 0), None);
    }

    #[test]
    fn every_line_is_whole() {
        for margin in &Margins::new().0 {
            assert!(margin.values.iter().all(|value| *value > 0.0), "{margin:?}");
        }
    }
}
