//! The HTTP door: `POST /api/v1/sql`, and whether the service is well.

mod admit;
mod ask;
mod body;
mod health;
mod negotiate;
mod problem;

pub use health::Health;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use super::{Listening, Service};

/// Serves HTTP until `stop` is cancelled and the answers that are being given then have ended.
///
/// # Errors
/// When the address cannot be used any more.
pub async fn serve(
    service: Arc<Service>,
    health: Arc<Health>,
    listening: Listening,
    stop: CancellationToken,
) -> io::Result<()> {
    let asked = Router::new()
        .route("/api/v1/sql", post(ask::sql).fallback(problem::to_be_posted))
        .layer(from_fn_with_state(Arc::clone(&service), admit::admit))
        .with_state(service);
    let open = Router::new()
        .route("/healthz", get(health::healthz).fallback(problem::to_be_read))
        .route("/readyz", get(health::readyz).fallback(problem::to_be_read))
        .with_state(health);
    let router = asked.merge(open).fallback(problem::not_found);
    listening.serve(router, stop).await
}
