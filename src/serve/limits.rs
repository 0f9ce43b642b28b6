//! What one query may take.
use std::time::Duration;

use crate::config;

/// Limits of a query, and of all together.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long it may take, waiting for a place included.
    pub time: Duration,
    /// The most rows of an answer; 0 is no limit.
    pub rows: u64,
    /// Memory before it spills, in bytes.
    pub memory: u64,
    /// Queries at the same time.
    pub queries: usize,
}

impl Limits {
    /// As the settings say, of an engine with `memory` bytes for all queries together.
    pub fn new(settings: &config::Serve, memory: u64) -> Self {
        let share = memory / u64::try_from(settings.queries).unwrap_or(1).max(1);
        Self {
            time: Duration::from_secs(settings.query_seconds),
            rows: settings.query_rows,
            memory: match settings.query_memory_bytes.bytes() {
                0 => share,
                bytes => bytes,
            },
            queries: settings.queries,
        }
    }
}
