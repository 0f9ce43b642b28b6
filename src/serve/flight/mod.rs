//! The Arrow Flight SQL door, for ADBC, JDBC and ODBC drivers.
//!
//! It answers the commands of Flight SQL on Flight's own service: the trait `FlightSqlService` of arrow-flight cannot
//! tell the columns of a query without planning a run (`GetSchema`), and lists actions that are not offered here.
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_flight::flight_service_server::FlightServiceServer;
use axum::middleware::from_fn_with_state;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::{Listening, Service};

mod actions;
mod auth;
mod door;
mod info;
mod metadata;
mod parameters;
mod placeholders;
mod prepared;
mod rows;
mod running;
mod shelf;
mod statement;
mod status;
#[cfg(test)]
mod tests;

use door::FlightDoor;

/// Most bytes of one message of a client: the text of a statement, or the values of its parameters.
const MOST_RECEIVED: usize = 4 << 20;

/// How often what nobody came back for is dropped.
const SWEEP: Duration = Duration::from_secs(30);

/// Serves Flight SQL until `stop` is cancelled and the queries that run then have ended.
pub async fn serve(service: Arc<Service>, listening: Listening, stop: CancellationToken) -> io::Result<()> {
    let door = Arc::new(FlightDoor::new(Arc::clone(&service)));
    let flight = FlightServiceServer::from_arc(Arc::clone(&door)).max_decoding_message_size(MOST_RECEIVED);
    let router = Routes::new(flight)
        .into_axum_router()
        .layer(from_fn_with_state(service, auth::admit));
    tokio::select! {
        ended = listening.serve(router, stop) => ended,
        never = sweep(&door) => match never {},
    }
}

/// A plan that waits for its client holds its tables: those of clients that are gone are let go.
async fn sweep(door: &FlightDoor) -> Infallible {
    loop {
        tokio::time::sleep(SWEEP).await;
        door.sweep(Instant::now());
    }
}
