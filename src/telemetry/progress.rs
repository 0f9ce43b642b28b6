//! Progress of long work: bars with bytes, rows and rate on a terminal, else one structured log line a step.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

/// Where progress goes. Cheap to clone; the same everywhere in a process.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    bars: Option<MultiProgress>,
}

impl Progress {
    /// Progress as log lines only.
    pub fn lines() -> Self {
        Self::default()
    }

    /// Progress as bars, drawn on standard error.
    pub fn bars(bars: MultiProgress) -> Self {
        Self { bars: Some(bars) }
    }

    /// Begins a piece of work: `name` says on what (a pipeline, a table), `object` which (a file, a partition).
    /// `total_bytes` is the size of all of it, when known.
    pub fn task(&self, name: &str, object: &str, total_bytes: Option<u64>) -> Task {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = match total_bytes {
                Some(total) => ProgressBar::new(total),
                None => ProgressBar::no_length(),
            };
            bars.add(bar)
        });
        let task = Task(Arc::new(Shared {
            name: name.to_owned(),
            object: object.to_owned(),
            bytes: AtomicU64::new(0),
            rows: Arc::new(AtomicU64::new(0)),
            started: Instant::now(),
            bar,
        }));
        task.dress(total_bytes.is_some());
        task
    }
}

/// One piece of work in progress. Cheap to clone and share between threads; the bar goes when the last clone does.
#[derive(Debug, Clone)]
pub struct Task(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: String,
    object: String,
    bytes: AtomicU64,
    rows: Arc<AtomicU64>,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Task {
    fn dress(&self, known: bool) {
        let Some(bar) = &self.0.bar else { return };
        let template = if known {
            "{prefix} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {rows} {msg}"
        } else {
            "{prefix} {spinner} {bytes} {binary_bytes_per_sec} {rows} {msg}"
        };
        let rows = Arc::clone(&self.0.rows);
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(
            style.with_key("rows", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                let rows = rows.load(Ordering::Relaxed);
                // A bar that cannot be written is not worth an error.
                let _ = write!(out, "{rows} rows");
            }),
        );
        bar.set_prefix(crate::diagnostic::printable(&format!("{} {}", self.0.name, self.0.object)).into_owned());
    }

    /// So many more bytes of the input and rows are done.
    pub fn advance(&self, bytes: u64, rows: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        if let Some(bar) = &self.0.bar {
            bar.inc(bytes);
        }
    }

    /// A step is done or begins: `read`, `staged`, `published`. One log line where there is no bar.
    pub fn step(&self, step: &str) {
        let shared = &self.0;
        if let Some(bar) = &shared.bar {
            bar.set_message(step.to_owned());
        } else {
            tracing::info!(
                task = %shared.name,
                object = %crate::diagnostic::printable(&shared.object),
                bytes = shared.bytes.load(Ordering::Relaxed),
                rows = shared.rows.load(Ordering::Relaxed),
                ms = u64::try_from(shared.started.elapsed().as_millis()).unwrap_or(u64::MAX),
                "{step}"
            );
        }
    }

    /// Bytes done so far.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Rows done so far.
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
