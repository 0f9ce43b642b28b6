//! Partition values and their folder names.

use super::{LakeError, Result, TableName};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The partition columns of a file and their values, in the table's partition order
pub type Partition = Vec<(String, String)>;

/// The folder of a partition, `k=v/k=v` with values percent-encoded; empty for an unpartitioned table.
/// It is also the partition's key in a manifest.
#[must_use]
pub fn partition_key(partition: &Partition) -> String {
    let parts: Vec<String> = partition
        .iter()
        .map(|(column, value)| format!("{column}={}", encode(value)))
        .collect();
    parts.join("/")
}

/// The folder of a partition below the version folder
pub(crate) fn folder(table: &TableName, partition: &Partition) -> Result<PathBuf> {
    for (column, value) in partition {
        let problem = |problem| LakeError::PartitionValue {
            table: table.clone(),
            column: column.clone(),
            problem,
        };
        if column.is_empty() || !column.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(problem("the column's name is not letters, digits and `_`"));
        }
        if value.is_empty() {
            return Err(problem("a value is empty"));
        }
        if column.len() + 1 + encode(value).len() > 240 {
            return Err(problem("a value is too long for a folder name"));
        }
    }
    Ok(PathBuf::from(partition_key(partition)))
}

/// Percent-encodes all but ASCII letters, digits, `.`, `_` and `-`
fn encode(value: &str) -> String {
    // other readers take this folder name for NULL
    if value == "__HIVE_DEFAULT_PARTITION__" {
        return value.replacen('_', "%5F", 1);
    }
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            out.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
