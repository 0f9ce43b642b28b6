//! Rules on rows in memory.
