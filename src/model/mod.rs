//! SQL models with headers.
