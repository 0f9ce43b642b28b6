//! The record of deliveries and runs: an SQLite file that says what came in, when, by whom and what became of it.
//!
//! It is history only: what is published is decided by the lake's manifests. Rows are never lost silently because
//! each delivery has its rows in, staged and quarantined.

mod access;
mod agenda;
mod contract;
mod delivery;
mod error;
mod holder;
mod occurrence;
mod quarantine;
mod run;
mod store;
mod token;

pub use access::Access;
pub use agenda::{Agenda, JobState, Open};
pub use delivery::{Delivery, DeliveryStatus, NOT_HELD};
pub use error::LedgerError;
pub use occurrence::{Occurrence, OccurrenceKind, OccurrenceStatus, UnknownWord};
pub use quarantine::ClosedQuarantine;
pub use run::{Run, RunStatus};
pub use store::Ledger;
pub use token::Token;

#[cfg(test)]
mod tests;
