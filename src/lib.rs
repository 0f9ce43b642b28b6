//! sluis: the lock between deliveries of files full of people and statistics that anyone may read.
//!
//! Dependencies between the folders point one way: `cli` -> `run` -> `plan` -> `model`/`ingest` ->
//! `disclosure`/`lake`/`engine`/`contract`/`pseudonym` -> `config`. Nothing below `cli` prints.

pub mod cli;
pub mod config;
pub mod contract;
pub mod diagnostic;
pub mod disclosure;
pub mod engine;
pub mod export;
pub mod functions;
pub mod ingest;
pub mod lake;
pub mod ledger;
pub mod model;
pub mod plan;
pub mod pseudonym;
pub mod report;
pub mod run;
pub mod sample;
pub mod schedule;
pub mod serve;
pub mod source;
pub mod telemetry;
