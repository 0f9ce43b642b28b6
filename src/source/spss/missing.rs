//! Values that the user of SPSS declared to be missing.

/// The user-missing values of a variable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Missing {
    /// Numbers, one by one.
    pub numbers: Vec<f64>,
    /// Smallest and largest number of a range.
    pub range: Option<(f64, f64)>,
    /// Texts, without trailing blanks.
    pub texts: Vec<Vec<u8>>,
}

impl Missing {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.range.is_none() && self.texts.is_empty()
    }

    /// Whether a number is one.
    #[allow(clippy::float_cmp)] // codes are compared as they are written
    pub fn has_number(&self, number: f64) -> bool {
        self.numbers.contains(&number) || self.range.is_some_and(|(low, high)| low <= number && number <= high)
    }

    /// Whether a text without trailing blanks is one.
    pub fn has_text(&self, text: &[u8]) -> bool {
        self.texts.iter().any(|one| one == text)
    }
}
