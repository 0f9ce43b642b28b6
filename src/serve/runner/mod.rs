//! Runs what is due: one loop that looks each second, and a process of its own for every run.
//!
//! A run is the same command that a person would type. So keys, and memory that a delivery needs, are never in the process
//! that answers queries, and a run that is killed takes nothing else with it.

mod accepted;
mod child;
mod heartbeat;
mod left;
mod outcome;
mod project;
mod scheduler;
mod watch;

pub use accepted::Accepted;
pub use child::{LIFELINE, WHO};
pub use scheduler::{Runner, RunnerError, Setup};
