//! What belongs to one connection.
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use tokio_util::sync::CancellationToken;

use super::cursor::Cursor;
use super::error;
use super::prepared::Names;
use super::settings::Settings;
use crate::serve::Caller;

/// One connection: who is on it, what they set, and what they have open.
#[derive(Debug)]
pub struct Session {
    /// Who.
    pub caller: Caller,
    settings: Mutex<Settings>,
    cursors: Mutex<HashMap<String, Arc<Cursor>>>,
    names: Mutex<Names>,
    wanted: Mutex<CancellationToken>,
    busy: AtomicBool,
}

impl Session {
    /// A connection of `caller`, with the settings it starts with.
    pub fn new(caller: Caller, settings: Settings) -> Self {
        Self {
            caller,
            settings: Mutex::new(settings),
            cursors: Mutex::default(),
            names: Mutex::default(),
            wanted: Mutex::default(),
            busy: AtomicBool::new(false),
        }
    }

    /// Its settings.
    pub fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its cursors, by name.
    pub fn cursors(&self) -> MutexGuard<'_, HashMap<String, Arc<Cursor>>> {
        self.cursors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names of what it has prepared.
    pub fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message is being answered.
    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// Stops what runs, and what is half sent. A request that comes too late stops nothing.
    pub fn cancel(&self) {
        if self.busy.load(Ordering::Relaxed) {
            std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
        }
    }

    /// Whether what starts now is still wanted: cancelled when it is not.
    pub fn wanted(&self) -> CancellationToken {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long a statement may take, when the client wants it shorter than the service.
    pub fn time(&self) -> Option<Duration> {
        self.settings().statement_timeout()
    }

    /// Does `work` unless it is cancelled.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = PgWireResult<T>>) -> Result<T, PgWireError> {
        let wanted = self.wanted();
        tokio::select! {
            biased;
            () = wanted.cancelled() => Err(error::cancelled()),
            done = work => done,
        }
    }

    /// Forgets what lasts no longer than a transaction.
    pub fn end_transaction(&self) {
        self.settings().end_transaction();
        self.cursors().retain(|_, cursor| cursor.hold);
    }
}
