//! What is withheld of a mart, and when.
use serde::{Deserialize, Serialize};

/// The column that says why a row has cells without a value: `''` or `primary`.
pub const STATUS: &str = "status";

/// A disclosure rule that fits the columns of its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Columns that tell the cells apart.
    pub dimensions: Vec<String>,
    /// Columns that count persons. Numerators and denominators of shares are among them.
    pub counts: Vec<Count>,
    /// Columns that count schools, employers or other units; below their minimum the whole row is withheld.
    pub units: Vec<Count>,
    /// Shares of one count in another.
    pub shares: Vec<Share>,
    /// Columns withheld with any count, unit or share of their row.
    pub blank: Vec<String>,
    /// Whether a count of nobody may be shown.
    pub zeros: Zeros,
    /// Values of dimensions that are totals of others.
    pub totals: Vec<Total>,
    /// Columns of the query that only the rule needs.
    pub unpublished: Vec<String>,
}

impl Rule {
    /// The rule in a line; the same text is the same rule.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What the column tells, for readers.
const STATUS_TEXT: &str = "primary: something in the row is withheld, because too few persons are counted in it";

impl Rule {
    /// What a manifest keeps of it, beside how many rows there are and in how many something is withheld: no values.
    pub fn properties(&self, rows: u64, withheld: u64) -> Vec<(String, String)> {
        let minimums = self.counts.iter().chain(&self.units);
        let minimums = minimums.map(|count| format!("{} {}", count.column, count.min));
        let properties = [
            ("disclosure.rule", self.text()),
            ("disclosure.minimum", minimums.collect::<Vec<_>>().join(", ")),
            ("disclosure.cells", rows.to_string()),
            ("disclosure.withheld", withheld.to_string()),
            ("column.status", STATUS_TEXT.to_owned()),
        ];
        properties.map(|(name, text)| (name.to_owned(), text)).into()
    }

    /// Every column that may be withheld.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        let counts = self.counts.iter().chain(&self.units);
        let counts = counts.flat_map(|c| c.blank.iter().chain([&c.column]));
        let shares = self.shares.iter().flat_map(|s| &s.columns);
        counts.chain(shares).chain(&self.blank).map(String::as_str)
    }

    /// Every published column that counts, with its minimum.
    pub fn published_counts(&self) -> impl Iterator<Item = &Count> {
        let counts = self.counts.iter().chain(&self.units);
        counts.filter(|count| !self.unpublished.contains(&count.column))
    }
}

/// A column that counts distinct persons, or units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The column.
    pub column: String,
    /// The fewest it may show.
    pub min: u64,
    /// Columns withheld with it.
    pub blank: Vec<String>,
}

/// A share of one count in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The columns that hold it.
    pub columns: Vec<String>,
    /// The column that counts those it is about.
    pub numerator: String,
    /// The column that counts the whole group.
    pub denominator: String,
    /// The fewest persons of the numerator, and of the rest of the group.
    pub min: u64,
    /// Whether nobody and everybody of a group may be shown.
    pub extremes: Zeros,
}

/// Whether a number that is none (or, of a group, all) may be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Zeros {
    /// It is nobody's secret.
    #[default]
    Show,
    /// It is withheld as any other number below the minimum.
    Protect,
}

/// A value of a dimension that is a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The dimension.
    pub dimension: String,
    /// The value.
    pub value: String,
    /// What it is a total of.
    pub parts: Parts,
}

/// What a total is a total of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// These values of the dimension.
    Values(Vec<String>),
    /// Every other value that is no total itself.
    AllOthers,
}
