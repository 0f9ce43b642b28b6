//! End-to-end tests by capability, in one binary because every test binary links the query engine.
