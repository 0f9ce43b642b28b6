//! Contracts: how a delivery looks and what to do with it.
