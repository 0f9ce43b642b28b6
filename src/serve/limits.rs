//! What one query may take.
use std::time::Duration;

use super::{QueryError, QueryErrorKind};
use crate::config;

/// Limits of a query, and of all together.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long it may take, waiting for a place included.
    pub time: Duration,
    /// Whether its caller wants that to be less than the service gives.
    pub hurried: bool,
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
            hurried: false,
            rows: settings.query_rows,
            memory: match settings.query_memory_bytes.bytes() {
                0 => share,
                bytes => bytes,
            },
            queries: settings.queries,
        }
    }

    /// No more time than its caller wants.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        match time < self.time {
            true => Self {
                time,
                hurried: true,
                ..self
            },
            false => self,
        }
    }

    /// It took longer than it may.
    pub fn too_long(&self) -> QueryError {
        if self.hurried {
            return QueryError::new(
                QueryErrorKind::Timeout,
                "canceling statement due to statement timeout",
            )
            .hint("ask for less at a time, or SET statement_timeout to more: 0 is as long as the service lets a query run");
        }
        let message = format!(
            "the query took longer than the {} seconds it may take",
            self.time.as_secs_f64()
        );
        QueryError::new(QueryErrorKind::Timeout, message)
            .hint("ask for less at a time; whoever runs this service can raise serve.query_seconds")
    }

    /// No place came free for it in time.
    pub fn busy(&self) -> QueryError {
        let message = format!(
            "no place came free for the query in {} seconds",
            self.time.as_secs_f64()
        );
        QueryError::new(QueryErrorKind::Busy, message)
            .hint("try again later; whoever runs this service can raise serve.queries")
    }

    /// Its answer is longer than it may be.
    pub fn too_many(&self) -> QueryError {
        let message = format!("the answer has more than the {} rows it may have", self.rows);
        QueryError::new(QueryErrorKind::Rows, message)
            .hint("aggregate or add LIMIT; whoever runs this service can raise serve.query_rows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_less_time_is_told_so_and_who_wants_more_gets_no_more() {
        let limits = Limits {
            time: Duration::from_secs(60),
            hurried: false,
            rows: 10,
            memory: 0,
            queries: 1,
        };
        let hurried = limits.clone().within(Duration::from_millis(300));
        assert_eq!(hurried.time, Duration::from_millis(300));
        let told = hurried.too_long().to_string();
        assert!(
            told.contains("SET statement_timeout") && !told.contains("serve."),
            "{told}"
        );
        let patient = limits.within(Duration::from_secs(3_600));
        assert_eq!(patient.time, Duration::from_secs(60));
        assert!(patient.too_long().to_string().contains("60 seconds"));
    }
}
