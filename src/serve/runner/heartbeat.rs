//! One beat a second. When something is due is worked out elsewhere; this only says that it is time to look.
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Beats until it is dropped.
pub(super) struct Heartbeat {
    scheduler: JobScheduler,
    beats: mpsc::Receiver<()>,
}

impl Heartbeat {
    /// Starts to beat.
    pub(super) async fn start() -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        let (beat, beats) = mpsc::channel(1);
        let job = Job::new("* * * * * *", move |_, _| {
            // whoever still looks needs no second beat
            let _ = beat.try_send(());
        })?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        Ok(Self { scheduler, beats })
    }

    /// The next beat.
    pub(super) async fn next(&mut self) {
        if self.beats.recv().await.is_none() {
            std::future::pending().await
        }
    }

    /// Stops.
    pub(super) async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::debug!(%error, "the heartbeat did not stop");
        }
    }
}
