//! Log lines on standard error.
use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Starts logging. Lines step aside for the bars, if there are any. The first call wins.
pub fn init(log: &Log, ansi: bool, bars: Option<MultiProgress>) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.level))
        .with_writer(Lines(bars));
    // A second call (tests) keeps the first subscriber.
    let _ = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).with_ansi(false).try_init(),
        LogFormat::Text => builder.with_ansi(ansi).with_target(false).try_init(),
    };
}

/// A bare level is ours; the engine and other packages only speak up from `warn` on.
pub(super) fn filter(level: &str) -> EnvFilter {
    let bare = level.trim().parse::<tracing::level_filters::LevelFilter>().is_ok();
    let directives = if bare {
        format!("warn,sluis={}", level.trim())
    } else {
        level.to_owned()
    };
    EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("warn,sluis=info"))
}

struct Lines(Option<MultiProgress>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line {
            bars: self.0.clone(),
            text: Vec::new(),
        }
    }
}

/// One log line, written whole when it is dropped.
struct Line {
    bars: Option<MultiProgress>,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        // There is nowhere left to report that standard error is gone.
        let write = || io::stderr().lock().write_all(&text);
        let _ = match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        };
    }
}
