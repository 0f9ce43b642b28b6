//! Tables of the lake, as they are named on the command line.
use super::text::{bytes, count, moment};
use super::{Context, Failure};
use crate::diagnostic::{nearest, printable};
use crate::lake::{Manifest, TableName};

/// The published table that a word names: `mart.x`, or `x` where only one schema has it.
pub(super) fn named(context: &Context, word: &str) -> Result<TableName, Failure> {
    let tables = context.lake()?.tables()?;
    let found: Vec<&TableName> = tables
        .iter()
        .filter(|table| table.to_string() == word || table.table == word)
        .collect();
    match found.as_slice() {
        [table] => Ok((*table).clone()),
        [] => {
            let failure = Failure::refused(format!("there is no table `{}` in the lake", printable(word)));
            let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
            let near = nearest(
                word,
                names
                    .iter()
                    .map(String::as_str)
                    .chain(tables.iter().map(|t| t.table.as_str())),
            );
            Err(match near {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None if names.is_empty() => failure.hint("nothing has been published yet"),
                None => failure.hint(format!("{} lists the tables", context.typed(&["status"]))),
            })
        }
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(Failure::usage(format!("`{word}` is in more than one schema")).hint(names.join(" or ")))
        }
    }
}

/// The cells that status and history show of a version: version, rows, files, size, published.
pub(super) fn cells(manifest: &Manifest) -> [String; 5] {
    [
        manifest.version.to_string(),
        count(manifest.rows),
        count(manifest.files.len() as u64),
        bytes(manifest.files.iter().map(|file| file.bytes).sum()),
        moment(manifest.created_at),
    ]
}
