//! The service: schedules run by themselves, and queries are answered through three doors.
//!
//! Every door asks [`Service`] to let somebody in and to answer; what may be seen, limits and the access log are there,
//! once.

pub mod access;
mod answer;
pub(crate) mod bounds;
mod error;
pub mod flight;
pub mod http;
mod limits;
mod listener;
mod names;
mod plain;
pub mod postgres;
mod redact;
pub mod runner;
mod service;
mod shown;
mod tls;

pub use access::{Access, Caller, Door, Principal, Refused, Role};
pub use answer::Answer;
pub use error::{QueryError, QueryErrorKind};
pub use limits::Limits;
pub use listener::{Listening, Peer};
pub use service::{Asked, Planned, Service};
pub use tls::{TlsError, server_config};
