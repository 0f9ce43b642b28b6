//! SQL functions that models and queries may use.
