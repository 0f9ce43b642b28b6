//! The lake: immutable Parquet files, numbered manifests, crash-safe publication.
//!
//! A table is a folder `<schema>/<table>/`. Its manifest with the highest number decides what exists;
//! creating that manifest is the only commit point. Everything else (`latest.json`, the `current`
//! link, the one-file copy of a mart, `views.sql`) is convenience that [`Lake::recover`] can redo.
//!
//! ```text
//! lake/<schema>/<table>/_manifests/00000000000000000012.json   created with create-if-absent
//! lake/<schema>/<table>/v/00000012/jaar=2023/<table>-00000012-0-<12 hex>.parquet
//! lake/<schema>/<table>/latest.json, current -> v/00000012
//! lake/mart/<table>.parquet                                     marts under a size limit
//! lake/views.sql                                                DuckDB views over the marts
//! ```
//!
//! Writers take a [`Draft`] (one per table at a time), fill it with files and commit it. Readers take a
//! [`LakeTable`], which is one publication for as long as it lives: it holds a [`Lease`] that
//! [`Lake::gc`] respects.

mod commit;
mod disk;
mod draft;
mod error;
mod footer;
mod gc;
mod layout;
mod lease;
mod lock;
mod manifest;
mod name;
mod partition;
mod pointers;
mod readers;
mod recover;
mod rollback;
mod scan;
mod schema;
mod single;
mod stats;
mod store;
mod table;
mod views;
mod withdraw;

#[cfg(test)]
mod tests;

pub use commit::{PublicationMeta, Published};
pub use draft::{Draft, DraftFile};
pub use error::LakeError;
pub use gc::{Collected, GcPolicy, GcReport};
pub use lease::Lease;
pub use manifest::{AuditOutcome, AuditStatus, ColumnStat, Confirmation, FileEntry, FileTags, InputVersion, Manifest};
pub use name::TableName;
pub use partition::{Partition, partition_key};
pub use readers::readers;
pub use schema::plain_schema;
pub use stats::{FIELD_TAG, without_bounds};
pub use store::{Lake, LakeOptions};
pub use table::LakeTable;

/// Result of a lake operation
pub type Result<T, E = LakeError> = std::result::Result<T, E>;
