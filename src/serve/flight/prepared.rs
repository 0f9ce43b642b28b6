//! Prepared statements: planned anew at each execution, so that each sees what is published then.
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::sql::ActionCreatePreparedStatementResult;
use datafusion::common::ParamValues;
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::Status;

use super::door::FlightDoor;
use super::parameters::Parameters;
use super::statement::{self, Ready};
use super::{info, status};
use crate::serve::Caller;
use crate::serve::plain;

/// Most messages in which one row of values comes.
const MOST_MESSAGES: usize = 16;

/// A statement, and what was bound to it last.
pub(super) struct Prepared {
    sql: Arc<str>,
    parameters: Parameters,
    values: Option<ParamValues>,
}

impl FlightDoor {
    /// Keeps a statement; tells its columns and its parameters.
    pub(super) async fn prepare(
        &self,
        caller: &Caller,
        sql: String,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let planned = statement::plan(&self.service, caller, &sql).await?;
        let parameters = Parameters::of(planned.plan())?;
        let told = match statement::columns(&planned, planned.plan().clone()) {
            // a column whose type comes from a value is told at the execution
            Err(_) if !parameters.is_empty() => plain::schema(&planned.schema()),
            told => told?,
        };
        let dataset = info::message(&told)?;
        let asked = info::message(parameters.schema())?;
        let prepared = Prepared {
            sql: sql.into(),
            parameters,
            values: None,
        };
        let handle = self.prepared.put(&caller.who, prepared, Instant::now());
        let handle = handle.map_err(|_| status::internal("there are no random numbers for a handle"))?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle.to_vec().into(),
            dataset_schema: dataset,
            parameter_schema: asked,
        })
    }

    /// Binds the one row in `data` to a statement; no row at all takes back what was bound.
    pub(super) async fn bind(
        &self,
        caller: &Caller,
        handle: &[u8],
        data: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
    ) -> Result<(), Status> {
        let row = one_row(data).await?;
        let bound = self.prepared.with(&caller.who, handle, Instant::now(), |prepared| {
            prepared.values = row.map(|row| prepared.parameters.values(&row)).transpose()?;
            Ok(())
        });
        bound.unwrap_or_else(|| Err(status::gone("prepared statement")))
    }

    /// Plans the statement now, with what is bound to it.
    pub(super) async fn prepared_ready(&self, caller: &Caller, handle: &[u8]) -> Result<Ready, Status> {
        let kept = self.prepared.with(&caller.who, handle, Instant::now(), |prepared| {
            (Arc::clone(&prepared.sql), prepared.values.clone())
        });
        let (sql, values) = kept.ok_or_else(|| status::gone("prepared statement"))?;
        Ready::new(statement::plan(&self.service, caller, &sql).await?, values)
    }

    /// Lets a statement go. One that is gone already is no error.
    pub(super) fn close(&self, caller: &Caller, handle: &[u8]) {
        self.prepared.take(&caller.who, handle, Instant::now());
    }
}

async fn one_row(
    data: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
) -> Result<Option<RecordBatch>, Status> {
    let data = data.take(MOST_MESSAGES + 1).map_err(FlightError::from);
    let mut batches = FlightRecordBatchStream::new_from_flight_data(data);
    let (mut row, mut messages) = (None, 0);
    while let Some(batch) = batches.try_next().await.map_err(unreadable)? {
        messages += 1;
        if batch.num_rows() == 0 {
            continue;
        }
        if batch.num_rows() > 1 || row.is_some() || messages > MOST_MESSAGES {
            return Err(Status::invalid_argument("bind one row of values at a time"));
        }
        row = Some(batch);
    }
    Ok(row)
}

fn unreadable(error: FlightError) -> Status {
    match error {
        FlightError::Tonic(status) => *status,
        _ => status::malformed("the values of the parameters"),
    }
}
