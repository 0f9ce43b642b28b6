//! Settings and where they come from; the project directory.
