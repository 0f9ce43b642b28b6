//! End-to-end tests by capability, in one binary because every test binary links the query engine.
// A test that cannot go on has failed; saying why it was skipped is its only output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod bounds;
mod cases;
mod cli;
mod cli_demo;
mod cli_ingest;
mod cli_settings;
mod cli_streams;
mod code_lists;
mod conventions;
mod disclosure;
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
mod marts_tags;
mod packed;
mod pipelines;
mod real;
mod references;
mod replay;
mod run;
mod serve;
mod sheets;
mod sheets_files;
mod slt;
mod spss;
mod sql;
mod tagged_partitions;
mod undeclared;
mod withheld;
