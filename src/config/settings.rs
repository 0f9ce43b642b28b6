//! The settings themselves. Names, order and defaults are those of the shipped `config/sluis.toml`.
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Resolved, Size};

/// Every setting of a project, resolved.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folders.
    pub paths: Paths,
    /// The key ring.
    pub keys: Keys,
    /// Reading deliveries.
    pub ingest: Ingest,
    /// The query engine.
    pub query: Query,
    /// Published versions.
    pub publish: Publish,
    /// What may be published.
    pub disclosure: Disclosure,
    /// What runs by itself.
    pub schedule: Schedule,
    /// The doors of the service.
    pub serve: Serve,
    /// Logins by an identity provider.
    pub oidc: Oidc,
    /// What is told on standard error.
    pub log: Log,
    /// Each setting with its value and where that came from, in the order of the file.
    #[serde(skip)]
    pub resolved: Vec<Resolved>,
}

/// Folders, relative to the project.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    /// Where deliveries are put.
    pub landing: PathBuf,
    /// Where the published tables are.
    pub lake: PathBuf,
    /// Ledger, history, working files.
    pub state: PathBuf,
}

/// The key ring that pseudonyms are made with.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// `file:PATH`, `env:NAME` or `exec:COMMAND`.
    pub source: String,
    /// Purpose and recipient of the pseudonyms.
    pub domain: String,
    /// Remainder of the eleven-test of an onderwijsnummer.
    pub onderwijsnummer_remainder: u8,
}

/// Reading deliveries.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    /// Worker threads; 0 is one for each core.
    pub threads: usize,
    /// Bytes a worker takes at a time.
    pub block_bytes: Size,
    /// The longest field.
    pub max_field_bytes: Size,
    /// The longest line.
    pub max_line_bytes: Size,
    /// The most columns.
    pub max_columns: usize,
    /// The most bytes a spreadsheet unpacks to.
    pub max_unpacked_bytes: Size,
    /// How many times its size a part of a spreadsheet unpacks to at most.
    pub max_unpacked_ratio: u64,
    /// The most parts of a spreadsheet's archive.
    pub max_unpacked_parts: usize,
    /// How long a file must be unchanged before it is taken, in seconds.
    pub stable_seconds: u64,
}

/// The query engine.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Memory before spilling; 0 is half of the machine's.
    pub memory_bytes: Size,
    /// Threads; 0 is one for each core.
    pub threads: usize,
    /// Whether scans skip what a running join or limit cannot use.
    pub dynamic_filters: bool,
    /// Whether conditions are checked while Parquet is decoded.
    pub pushdown_filters: bool,
    /// Folder for spill files; empty is `spill` in the state folder (see [`super::Project::spill`]).
    pub spill: PathBuf,
}

/// Published versions.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// Marts up to this size are also one file; 0 makes none.
    pub single_file_bytes: Size,
    /// Versions of each table that garbage collection keeps at least.
    pub keep_versions: usize,
    /// Days that garbage collection keeps every version.
    pub keep_days: u32,
}

/// What may be published.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The fewest persons that a published cell may hold, by the source of contracts; `default` for any other.
    pub min: BTreeMap<String, u64>,
}

/// What runs by itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Whether this process runs schedules.
    pub enabled: bool,
    /// Runs at the same time, over all processes.
    pub concurrency: usize,
    /// How long a file must be unchanged before it is taken, in seconds.
    pub stable_seconds: u64,
    /// How long runs may go on when the service stops, in seconds.
    pub drain_seconds: u64,
}

/// The doors of the service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Address of the HTTP door; empty shuts it.
    pub http: String,
    /// Address of the PostgreSQL door; empty shuts it.
    pub postgres: String,
    /// Address of the Flight SQL door; empty shuts it.
    pub flight: String,
    /// Who is let in.
    pub auth: Auth,
    /// Certificate chain of all doors (PEM); empty is no encryption.
    pub tls_certificate: PathBuf,
    /// Its private key (PEM).
    pub tls_key: PathBuf,
    /// Queries at the same time.
    pub queries: usize,
    /// How long a query may take, in seconds.
    pub query_seconds: u64,
    /// The most rows of an answer; 0 is no limit.
    pub query_rows: u64,
    /// Memory of one query before it spills; 0 is a share of all.
    pub query_memory_bytes: Size,
    /// Open connections of each door.
    pub connections: usize,
    /// Failed logins from one address in a minute.
    pub failed_logins: u32,
    /// Days that the access log is kept.
    pub access_days: u32,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Who has a token.
    #[default]
    Token,
    /// Anybody, on a loopback address.
    None,
}

/// Logins by an identity provider.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// The `iss` of its tokens; empty switches it off.
    pub issuer: String,
    /// The `aud` of its tokens.
    pub audience: String,
    /// Where its keys are; empty is where the issuer says.
    pub jwks: String,
    /// The claim that names the user.
    pub name_claim: String,
    /// The claim that has the role.
    pub role_claim: String,
}

/// What is told on standard error.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Lines for people or JSON for machines.
    pub format: LogFormat,
    /// A level, or filter directives.
    pub level: String,
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
