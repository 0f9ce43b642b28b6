//! The PostgreSQL door.

pub mod catalog;

/// Placeholder until the door is merged.
pub async fn serve(
    _service: std::sync::Arc<super::Service>,
    _listening: super::Listening,
    stop: tokio_util::sync::CancellationToken,
) -> std::io::Result<()> {
    stop.cancelled().await;
    Ok(())
}
