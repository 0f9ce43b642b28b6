//! Readers: delimited text, fixed width, JSON and Parquet, as batches of text.
