//! The commands' view of the parts that do the work.
