//! Immutable files, numbered manifests, crash-safe publication.
