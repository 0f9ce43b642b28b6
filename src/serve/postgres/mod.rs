//! The PostgreSQL door.

pub mod catalog;
