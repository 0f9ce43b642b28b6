//! The query engine: one runtime, the catalog of schemas, the functions.
