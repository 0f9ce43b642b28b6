//! Structured logs and progress.

mod log;
mod progress;

pub use log::init;
pub use progress::{Progress, Task};

#[cfg(test)]
mod tests;
