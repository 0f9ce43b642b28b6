//! An answer as bytes, one batch after another.
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use axum::body::Bytes;
use futures::{Stream, StreamExt, stream};

use super::problem::Problem;
use crate::engine;
use crate::export::{ExportError, Format, Writer};
use crate::serve::{Answer, QueryError, QueryErrorKind, plain};

/// Bytes that were written and not yet sent.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Vec<u8>>>);

impl Sent {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An answer in a format.
pub(super) struct Encoded {
    answer: Answer,
    first: Option<RecordBatch>,
    writer: Option<Writer<Sent>>,
    sent: Sent,
    /// The columns that are told, where readers have to know their types.
    told: Option<SchemaRef>,
}

impl Encoded {
    /// `first` is what was already taken of `answer`.
    pub(super) fn new(
        format: Format,
        answer: Answer,
        first: Option<RecordBatch>,
        tagged: &Schema,
    ) -> Result<Self, Problem> {
        let sent = Sent::default();
        let told = match format {
            Format::Arrow | Format::Parquet => Some(plain::schema(&answer.schema())),
            Format::Csv | Format::Json | Format::Jsonl => None,
        };
        let schema = told.clone().unwrap_or_else(|| answer.schema());
        let writer = Writer::new(format, &schema, tagged, sent.clone(), false).map_err(wrong)?;
        Ok(Self {
            answer,
            first,
            writer: Some(writer),
            sent,
            told,
        })
    }

    /// The bytes. An error ends them in the middle, so that nobody takes half an answer for a whole one.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, QueryError>> + Send {
        stream::unfold(self, |mut body| async move {
            let bytes = body.next().await?;
            Some((bytes, body))
        })
    }

    async fn next(&mut self) -> Option<Result<Bytes, QueryError>> {
        loop {
            let writer = self.writer.as_mut()?;
            let batch = match self.first.take() {
                Some(batch) => Some(Ok(batch)),
                None => self.answer.next().await,
            };
            let written = match batch {
                Some(Ok(batch)) => write(writer, self.told.as_ref(), batch),
                Some(Err(error)) => Err(error),
                None => self.writer.take()?.finish().map(drop).map_err(wrong),
            };
            if let Err(error) = written {
                tracing::warn!(%error, "an answer was broken off");
                self.writer = None;
                return Some(Err(error));
            }
            let bytes = self.sent.take();
            if !bytes.is_empty() {
                return Some(Ok(bytes));
            }
        }
    }
}

fn write(writer: &mut Writer<Sent>, told: Option<&SchemaRef>, batch: RecordBatch) -> Result<(), QueryError> {
    let Some(told) = told else {
        return writer.write(&batch).map_err(wrong);
    };
    for part in plain::parts(batch) {
        writer.write(&plain::batch(&part, told)?).map_err(wrong)?;
    }
    Ok(())
}

fn wrong(error: ExportError) -> QueryError {
    let text = match &error {
        ExportError::Arrow(error) => engine::told(error),
        ExportError::Parquet(error) => engine::told(error),
        ExportError::Io(error) => engine::told(error),
    };
    QueryError::new(QueryErrorKind::Execution, text).hint("another format may hold what this one cannot")
}
