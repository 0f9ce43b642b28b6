//! Queries whose rows are on their way, so that they can be stopped by their handle.
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::{FutureExt, Stream, StreamExt};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;

use super::shelf::Handle;
use super::status;
use crate::serve::Principal;

type Table = HashMap<Handle, (Principal, CancellationToken)>;

/// The queries that run.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<Table>>);

impl Running {
    /// A query starts. It is known as long as the answer lives.
    pub(super) fn start(&self, owner: &Principal, handle: Handle) -> Run {
        let stop = CancellationToken::new();
        self.lock().insert(handle, (owner.clone(), stop.clone()));
        Run {
            handle,
            stop,
            all: self.clone(),
        }
    }

    /// Stops a query of `owner`; false when there is none of that handle.
    pub(super) fn cancel(&self, owner: &Principal, handle: &[u8]) -> bool {
        let Ok(handle) = Handle::try_from(handle) else {
            return false;
        };
        match self.lock().get(&handle) {
            Some((who, stop)) if who == owner => {
                stop.cancel();
                true
            }
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One query that runs.
pub(super) struct Run {
    handle: Handle,
    stop: CancellationToken,
    all: Running,
}

impl Run {
    /// Waits until the query is to stop.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// `rows`, which end with an error when the query is stopped; that drops them, wherever the client is.
    pub(super) fn over<S>(self, rows: S) -> Stoppable<S> {
        Stoppable {
            rows: Some(rows),
            stopped: Box::pin(self.stop.clone().cancelled_owned()),
            _run: self,
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.all.lock().remove(&self.handle);
    }
}

/// Rows of a query that can be stopped.
pub(super) struct Stoppable<S> {
    rows: Option<S>,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    _run: Run,
}

impl<T, S: Stream<Item = Result<T, Status>> + Unpin> Stream for Stoppable<S> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(rows) = &mut this.rows else {
            return Poll::Ready(None);
        };
        if this.stopped.poll_unpin(context).is_ready() {
            this.rows = None;
            return Poll::Ready(Some(Err(status::cancelled())));
        }
        rows.poll_next_unpin(context)
    }
}
