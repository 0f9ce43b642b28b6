//! The PostgreSQL door: psql, drivers and tools that speak its wire protocol.
//!
//! Every statement is planned and run by [`Service`](super::Service), in a session of its own; here are only the
//! protocol, what belongs to one connection (settings, transactions that read, cursors) and the catalog that tools ask.
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Listening, Service};

mod bounded;
mod calendar;
mod cancel;
pub mod catalog;
mod command;
mod connection;
mod cursor;
mod dialect;
mod error;
mod extended;
mod hung_up;
mod numeric;
mod parameters;
mod parser;
mod perform;
mod portal;
mod prepared;
mod rows;
mod session;
mod settings;
mod simple;
mod startup;
mod typed;
mod types;

use connection::Connection;

/// Connections over the most that are heard at a time: they may cancel a query, or be told that there is no place.
const OVERFLOW: usize = 32;

/// Answers PostgreSQL clients until `stop`; then idle connections are told to go, and queries that run end first.
///
/// # Errors
/// When the address cannot be asked for; a connection that fails is logged.
pub async fn serve(service: Arc<Service>, listening: Listening, stop: CancellationToken) -> io::Result<()> {
    let Listening {
        listener,
        tls,
        connections,
    } = listening;
    let address = listener.local_addr()?;
    tracing::debug!(%address, "the PostgreSQL door is open");
    let places = Arc::new(Semaphore::new(connections));
    let overflow = Arc::new(Semaphore::new(OVERFLOW));
    let door = connection::Door::new(service, tls);
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // out of file handles, most often: others will close
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let place = Arc::clone(&places).try_acquire_owned().ok();
        let heard = match &place {
            Some(_) => None,
            None => match Arc::clone(&overflow).try_acquire_owned() {
                Ok(heard) => Some(heard),
                Err(_) => continue,
            },
        };
        let (door, stop) = (door.clone(), stop.clone());
        open.spawn(async move {
            let connection = Connection::new(peer, place.is_some(), stop);
            if let Err(error) = connection.talk(stream, &door).await {
                tracing::debug!(%peer, %error, "a connection broke");
            }
            drop((place, heard));
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
    Ok(())
}

#[cfg(test)]
mod tests;
