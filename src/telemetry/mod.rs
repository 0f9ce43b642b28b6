//! Structured logs and progress.
