//! The rows of an answer, as they come.
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use super::service::{Planned, entry, stopped};
use super::shown::Shown;
use super::{Limits, QueryError, QueryErrorKind};
use crate::engine::Engine;
use crate::ledger::Ledger;

/// Batches that wait for a slow reader.
const AHEAD: usize = 2;

type Item = Result<RecordBatch, QueryError>;

/// The rows of an answer, as they come. Who drops it stops the query.
pub struct Answer {
    schema: SchemaRef,
    rows: mpsc::Receiver<Item>,
    /// When it has had its time, told here because a query that works on rows may be slow to look.
    late: Pin<Box<Sleep>>,
    limits: Limits,
}

impl Answer {
    /// Its columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Stream for Answer {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        if let Poll::Ready(item) = self.rows.poll_recv(context) {
            return Poll::Ready(item);
        }
        self.late.as_mut().poll(context).map(|()| {
            self.rows.close();
            Some(Err(self.limits.too_long()))
        })
    }
}

/// A query while it runs: its place among the others, and its line in the access log.
pub(super) struct Work {
    limits: Limits,
    until: Instant,
    started: Instant,
    ledger: Arc<Ledger>,
    /// Its number in the access log, when it reads a table.
    entry: Option<i64>,
    _place: OwnedSemaphorePermit,
}

impl Work {
    /// Waits for a place, writes the access log, and starts the query.
    pub async fn start(
        planned: Planned,
        engine: &Engine,
        places: Arc<Semaphore>,
        ledger: Arc<Ledger>,
    ) -> Result<Answer, QueryError> {
        let started = Instant::now();
        let until = started + planned.limits.time;
        let place = timeout_at(until, places.acquire_owned()).await;
        let place = place.map_err(|_| planned.limits.busy())?.map_err(|_| stopped())?;
        // before any row is given: what is not logged is not answered
        let entry = match planned.tables.is_empty() {
            true => None,
            false => {
                let (ledger, access) = (
                    Arc::clone(&ledger),
                    entry(&planned.caller, &planned.tables, &planned.text, "running"),
                );
                let written = tokio::task::spawn_blocking(move || ledger.begin_access(&access)).await;
                let written = written.map_err(|_| stopped())?;
                Some(written.map_err(|error| {
                    tracing::error!(%error, "the access log cannot be written");
                    QueryError::new(
                        QueryErrorKind::Internal,
                        "the access log cannot be written, and nothing is read without it",
                    )
                })?)
            }
        };
        let work = Work {
            limits: planned.limits.clone(),
            until,
            started,
            ledger,
            entry,
            _place: place,
        };
        let (give, rows) = mpsc::channel(AHEAD);
        let (tell, told) = oneshot::channel();
        let limits = planned.limits.clone();
        engine.spawn(work.run(planned, tell, give));
        // a little later than the query itself, which knows better how far it came
        let late = until + Duration::from_millis(500);
        let told = timeout_at(late, told).await.map_err(|_| limits.too_long())?;
        Ok(Answer {
            schema: told.unwrap_or_else(|_| Err(stopped()))?,
            rows,
            late: Box::pin(sleep_until(late)),
            limits,
        })
    }

    async fn run(
        self,
        planned: Planned,
        tell: oneshot::Sender<Result<SchemaRef, QueryError>>,
        give: mpsc::Sender<Item>,
    ) {
        let shown = planned.shown;
        let frame = DataFrame::new(planned.context.state(), planned.plan);
        let opened = tokio::select! {
            opened = timeout_at(self.until, frame.execute_stream()) => opened,
            () = give.closed() => return self.end("cancelled", 0).await,
        };
        let stream = match opened {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let _ = tell.send(Err(QueryError::of_rows(error)));
                return self.end("failed", 0).await;
            }
            Err(_) => {
                let _ = tell.send(Err(self.limits.too_long()));
                return self.end("failed", 0).await;
            }
        };
        if tell.send(Ok(shown.schema(&stream.schema()))).is_err() {
            return self.end("cancelled", 0).await;
        }
        let (status, rows) = self.give(stream, &shown, &give).await;
        // the log first: when the last row has come, so has its line
        self.end(status, rows).await;
    }

    /// Gives every row; says how that ended, and how many rows were given.
    async fn give(
        &self,
        mut stream: SendableRecordBatchStream,
        shown: &Shown,
        give: &mpsc::Sender<Item>,
    ) -> (&'static str, u64) {
        let mut rows = 0;
        loop {
            let next = tokio::select! {
                next = timeout_at(self.until, stream.next()) => next,
                () = give.closed() => return ("cancelled", rows),
            };
            let named = next.map(|next| next.map(|batch| shown.batch(&batch.map_err(QueryError::of_rows)?)));
            let failed = match named {
                Ok(None) => return ("succeeded", rows),
                Ok(Some(Ok(batch))) => {
                    let more = batch.num_rows() as u64;
                    if self.limits.rows == 0 || rows + more <= self.limits.rows {
                        // a reader that takes nothing any more is waited for until the time is up
                        match timeout_at(self.until, give.send(Ok(batch))).await {
                            Ok(Ok(())) => {
                                rows += more;
                                continue;
                            }
                            Ok(Err(_)) => return ("cancelled", rows),
                            Err(_) => self.limits.too_long(),
                        }
                    } else {
                        self.limits.too_many()
                    }
                }
                Ok(Some(Err(error))) => error,
                Err(_) => self.limits.too_long(),
            };
            let _ = tokio::time::timeout(Duration::from_secs(5), give.send(Err(failed))).await;
            return ("failed", rows);
        }
    }

    async fn end(self, status: &'static str, rows: u64) {
        let Some(id) = self.entry else { return };
        let took = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ledger = self.ledger;
        let written = tokio::task::spawn_blocking(move || ledger.end_access(id, status, rows, took)).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::error!("the end of a query could not be written to the access log");
        }
    }
}
