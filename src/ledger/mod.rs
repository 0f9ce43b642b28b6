//! The record of deliveries and runs.
