//! The fewest persons that a published cell may hold, by source: policy, so a setting.
use std::collections::BTreeMap;

/// What counts for sources that have no minimum of their own.
const DEFAULT: &str = "default";

/// Minimums by the source tag of contracts.
#[derive(Debug, Clone, Default)]
pub struct Minimums(BTreeMap<String, u64>);

impl Minimums {
    /// As in the settings, `[disclosure.min]`.
    pub fn new(by_source: BTreeMap<String, u64>) -> Self {
        Self(by_source)
    }

    /// The minimum of one source. Where no setting says anything, everything is too little.
    pub fn of(&self, source: &str) -> u64 {
        let found = self.0.get(source).or_else(|| self.0.get(DEFAULT));
        found.copied().unwrap_or(u64::MAX)
    }

    /// The strictest of several sources, with the source that asks it; of none, that of any other source.
    pub fn strictest<'a>(&self, sources: impl IntoIterator<Item = &'a str>) -> (u64, &'a str) {
        let all = sources.into_iter().map(|source| (self.of(source), source));
        all.max_by_key(|(min, _)| *min).unwrap_or((self.of(DEFAULT), DEFAULT))
    }
}
