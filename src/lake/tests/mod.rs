//! Tests of the lake that need its insides: the door to the file system above all.

mod basics;
mod collect;
mod crash;
mod faults;
mod model;
mod names;
mod race;
mod rollback;
mod scenarios;
mod single;
mod support;
mod withdraw;
