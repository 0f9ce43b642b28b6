//! Short programs that read a mart, for the documentation.

/// Five-line readers of a published mart for DuckDB, Polars, pandas, Spark and R, as Markdown.
///
/// Each shows both ways that never give a mix of two publications: the one file that is replaced whole, and
/// a version folder that is resolved first (`latest.json`) and never changes.
#[must_use]
pub fn readers() -> &'static str {
    include_str!("readers.md")
}
