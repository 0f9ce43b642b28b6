//! Results as bytes: CSV, JSON, Parquet and Arrow, batch by batch.

mod format;
mod values;
mod writer;

pub use format::Format;
pub use values::Values;
pub use writer::{ExportError, Writer};
