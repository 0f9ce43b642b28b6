//! End-to-end tests by capability, in one binary because every test binary links the query engine.
mod cli;
mod cli_settings;
mod cli_streams;

mod lake;
mod lake_full;
mod lake_kill;
mod lake_support;
