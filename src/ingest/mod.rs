//! From a delivery in the landing folder to a published staging table.
