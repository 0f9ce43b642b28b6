//! Whether the service is alive, and whether it can do its work.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::lake::Lake;
use crate::ledger::Ledger;
use crate::serve::Service;
use crate::serve::runner::Runner;

/// How long a query may have to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
pub struct Health {
    service: Arc<Service>,
    lake: Lake,
    ledger: Arc<Ledger>,
    runner: Option<Arc<Runner>>,
    stopping: AtomicBool,
}

impl Health {
    /// Ready as long as the lake can be read, the ledger written, what is due told (where there is a `runner`), queries get a
    /// turn, and nobody stops the service.
    pub fn new(service: Arc<Service>, lake: Lake, ledger: Arc<Ledger>, runner: Option<Arc<Runner>>) -> Self {
        Self {
            service,
            lake,
            ledger,
            runner,
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on not ready: the service is stopping.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// What is in the way, if anything.
    fn in_the_way(&self) -> Option<&'static str> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("stopping");
        }
        if self.lake.tables().is_err() {
            return Some("the lake cannot be read");
        }
        if self.ledger.probe().is_err() {
            return Some("the ledger cannot be written, and nothing is read without the access log; is the disk full?");
        }
        let is_stuck = self.runner.as_ref().is_some_and(|runner| runner.is_stuck());
        is_stuck.then_some("what has arrived or is due cannot be told; the log says why")
    }
}

/// The process is alive.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The service can do its work, or why not.
pub(super) async fn readyz(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    if !health.service.has_room(PATIENCE).await {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "queries leave no room for others\n".to_owned(),
        );
    }
    let found = tokio::task::spawn_blocking(move || health.in_the_way()).await;
    match found.unwrap_or(Some("a check broke off")) {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}
