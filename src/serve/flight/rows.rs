//! Rows on their way to a client.
use std::pin::Pin;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use futures::{Stream, StreamExt, stream};
use tonic::Status;

use super::status;
use crate::serve::plain;

/// Messages to a client, made as fast as it takes them.
pub(super) type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Most bytes of one message with rows: drivers accept 4 MiB, and the encoder only comes near what it is told.
const MOST_SENT: usize = 2 << 20;

/// One message.
pub(super) fn one<T: Send + 'static>(message: T) -> Messages<T> {
    Box::pin(stream::iter([Ok(message)]))
}

/// Rows with the columns that were `told`. Dropping the messages drops the rows.
pub(super) fn encoded<S>(told: SchemaRef, rows: S) -> Messages<FlightData>
where
    S: Stream<Item = Result<RecordBatch, Status>> + Send + 'static,
{
    let columns = SchemaRef::clone(&told);
    let parts = rows.flat_map(|rows| {
        let parts = match rows {
            Ok(rows) => plain::parts(rows).into_iter().map(Ok).collect(),
            Err(status) => vec![Err(status)],
        };
        stream::iter(parts)
    });
    let plain = parts.map(move |rows| {
        let rows = rows.and_then(|rows| plain::batch(&rows, &columns).map_err(|error| status::query(&error)));
        rows.map_err(FlightError::from)
    });
    let messages = FlightDataEncoderBuilder::new()
        .with_schema(told)
        .with_max_flight_data_size(MOST_SENT)
        .build(plain);
    Box::pin(messages.map(|message| {
        message.map_err(|error| match error {
            FlightError::Tonic(status) => *status,
            _ => status::internal("the rows cannot be sent as Arrow; try fewer columns"),
        })
    }))
}
