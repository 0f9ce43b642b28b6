//! End-to-end tests by capability, in one binary because every test binary links the query engine.
mod cli;
mod cli_ingest;
mod cli_settings;
mod cli_streams;
mod docs;
mod infer;
mod ingest;
mod keys;
mod lake;
mod lake_full;
mod lake_kill;
mod lake_support;
mod layout;
mod marts;
mod marts_project;
mod real;
mod sql;
