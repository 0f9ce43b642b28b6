//! End-to-end tests by capability, in one binary because every test binary links the query engine.
mod cli;
mod cli_ingest;
mod cli_settings;
mod cli_streams;
mod docs;
mod ingest;
mod lake;
mod lake_kill;
mod lake_support;
mod marts;
mod marts_project;
mod real;
mod run;
mod slt;
mod sql;
