//! `sluis serve` as its clients see it: over HTTP, with psql, psycopg and ADBC, and with files that are dropped.

mod access;
mod clients;
mod http;
mod oidc;
mod schedule;
mod server;
mod tls;
mod told;
