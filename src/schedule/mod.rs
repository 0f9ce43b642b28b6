//! Scheduling: what is due, what may start, and what becomes of it.
//!
//! A [`Job`] is a pipeline or a selection of models with a trigger and a policy. An occurrence is one time that a job was
//! due; it is a row of the ledger with a key of its own, so that it exists once whoever finds it. [`tick`] works out from
//! the jobs, a time and the cursors in the ledger what has come due since the last tick, and writes it down in one
//! transaction; it does not matter how often it is called, or by how many processes. [`delivered`], [`request`] and
//! [`backfill`] add occurrences of other kinds to the same table. [`claim`] gives the next one that may start to exactly
//! one process, [`finish`] writes what became of it, and [`orphans`] finds those of processes that are gone.
//!
//! Nothing here looks at the clock, waits, or runs anything: that is the service's work.

mod after;
mod arrival;
mod backfill;
mod by_hand;
mod catch_up;
mod claim;
mod clock;
mod finish;
mod job;
mod jobs;
pub mod occurrences;
mod orphans;
mod overview;
mod pause;
mod request;
mod span;
mod tick;

pub use backfill::{BackfillError, backfill};
pub use by_hand::by_hand;
pub use claim::{Claim, claim};
pub use finish::{Attempt, Ended, finish};
pub use job::{Job, MODELS, Work};
pub use jobs::jobs;
pub use orphans::orphans;
pub use overview::{Overview, overview};
pub use pause::{cancel, pause, resume};
pub use request::{changed, delivered, request};
pub use tick::{Ticked, tick};

#[cfg(test)]
mod tests;
